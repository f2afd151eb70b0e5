// The files that tell a Kafka node who it is: server.properties, meta.properties (which marks its data folder as formatted)
// and log4j2.properties. Pure text, so that a test can read it and another layout of nodes needs no other code.

export type Properties = Readonly<Record<string, string | number | boolean>>;

/** One address that a node listens on. All of them are on this machine only. */
export interface Listener {
  readonly name: string;
  readonly port: number;
  /** What clients are told to connect to, where that differs: a proxy in between. Default `port`. */
  readonly advertisedPort?: number;
  /** Default PLAINTEXT. What it needs besides are properties of the node: `listener.name.<name in lower case>.…`. */
  readonly protocol?: SecurityProtocol;
}

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface NodeLayout {
  readonly nodeId: number;
  readonly roles: readonly ('broker' | 'controller')[];
  /** What clients and other brokers use; the first is the one between brokers. */
  readonly listeners: readonly Listener[];
  /** Its own listener as a controller, where it is one. */
  readonly controllerPort?: number;
  /** All controllers of the cluster. Named here and not in the data, so that a port may change between two starts. */
  readonly controllers: readonly { readonly nodeId: number; readonly port: number }[];
  readonly logDir: string;
  /** Overrides everything else. */
  readonly properties?: Properties;
}

const host = '127.0.0.1';
const controllerListener = 'CONTROLLER';

/** The text of server.properties. */
export function serverProperties(layout: NodeLayout): string {
  const own = layout.listeners.map(({ name, port }) => `${name}://${host}:${port}`);
  const advertised = layout.listeners.map(
    ({ name, port, advertisedPort = port }) => `${name}://${host}:${advertisedPort}`,
  );
  const controller =
    layout.controllerPort === undefined ? [] : [`${controllerListener}://${host}:${layout.controllerPort}`];
  const protocols = layout.listeners.map(({ name, protocol = 'PLAINTEXT' }) => `${name}:${protocol}`);
  return propertiesText({
    'process.roles': layout.roles.join(','),
    'node.id': layout.nodeId,
    'controller.quorum.voters': layout.controllers.map(({ nodeId, port }) => `${nodeId}@${host}:${port}`).join(','),
    'controller.listener.names': controllerListener,
    listeners: [...own, ...controller].join(','),
    ...(advertised.length > 0 && { 'advertised.listeners': advertised.join(',') }),
    ...(layout.listeners[0] !== undefined && { 'inter.broker.listener.name': layout.listeners[0].name }),
    'listener.security.protocol.map': [...protocols, `${controllerListener}:PLAINTEXT`].join(','),
    'log.dirs': layout.logDir,
    ...singleMachine,
    ...layout.properties,
  });
}

/** What makes sense for brokers that only one machine uses. */
const singleMachine: Properties = {
  // A mistyped topic is an error, not a new topic.
  'auto.create.topics.enable': false,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 4,
  // The first member of a group need not wait for others.
  'group.initial.rebalance.delay.ms': 0,
  // The default of 128 MiB is a quarter of our heap.
  'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
};

/** The text of meta.properties. Both ids are 16 bytes in base64url, as Kafka writes its UUIDs. */
export function metaProperties(meta: { nodeId: number; clusterId: string; directoryId: string }): string {
  return propertiesText({
    version: 1,
    'node.id': meta.nodeId,
    'cluster.id': meta.clusterId,
    'directory.id': meta.directoryId,
  });
}

/** The text of log4j2.properties: everything from INFO into one file, which rolls over at 10 MB. */
export function loggingProperties(logFile: string): string {
  return propertiesText({
    status: 'warn',
    // The broker's own shutdown still logs, so Log4j must not end before it.
    shutdownHook: 'disable',
    'appender.file.type': 'RollingFile',
    'appender.file.name': 'file',
    'appender.file.fileName': logFile,
    'appender.file.filePattern': `${logFile}.%i`,
    'appender.file.layout.type': 'PatternLayout',
    'appender.file.layout.pattern': '%d %p %m (%c{1})%n',
    'appender.file.policies.type': 'Policies',
    'appender.file.policies.size.type': 'SizeBasedTriggeringPolicy',
    'appender.file.policies.size.size': '10MB',
    'appender.file.strategy.type': 'DefaultRolloverStrategy',
    'appender.file.strategy.max': 3,
    'rootLogger.level': 'info',
    'rootLogger.appenderRef.file.ref': 'file',
  });
}

function propertiesText(properties: Properties): string {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${escape(String(value))}`);
  return `${lines.join('\n')}\n`;
}

/** Java reads these files with backslash escapes and trims leading blanks. */
function escape(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/^ /, '\\ ');
}
