// The list of brokers as the client reads it: `host:port` pairs separated by commas, a protocol before each at will.

import { ProcessorError } from '../../errors/processor-error.js';

export interface ListedBroker {
  /** In capitals; undefined: the one of the settings. */
  readonly protocol: string | undefined;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

export function brokersOf(list: string): readonly ListedBroker[] {
  return entriesOf(list).map(brokerOf);
}

/**
 * The client takes any text for a broker, and looks for it until its time is up.
 *
 * @throws PRC_BROKERS_INVALID, which names each entry that can be no broker
 */
export function checkBrokers(list: string): void {
  const entries = entriesOf(list);
  const problems = entries.flatMap((entry) => {
    const problem = problemOf(entry);
    return problem === undefined ? [] : [`'${entry}' ${problem}`];
  });
  if (entries.length === 0) problems.push('the list is empty');
  if (problems.length > 0) throw new ProcessorError('PRC_BROKERS_INVALID', { problems: problems.join('; ') });
}

function entriesOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function problemOf(entry: string): string | undefined {
  const [, protocol, rest = ''] = /^(?:(\w*):\/\/)?(.*)$/.exec(entry) ?? [];
  if (protocol !== undefined && !protocols.has(protocol.toUpperCase()))
    return `begins with ${protocol}://, and a broker is no web address`;
  // More than one colon outside of brackets: an IPv6 address without a port.
  if (/^[\da-f:.]*:[\da-f.]*:[\da-f:.]*$/i.test(rest)) return undefined;
  const [, bracketed, named, , port] = /^(?:(\[[^\]]*\])|([^:]*))(:(.*))?$/.exec(rest) ?? [];
  if (!/^(\[[\da-f:.%\w]+\]|[^\s/@[\]?#]+)$/i.test(bracketed ?? named ?? ''))
    return 'has no name of a host before its port';
  if (port === undefined) return undefined;
  if (!/^\d+$/.test(port)) return `has the port '${port}', which is no number`;
  return Number(port) >= 1 && Number(port) <= 65_535 ? undefined : `has the port ${port}, and ports are 1 to 65535`;
}

const protocols: ReadonlySet<string> = new Set(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']);

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
