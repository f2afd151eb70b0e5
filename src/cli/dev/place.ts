// Which Kafka and which registry `processor dev` works with: those that are configured, else embedded ones whose data stays in the
// folder. Owns what it starts.

import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { brokersOf, checkBrokers, isLoopback } from '../../adapters/confluent/broker-list.js';
import { rawModule } from '../../adapters/confluent/raw-client.js';
import { type EmbeddedKafka, prepareEmbeddedKafka, startEmbeddedKafka } from '../../embedded/kafka/broker.js';
import { freePort } from '../../embedded/kafka/free-port.js';
import { findJars, kafkaVersion } from '../../embedded/kafka/jars.js';
import { isNotToBeHad } from '../../embedded/kafka/not-to-be-had.js';
import { claimPidNote, type PidNote, readPidNote, removePidNote, writePidNote } from '../../embedded/kafka/pid-file.js';
import { fileStorage, startEmbeddedRegistry } from '../../embedded/schema-registry/server.js';
import { ProcessorError } from '../../errors/processor-error.js';
import type { ResolvedConfig } from '../config/load-config.js';
import type { Place } from './events.js';
import { memoryFolder, memoryOutputs } from './memory-folder.js';
import type { Surroundings } from './messages.js';

export interface PlaceOptions {
  readonly folder: string;
  /** Works without a Kafka, on a model of it. */
  readonly memory: boolean;
  /** Wipes what the embedded ones have kept, or what was written in memory; never what a user has written. */
  readonly reset: boolean;
  /** Creates topics on brokers of other machines, too. */
  readonly createTopics: boolean;
  readonly log: (line: string) => void;
}

export interface OpenPlace {
  readonly place: Place;
  readonly surroundings: Surroundings;
  close(): Promise<void>;
}

/** @throws PRC_USAGE, PRC_BROKERS_INVALID, PRC_DEV_RUNNING, and as `startEmbeddedKafka` and `startEmbeddedRegistry` */
export async function openPlace(config: ResolvedConfig, options: PlaceOptions): Promise<OpenPlace> {
  if (options.memory) return memoryPlace(config, options);
  if (config.brokers !== undefined) return namedPlace(config.brokers, config, options);
  try {
    return await embeddedPlace(config, options);
  } catch (error) {
    if (!isNotToBeHad(error)) throw error;
    options.log(`no Kafka can be had: ${error.message}. ${error.hint}`);
    return memoryPlace(config, options);
  }
}

function memoryPlace({ values, registry }: ResolvedConfig, { folder, memory, reset, log }: PlaceOptions): OpenPlace {
  const brokers = values.find(({ key }) => key === 'brokers');
  if (memory && brokers?.origin.from === 'flag')
    throw new ProcessorError('PRC_USAGE', {
      problem: '--memory does without a Kafka, and -b names one: leave out one of the two',
      command: 'dev ',
    });
  const dataDir = join(folder, memoryFolder);
  claim(dataDir, { hint: 'It works in memory, on the files of .processor/memory. Work with those, or end it first.' });
  if (reset) rmSync(join(dataDir, memoryOutputs), { recursive: true, force: true });
  if (registry !== undefined)
    log(`the registry ${registry.url} is not used: what is in memory has schemas of its own, in memory, too`);
  return {
    place: {
      brokers: 'in memory',
      registry: undefined,
      embedded: undefined,
      isInMemory: true,
      isRegistryEmbedded: true,
      dataDir,
      mayCreateTopics: true,
    },
    surroundings: {
      brokers: '',
      isEmbedded: false,
      isInMemory: true,
      registry: undefined,
      mayCreateTopics: true,
      mayRegisterSchemas: true,
    },
    close: async () => removePidNote(dataDir),
  };
}

