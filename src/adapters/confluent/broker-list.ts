// The list of brokers as the client reads it: `host:port` pairs separated by commas, a protocol before each at will.

export interface ListedBroker {
  /** In capitals; undefined: the one of the settings. */
  readonly protocol: string | undefined;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

export function brokersOf(list: string): readonly ListedBroker[] {
  const entries = list.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '').map(brokerOf);
}

function brokerOf(entry: string): ListedBroker {
  const [, protocol, rest = ''] = /^(?:(\w+):\/\/)?(.*)$/.exec(entry) ?? [];
  const host = rest.startsWith('[') ? rest.slice(1, rest.indexOf(']')) : rest.replace(/:[^:]*$/, '');
  const [, port = defaultPort] = /:(\d+)$/.exec(rest) ?? [];
  return { protocol: protocol?.toUpperCase(), host, port: Number(port) };
}

/** What the client takes where none is given. */
const defaultPort = 9092;

/** Whether what is sent there never leaves this machine. Said by the name alone: a look-up could answer otherwise later. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}
