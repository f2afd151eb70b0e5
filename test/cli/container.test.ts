// The image of docker/Dockerfile, as far as it can be tried without an engine: its entry command, word for word, as process 1 of a
// container that is made by hand (test/support/container.ts): another user, nothing to write to, a limit of memory.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/embedded/kafka/free-port.js';
import { builtImage, type Container, type Image, obstacle, startContainer } from '../support/container.js';
import { execForm, instructionOf, productionStage, readYaml } from '../support/docker-files.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

const why = obstacle();
const production = productionStage();
const entrypoint = execForm(instructionOf(production, 'ENTRYPOINT'));
const deployment = ofTheDeployment();

if (why !== undefined) test('the image in a container', ({ skip }) => skip(why));

describe.runIf(why === undefined)('the image', () => {
  let kafka: RawKafka;
  let image: Image;
  let topics: { readonly from: string; readonly to: string };
  const name = uniqueName('shipped');

  beforeAll(async () => {
    kafka = new RawKafka(testBrokers());
    const [from, to] = await Promise.all([kafka.topic('shipped-in'), kafka.topic('shipped-out')]);
    topics = { from, to };
    image = await builtImage({
      'processor.config.ts':
        "import { defineConfig } from 'processor'; export default defineConfig({ namespace: 'blue-' });",
      'processors/copy.ts': copier(name, from, to),
      'jobs/nightly.ts': copier(uniqueName('nightly'), from, to),
    });
  });

  const started = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Container =>
    startContainer(image, [...entrypoint, ...args], {
      env: { KAFKA_BROKERS: kafka.brokers, NODE_OPTIONS: deployment.value('NODE_OPTIONS'), ...env },
      // The stacks of libuv's 128 threads count whole here, 8 MiB each, and are hardly touched.
      memoryBytes: deployment.memoryBytes + 128 * 8 * 2 ** 20,
    });

  test('runs where nothing can be written, is healthy, and leaves with 0 at SIGTERM, all of it done', async () => {
    await kafka.produce(topics.from, [{ value: 'a' }, { value: 'b' }]);
    const port = `${await freePort()}`;
    const running = started(execForm(instructionOf(production, 'CMD')), { PROCESSOR_HTTP_PORT: port });
    await running.does('it is healthy', async () => {
      const [program = '', ...args] = execForm(instructionOf(production, 'HEALTHCHECK'));
      await promisify(execFile)(program, args, { env: { ...process.env, PROCESSOR_HTTP_PORT: port } });
      return true;
    });
    await running.does('both are copied', async () => (await kafka.values(topics.to)).join() === 'A,B');
    const pid = await running.pid();
    const status = statusOf(pid);
    expect(status).toMatch(/^NSpid:\t\d+\t1$/m);
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(peakBytes(pid)).toBeLessThan(deployment.memoryBytes);
    // Nothing that an init would have to clear away.
    expect(childrenOf(pid)).toEqual([]);
    await kafka.produce(topics.from, [{ value: 'c' }]);
    await running.does('so is the next', async () => (await kafka.values(topics.to)).join() === 'A,B,C');
    const stoppedAt = performance.now();
    await running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - stoppedAt).toBeLessThan(5000);
    expect(await kafka.committed(`blue-${name}`, topics.from)).toBe((await kafka.ends(topics.from)).stable);
  });

  test('as the Deployment starts it has a worker below process 1, in the same memory, and both leave', async () => {
    const port = `${await freePort()}`;
    const memoryMax = { PROCESSOR_MEMORY_MAX: deployment.value('PROCESSOR_MEMORY_MAX') };
    const running = started(deployment.args, { PROCESSOR_HTTP_PORT: port, ...memoryMax });
    await running.does('it is ready', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
    const pid = await running.pid();
    const [worker = 0, ...others] = childrenOf(pid);
    expect(others).toEqual([]);
    expect(peakBytes(pid) + 2 * peakBytes(worker)).toBeLessThan(deployment.memoryBytes);
    await running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('ends at a signal that its command does not listen to', async () => {
    const running = started(['describe'], { WAITS: '1' });
    await running.does('its modules are being loaded', async () => running.stdout === 'waits');
    await running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 143, stderr: '' });
  });

  test('says what it needs where it was not compiled', async () => {
    const running = started(['run', './jobs/nightly.ts', '--json']);
    const { code, stderr } = await running.ended;
    expect(code).toBe(3);
    expect(stderr).toContain('PRC_MODULES_UNWRITABLE');
    expect(stderr).toContain('read-only');
  });

  test('is tried in a container that holds what it promises', async () => {
    const places = [image.app, '/tmp', '/'].map((place) => `${place}/written`);
    const running = startContainer(image, ['sh', '-c', `id -u; touch ${places.join(' ')}`]);
    const { stdout, stderr } = await running.ended;
    expect(stdout.trim()).toBe(instructionOf(production, 'USER').split(':')[0]);
    expect(stderr.match(/Read-only file system/g)).toHaveLength(places.length);
  });
});

function copier(name: string, from: string, to: string): string {
  return `import { processor, text, topic } from 'processor';
import { z } from 'zod';
const input = topic('${from}', { key: text(), value: text() });
const output = topic('${to}', { key: text(), value: text() });
if (process.env['WAITS']) {
  process.stdout.write('waits');
  await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
}
const upper = z.string().transform((value) => value.toUpperCase());
export default processor({
  name: '${name}',
  input,
  outputs: { output },
  handle(record, { out }) {
    out.output('k', upper.parse(record.value));
  },
});
`;
}

/** The children of a process, those included that have ended and were not asked for. */
function childrenOf(pid: number): readonly number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return listed === '' ? [] : listed.split(' ').map(Number);
}

/** The most that it ever held. */
function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(statusOf(pid))?.[1]) * 1024;
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [PodContainer] } } };
}

interface PodContainer {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
}

/** What Kubernetes would give it. */
function ofTheDeployment() {
  const [{ spec }] = readYaml('kubernetes/deployment.yaml') as [Deployment];
  const [{ args, env, resources }] = spec.template.spec.containers;
  const value = (variable: string): string => {
    const found = env.find(({ name }) => name === variable);
    if (found === undefined) throw new Error(`the deployment does not set ${variable}`);
    return found.value;
  };
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(resources.limits.memory) ?? [];
  return { args, value, memoryBytes: Number(amount) * (unit === 'Gi' ? 2 ** 30 : 2 ** 20) };
}
