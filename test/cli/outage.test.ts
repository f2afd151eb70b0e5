// What the log of a processor says while its broker is away, on a broker that really goes.

import { expect, onTestFinished, test } from 'vitest';
import { startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { testBrokerProperties, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { project, startCli } from './support.js';

test('an outage of the broker is three lines: lost, why, back', { timeout: 90_000 }, async () => {
  const broker = await startEmbeddedKafka({ name: 'kafka-outage', properties: testBrokerProperties });
  onTestFinished(() => broker.stop());
  const kafka = new RawKafka(broker.brokers);
  const [from, to] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const folder = await project({
    'processors/p.ts': `import { processor, text, topic } from 'processor';
const input = topic('${from}', { key: text(), value: text() });
const output = topic('${to}', { key: text(), value: text() });
export default processor({
  name: '${uniqueName('outage')}', input, outputs: { output }, handle({ key, value }, { out }) { out.output(key, value); },
});`,
  });
  const running = startCli(['run', '-b', broker.brokers], { cwd: folder, env: { LOG_LEVEL: 'debug' } });
  const notices = (level: string): readonly string[] =>
    running.log.filter((line) => line.fact === 'client-notice' && line.level === level).map(({ msg }) => msg);
  await running.logged('it works', ({ fact }) => fact === 'task-opened');
  await broker.kill('SIGTERM');
  await running.does('the client has complained again and again', async () => {
    return notices('debug').filter((message) => message.includes('be reached')).length >= 8;
  });
  await broker.restart();
  await kafka.produce(from, [{ key: 'k', value: 'a' }]);
  await running.does('it goes on', async () => (await kafka.values(to)).join() === 'a');
  await running.logged('it says so', ({ msg }) => msg === 'the brokers answer again');
  running.signal('SIGTERM');
  await running.ended;
  const connections = [...notices('warn'), ...notices('info')].filter(
    // How it stops is another story: a group whose broker has just come back may take its time to let a member go.
    (message) => /broker/.test(message) && !message.startsWith('stopped before'),
  );
  expect([...connections].sort()).toEqual([
    `a broker cannot be reached: Connect to ipv4#${broker.brokers} failed: Connection refused`,
    'no broker can be reached',
    'the brokers answer again',
  ]);
});
