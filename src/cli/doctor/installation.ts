// What is installed: the Kafka client with what was built into it, what the embedded Kafka needs, and the project's TypeScript.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { rawModule } from '../../adapters/confluent/raw-client.js';
import { findJars, kafkaVersion } from '../../embedded/kafka/jars.js';
import { findJava } from '../../embedded/kafka/java.js';
import { isProcessorError } from '../../errors/processor-error.js';
import { installedTypeScript } from '../installed-typescript.js';
import { doubtful, type Examined, good } from './examined.js';

export function kafkaClient(): Examined {
  const { librdkafkaVersion, features } = rawModule();
  return clientWith(librdkafkaVersion, features);
}

/** What the client was built without is missed when somebody connects, and not before. */
export function clientWith(version: string, features: readonly string[]): Examined {
  const missing = Object.entries(wanted).filter(([feature]) => !features.includes(feature));
  const says = `librdkafka ${version}`;
  if (missing.length === 0) return good('Kafka client', `${says} with ${Object.keys(wanted).join(', ')}`);
  const without = missing.map(([feature, use]) => `${feature} (${use})`).join(', ');
  return doubtful(
    'Kafka client',
    `${says}, built without ${without}`,
    'Build it with the development files of these libraries at hand (Debian: libssl-dev libsasl2-dev libzstd-dev liblz4-dev zlib1g-dev libcurl4-openssl-dev): npm rebuild @confluentinc/kafka-javascript',
  );
}

const wanted = {
  ssl: 'TLS',
  sasl_plain: 'logins',
  sasl_scram: 'logins',
  sasl_oauthbearer: 'logins by token',
  gzip: 'compressed records',
  snappy: 'compressed records',
  lz4: 'compressed records, outputs among them',
  zstd: 'compressed records',
} as const;

/** @param isNeeded whether no other Kafka is named */
export function java(environment: NodeJS.ProcessEnv, isNeeded: boolean): Examined {
  try {
    const { path, version } = findJava(environment);
    return good('Java', `${version ?? 'of an unknown version'} (${path})`);
  } catch (error) {
    return unlessNeeded('Java', error, isNeeded);
  }
}

export async function kafkaJars(environment: NodeJS.ProcessEnv, isNeeded: boolean): Promise<Examined> {
  try {
    const jars = await findJars(environment);
    if (jars !== undefined) return good('Kafka jars', `${jars.classPath.length} jars in ${jars.dir}`);
  } catch (error) {
    return unlessNeeded('Kafka jars', error, isNeeded);
  }
  if (isOnPath('mvn', environment))
    return good(
      'Kafka jars',
      `none yet; Maven fetches Kafka ${kafkaVersion} with the first embedded Kafka (44 MB, once)`,
    );
  const says = 'none, and there is no Maven (mvn) to fetch them';
  if (!isNeeded) return good('Kafka jars', `${says}; only the embedded Kafka needs them`);
  return doubtful(
    'Kafka jars',
    says,
    'Install Maven, let KAFKA_HOME name an unpacked Kafka, or name a running one in KAFKA_BROKERS.',
  );
}

export function typeScript(folder: string): Examined {
  const installed = installedTypeScript(folder);
  if (installed === undefined)
    return doubtful(
      'TypeScript',
      'not installed here: nobody checks types',
      'Install it: npm install --save-dev typescript',
    );
  if (existsSync(join(folder, 'tsconfig.json'))) return good('TypeScript', installed.version);
  return doubtful('TypeScript', `${installed.version}, and no tsconfig.json`, 'Make one: npx tsc --init');
}

/** What only the embedded Kafka needs is no trouble where another one is named. */
function unlessNeeded(subject: string, error: unknown, isNeeded: boolean): Examined {
  if (!isProcessorError(error)) throw error;
  return isNeeded
    ? doubtful(subject, error.message, error.hint)
    : good(subject, `${error.message}; only the embedded Kafka needs it`);
}

function isOnPath(command: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, command)));
}
