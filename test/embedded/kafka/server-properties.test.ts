import { expect, test } from 'vitest';
import { metaProperties, type NodeLayout, serverProperties } from '../../../src/embedded/kafka/server-properties.js';

const single: NodeLayout = {
  nodeId: 1,
  roles: ['broker', 'controller'],
  listeners: [{ name: 'PLAINTEXT', port: 9092 }],
  controllerPort: 9093,
  controllers: [{ nodeId: 1, port: 9093 }],
  logDir: '/data',
};

test('a single node is broker and controller, on the loopback only', () => {
  const properties = parse(serverProperties(single));
  expect(properties).toMatchObject({
    'process.roles': 'broker,controller',
    'controller.quorum.voters': '1@127.0.0.1:9093',
    listeners: 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:9092',
    'log.dirs': '/data',
    'auto.create.topics.enable': 'false',
  });
});

test('a listener may be advertised through a proxy', () => {
  const proxied = { name: 'PROXIED', port: 9094, advertisedPort: 19094 };
  const properties = parse(serverProperties({ ...single, listeners: [...single.listeners, proxied] }));
  expect(properties).toMatchObject({
    listeners: 'PLAINTEXT://127.0.0.1:9092,PROXIED://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:9092,PROXIED://127.0.0.1:19094',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
  });
});

test('a further listener has the protocol that it is given', () => {
  const secure = { name: 'SECURE', port: 9095, protocol: 'SASL_SSL' } as const;
  expect(parse(serverProperties({ ...single, listeners: [...single.listeners, secure] }))).toMatchObject({
    listeners: 'PLAINTEXT://127.0.0.1:9092,SECURE://127.0.0.1:9095,CONTROLLER://127.0.0.1:9093',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT',
  });
});

test("a broker without the controller's role has no controller listener of its own, but knows the controllers", () => {
  const { controllerPort: _, ...rest } = single;
  const broker: NodeLayout = { ...rest, nodeId: 2, roles: ['broker'], controllers: [{ nodeId: 1, port: 9093 }] };
  expect(parse(serverProperties(broker))).toMatchObject({
    'process.roles': 'broker',
    'node.id': '2',
    listeners: 'PLAINTEXT://127.0.0.1:9092',
    'controller.quorum.voters': '1@127.0.0.1:9093',
  });
});

test('given properties win over ours', () => {
  const text = serverProperties({ ...single, properties: { 'auto.create.topics.enable': true, 'num.partitions': 7 } });
  expect(parse(text)).toMatchObject({ 'auto.create.topics.enable': 'true', 'num.partitions': '7' });
  expect(text.match(/auto\.create/g)).toHaveLength(1);
});

test('backslashes and line ends survive in a value', () => {
  const text = metaProperties({ nodeId: 1, clusterId: 'a\\b\nc', directoryId: 'd' });
  expect(text).toContain('cluster.id=a\\\\b\\nc\n');
});

function parse(text: string): Record<string, string> {
  const lines = text.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
