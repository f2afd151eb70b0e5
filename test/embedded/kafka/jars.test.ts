import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJars, kafkaVersion, provideJars } from '../../../src/embedded/kafka/jars.js';

let folder: string;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-jars-'));
  environment = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
});
afterEach(() => rmSync(folder, { recursive: true }));

test('KAFKA_HOME comes first', async () => {
  addJars(join(folder, 'cache/processor/kafka', kafkaVersion, 'libs'));
  const home = addJars(join(folder, 'own/libs'));
  const jars = await findJars({ ...environment, KAFKA_HOME: join(folder, 'own') });
  expect(jars?.classPath).toEqual([join(home, 'kafka-clients-9.jar'), join(home, 'kafka_2.13-9.jar')]);
});

test('a KAFKA_HOME without jars is a mistake, not a reason to use others', async () => {
  addJars(join(folder, 'cache/processor/kafka', kafkaVersion, 'libs'));
  await expect(findJars({ ...environment, KAFKA_HOME: folder })).rejects.toMatchObject({
    code: 'PRC_EMBEDDED_JARS_MISSING',
    message: expect.stringContaining(`KAFKA_HOME is ${folder}`),
  });
});

test('without Kafka and without Maven the error names every way to get it', async () => {
  await expect(provideJars(undefined, environment)).rejects.toMatchObject({
    code: 'PRC_EMBEDDED_JARS_MISSING',
    hint: expect.stringMatching(/KAFKA_HOME.*Maven.*copy them.*Docker.*KAFKA_BROKERS/s),
  });
});

test('a Maven that fails is quoted, and leaves nothing half done in the cache', async () => {
  installMaven('echo "[INFO] scanning"; echo "[ERROR] no route to the repository"; exit 1');
  await expect(provideJars(undefined, environment)).rejects.toThrow('[ERROR] no route to the repository');
  expect(readdirSync(join(folder, 'cache/processor/kafka', kafkaVersion))).toEqual([]);
});

test('of several processes that fetch at once each gets whole jars', async () => {
  // This Maven is slow between two files, so a look into its folder would find only one of them.
  installMaven(`
    for arg in "$@"; do case "$arg" in -DoutputDirectory=*) out="\${arg#*=}";; esac; done
    /bin/mkdir -p "$out"; echo > "$out/kafka_2.13-9.jar"; /bin/sleep 0.3; echo > "$out/kafka-clients-9.jar"`);
  const all = await Promise.all([1, 2, 3].map(() => provideJars(undefined, environment)));
  for (const { classPath } of all) expect(classPath).toHaveLength(2);
  expect(readdirSync(join(folder, 'cache/processor/kafka', kafkaVersion))).toEqual(['libs']);
});

function addJars(dir: string): string {
  mkdirSync(dir, { recursive: true });
  for (const name of ['kafka_2.13-9.jar', 'kafka-clients-9.jar', 'LICENSE']) writeFileSync(join(dir, name), '');
  return dir;
}

function installMaven(script: string): void {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/mvn'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin/mvn'), 0o755);
}