async function namedPlace(
  brokers: string,
  config: ResolvedConfig,
  { reset, createTopics }: PlaceOptions,
): Promise<OpenPlace> {
  if (reset)
    throw new ProcessorError('PRC_USAGE', {
      problem: `--reset wipes the data of the embedded Kafka, and ${brokers} is another one`,
      command: 'dev ',
    });
  // No change of a source makes these good, so nothing waits for one.
  checkBrokers(brokers);
  const mayCreateTopics = createTopics || brokersOf(brokers).every(({ host }) => isLoopback(host));
  return {
    place: {
      brokers,
      registry: config.registry?.url,
      embedded: undefined,
      isInMemory: false,
      isRegistryEmbedded: false,
      dataDir: undefined,
      mayCreateTopics,
    },
    surroundings: {
      brokers,
      isEmbedded: false,
      isInMemory: false,
      registry: undefined,
      mayCreateTopics,
      mayRegisterSchemas: mayRegister(config),
    },
    close: async () => {},
  };
}

async function embeddedPlace(config: ResolvedConfig, { folder, reset, log }: PlaceOptions): Promise<OpenPlace> {
  // The child needs it; without it a Kafka would be started for nobody.
  rawModule();
  const dataDir = join(folder, '.processor', 'data');
  claim(dataDir, { hint: 'It is about to start its Kafka. Work with that one, or end it first.' });
  if (reset) await wipe(dataDir);
  const startedMs = performance.now();
  const kafka = await startKafka(join(dataDir, 'kafka'), log).catch((error: unknown) => {
    removePidNote(dataDir);
    throw error;
  });
  const ms = performance.now() - startedMs;
  writePidNote(dataDir, { pid: process.pid, port: Number(kafka.brokers.split(':').at(-1)) });
  const { brokers } = kafka;
  const stopKafka = async (): Promise<void> => {
    await kafka.stop();
    removePidNote(dataDir);
  };
  // Its ids stand in the records of this very Kafka, so the two are kept and wiped together.
  const storage = fileStorage(join(dataDir, 'registry'));
  const registry =
    config.registry === undefined
      ? await startEmbeddedRegistry({ port: await freePort(8081), storage }).catch(async (error: unknown) => {
          await stopKafka();
          throw error;
        })
      : undefined;
  return {
    place: {
      brokers,
      registry: registry?.url ?? config.registry?.url,
      embedded: { version: kafkaVersion, ms },
      isInMemory: false,
      isRegistryEmbedded: registry !== undefined,
      dataDir,
      mayCreateTopics: true,
    },
    surroundings: {
      brokers,
      isEmbedded: true,
      isInMemory: false,
      registry: registry?.url,
      mayCreateTopics: true,
      mayRegisterSchemas: registry !== undefined || mayRegister(config),
    },
    async close() {
      await registry?.stop();
      await stopKafka();
    },
  };
}

async function startKafka(dataDir: string, log: (line: string) => void): Promise<EmbeddedKafka> {
  // What takes its time on the first start of a machine is said.
  if ((await findJars()) === undefined) await prepareEmbeddedKafka(log);
  let isReady = false;
  const kafka = await startEmbeddedKafka({
    dataDir,
    port: 9092,
    log: (line) => {
      if (isReady) log(line);
    },
  });
  isReady = true;
  return kafka;
}

/** From now on a second one is refused, also while Kafka starts. */
function claim(dataDir: string, withoutKafka: Hint): void {
  mkdirSync(dataDir, { recursive: true });
  const other = claimPidNote(dataDir, { pid: process.pid, port: notYet });
  if (other !== undefined) throw running(other, withoutKafka);
}

/** A Kafka whose owner was killed a moment ago writes until it has ended; the start of another one would wait for it as well. */
async function wipe(dataDir: string): Promise<void> {
  const deadline = performance.now() + orphanMsMax;
  while (readPidNote(join(dataDir, 'kafka')) !== undefined && performance.now() < deadline) await wait(100);
  for (const name of ['kafka', 'registry']) await rm(join(dataDir, name), { recursive: true, force: true });
}

const orphanMsMax = 10_000;
const notYet = 0;

interface Hint {
  readonly hint: string;
}

function running({ pid, port }: PidNote, withoutKafka: Hint): ProcessorError {
  const options = port === notYet ? withoutKafka : {};
  return new ProcessorError('PRC_DEV_RUNNING', { pid, brokers: `127.0.0.1:${port}` }, options);
}

/** What others share is not filled by somebody who tries something. */
function mayRegister({ registry, registerSchemas }: ResolvedConfig): boolean {
  return registerSchemas || (registry !== undefined && isLoopback(hostOf(registry.url)));
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}
