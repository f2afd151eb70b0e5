// A broker of a test's own with the frame proxy in front of it. When a test fails, what went through is written to a file.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type EmbeddedKafka, type EmbeddedKafkaOptions, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { FrameProxy } from './frame-proxy.js';
import { testBrokerProperties, uniqueName } from './kafka.js';

export interface ProxiedKafka {
  /** The address through the proxy: a client that is given it never hears of another one. */
  readonly brokers: string;
  /** The broker itself; `broker.brokers` is the address of those who look on from beside. */
  readonly broker: EmbeddedKafka;
  readonly proxy: FrameProxy;
  stop(): Promise<void>;
}

/** Starts a broker whose clients come through the proxy. */
export async function startProxiedKafka(options: Omit<EmbeddedKafkaOptions, 'proxyPort'> = {}): Promise<ProxiedKafka> {
  const proxy = new FrameProxy();
  const listener = await proxy.listen();
  const properties = { ...testBrokerProperties, ...options.properties };
  const broker = await startEmbeddedKafka({ name: 'kafka-proxied', ...options, properties, proxyPort: listener.port });
  listener.forwardTo(broker.proxied ?? '');
  running.add(proxy);
  return {
    brokers: listener.address,
    broker,
    proxy,
    async stop() {
      running.delete(proxy);
      await proxy.close();
      await broker.stop();
    },
  };
}

const running = new Set<FrameProxy>();

afterEach(async ({ task }) => {
  for (const proxy of running) {
    if (task.result?.state === 'fail') {
      const file = join(tmpdir(), `processor-${uniqueName('frames')}.log`);
      await proxy.log.write(file);
      process.stderr.write(`«${task.name}» failed; the frames that went through the proxy are in ${file}\n`);
    }
    proxy.calm();
  }
});
