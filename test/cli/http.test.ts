// `processor run --http` on real processes: what an orchestrator, a collector of metrics and a user with an SDK get of them.
// With several workers: recycle.test.ts.

import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { metricList } from '../../src/ports/metrics.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { cli, project, type RunningCli, reported, startCli } from './support.js';

let kafka: RawKafka;
let brokers: string;
beforeAll(() => {
  brokers = testBrokers();
  kafka = new RawKafka(brokers);
});

test('it is ready when its partitions are open and not while it stops; its metrics are those that are documented', async () => {
  const { name, from, to, folder } = await copier();
  const waits = await slowOne(folder);
  await kafka.produce(from, ['a', 'b', 'bad', 'c']);
  const running = startCli(['run', '-b', brokers, '--http', '0'], { cwd: folder });
  const url = await urlOf(running);
  expect(await asked(`${url}/readyz`)).toEqual({ status: 503, text: 'not ready: it is starting\n' });
  expect(await asked(`${url}/livez`)).toEqual({ status: 200, text: 'alive\n' });
  await waits.loaded();
  await running.does('it is ready', async () => (await asked(`${url}/readyz`))?.status === 200);

  const at = `processor="${name}",topic="${from}"`;
  const metrics = async (): Promise<string> => (await asked(`${url}/metrics`))?.text ?? '';
  await running.does('all are counted', async () =>
    (await metrics()).includes(`processor_records_in_total{${at}} 4\n`),
  );
  const text = await metrics();
  expect([...text.matchAll(/^# TYPE (processor_\S+) /gm)].map(([, metric]) => metric)).toEqual(Object.keys(metricList));
  expect(text).toContain(`processor_records_out_total{${at}} 4\n`);
  expect(text).toContain(`processor_dead_letters_total{${at},part="handle"} 1\n`);
  expect(text).toContain(`processor_tasks{processor="${name}"} 2\n`);
  expect((await kafka.values(to)).sort()).toEqual(['A', 'B', 'C']);

  await waits.handling(running);
  const answers: (string | undefined)[] = [];
  running.signal('SIGTERM');
  do answers.push((await asked(`${url}/readyz`))?.text);
  while (answers.at(-1) !== undefined);
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  // The signal itself may take a moment. There is no answer any more when all has stopped.
  const inTurn = answers.filter((answer, i) => answer !== answers[i - 1] && answer !== 'ready\n');
  expect(inTurn).toEqual(['not ready: it is stopping\n', undefined]);
});

test('a port that is taken is told before anything is started', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const { folder } = await copier();
  const words = ['run', '-b', brokers, '--http', address, '--json'];
  for (const more of [[], ['--memory-max', '1GiB']]) {
    const result = await cli([...words, ...more], { cwd: folder });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(reported(result)).toMatchObject({ code: 'PRC_HTTP_UNAVAILABLE', message: expect.stringContaining(address) });
  }
});

test('an SDK that is preloaded sees the batches, and is told of the threads that its preloading costs', async () => {
  const { from, to, folder } = await copier();
  await kafka.produce(from, ['a']);
  const running = startCli(['run', '-b', brokers], {
    cwd: folder,
    env: { NODE_OPTIONS: '--import ./otel.mjs', SPANS: join(folder, 'spans.txt') },
  });
  await running.does('it is copied', async () => (await kafka.values(to)).join() === 'A');
  await running.does('its span is exported', async () => spansOf(folder).includes(`${from} process`));
  const line = await running.logged('the warning', ({ msg }) => msg.includes('UV_THREADPOOL_SIZE=128'));
  expect(line).toMatchObject({ level: 'warn', msg: expect.stringContaining("libuv's pool has 4 threads") });
  running.signal('SIGTERM');
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  // What is left to export can be sent when all else has ended.
  expect(spansOf(folder)).toContain('flushed');
});

function spansOf(folder: string): readonly string[] {
  return readFileSync(join(folder, 'spans.txt'), 'utf8').split('\n');
}

async function urlOf(running: RunningCli): Promise<string> {
  return (await running.logged('where it listens', ({ url }) => url !== undefined))['url'] as string;
}

/** Undefined where nobody answers. */
async function asked(url: string): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(url);
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** A folder with a processor that copies in capitals, except what is bad, and with an SDK in otel.mjs that writes names of spans. */
async function copier(): Promise<{
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly folder: string;
}> {
  const [from, to] = await Promise.all([kafka.topic('http-in', 2), kafka.topic('http-out')]);
  const name = uniqueName('http');
  await kafka.createTopic(`${name}.dlq`);
  const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));
  const folder = await project({
    'processors/p.ts': `import { deadLetter, nullable, processor, text, topic } from 'processor';
      export default processor({
        name: '${name}',
        input: topic('${from}', { key: nullable(text()), value: text() }),
        outputs: { copy: topic('${to}', { key: nullable(text()), value: text() }) },
        onError: { handle: deadLetter() },
        handle(record, { out }) {
          if (record.value === 'bad') throw new Error('bad');
          out.copy(record.key, record.value.toUpperCase());
        },
      });`,
    'spans.txt': '',
    'otel.mjs': `import { appendFileSync } from 'node:fs';
      import { createRequire } from 'node:module';
      const require = createRequire('${packages}');
      const { trace } = require('@opentelemetry/api');
      const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
      const exporter = {
        export(spans, done) {
          for (const { name } of spans) appendFileSync(process.env.SPANS, name + '\\n');
          done({ code: 0 });
        },
        shutdown: async () => {},
      };
      trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
      process.once('beforeExit', () => appendFileSync(process.env.SPANS, 'flushed\\n'));`,
  });
  return { name, from, to, folder };
}

/**
 * Adds a processor whose module takes as long to load as the test wants, and whose handler finishes what it has claimed for as
 * long as a process that stops lets it.
 */
async function slowOne(folder: string): Promise<{
  readonly loaded: () => Promise<void>;
  readonly handling: (running: RunningCli) => Promise<void>;
}> {
  const from = await kafka.topic('http-slow');
  await writeFile(
    join(folder, 'processors/slow.ts'),
    `import { existsSync, writeFileSync } from 'node:fs';
    import { setTimeout as wait } from 'node:timers/promises';
    import { nullable, processor, text, topic } from 'processor';
    while (!existsSync('load')) await wait(10);
    export default processor({
      name: '${uniqueName('http-slow')}',
      input: topic('${from}', { key: nullable(text()), value: text() }),
      guarantee: 'at-most-once',
      async handle() {
        writeFileSync('handling', '');
        await wait(9000);
      },
    });`,
  );
  return {
    loaded: () => writeFile(join(folder, 'load'), ''),
    async handling(running) {
      await kafka.produce(from, ['wait']);
      await running.does('it handles', async () => existsSync(join(folder, 'handling')));
    },
  };
}
