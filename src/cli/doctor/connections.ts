// The connections that are configured: each broker by its name and a plain connection, then all of them as the client does it,
// with TLS and login; the schema registry, and by its clock ours.

import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { brokersOf, checkBrokers, type ListedBroker } from '../../adapters/confluent/broker-list.js';
import { confluentKafka } from '../../adapters/confluent/kafka.js';
import { registrySubjects } from '../../adapters/schema-registry/subjects.js';
import { limits } from '../../core/defaults.js';
import { ProcessorError } from '../../errors/processor-error.js';
import type { ResolvedConfig } from '../config/load-config.js';
import { exitCodes } from '../exit-codes.js';
import { counted } from '../table.js';
import { bad, doubtful, type Examined, good } from './examined.js';

export async function brokers({ brokers: list, settings }: ResolvedConfig): Promise<readonly Examined[]> {
  if (list === undefined)
    return [
      good('Kafka', 'none is named: dev uses the embedded one, run needs -b, KAFKA_BROKERS or processor.config.ts'),
    ];
  checkBrokers(list);
  const reached = await Promise.all(brokersOf(list).map(reach));
  if (reached.every(({ state }) => state === 'bad')) return reached;
  try {
    const kafka = await confluentKafka({
      brokers: list,
      settings,
      transactionTimeoutMs: limits.transactionTimeoutMs,
      connectTimeoutMs: answerWithinMs,
    });
    const verifies = kafka.verifiesTransactions();
    await kafka.close();
    return [...reached, verifies ? good('Kafka', 'answers, and is 3.6 or newer') : tooOld];
  } catch (error) {
    return [...reached, bad('Kafka', error)];
  }
}

const tooOld = doubtful(
  'Kafka',
  'answers, and is older than 3.6: exactly-once processors are refused',
  "Upgrade the brokers, or declare guarantee: 'at-least-once'.",
);

/** The name, and a connection over which nothing is sent. */
async function reach({ host, port }: ListedBroker): Promise<Examined> {
  const subject = `broker ${host}:${port}`;
  const unreachable = (reason: string): Examined => ({
    ...bad(subject, new ProcessorError('PRC_BROKER_UNREACHABLE', { brokers: `${host}:${port}`, seconds, reason })),
    exitCode: exitCodes.unreachable,
  });
  try {
    const found = await within(lookup(host, { all: true }), `no answer to the look-up of ${host}`);
    const addresses = found.map(({ address }) => address).join(', ');
    const startedMs = performance.now();
    await connection(host, port);
    return good(
      subject,
      `${addresses === host ? '' : `${addresses}, `}connected in ${Math.round(performance.now() - startedMs)} ms`,
    );
  } catch (error) {
    return unreachable((error as Error).message || String((error as NodeJS.ErrnoException).code));
  }
}

function connection(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: seconds * 1000 });
    socket.on('connect', () => resolve());
    socket.on('timeout', () => reject(new Error(`no connection to ${host}:${port}: is it behind a firewall?`)));
    socket.on('error', reject);
    for (const end of ['connect', 'timeout', 'error']) socket.on(end, () => socket.destroy());
  });
}

export async function registry({ registry: options }: ResolvedConfig): Promise<readonly Examined[]> {
  if (options === undefined) return [good('registry', 'none is named (SCHEMA_REGISTRY_URL); only Avro needs one')];
  const subjects = registrySubjects({ ...options, attempts: 2 });
  const names = await subjects.names();
  const answers = good('registry', `${subjects.address} has ${counted(names.length, 'subject')}`);
  const ours = await clockBeside(subjects.address);
  return ours === undefined ? [answers] : [answers, ours];
}

/** Brokers do not tell the time; whoever answers by HTTP does, to the second. */
async function clockBeside(address: string): Promise<Examined | undefined> {
  const { headers } = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(seconds * 1000) });
  return clockAgainst(headers.get('date'), Date.now());
}

/** @param date as in the header of an answer; null without one */
export function clockAgainst(date: string | null, nowMs: number): Examined | undefined {
  const theirsMs = Date.parse(date ?? '');
  if (Number.isNaN(theirsMs)) return undefined;
  const apartSeconds = Math.round(Math.abs(nowMs - theirsMs) / 1000);
  if (apartSeconds <= apartSecondsMax) return good('clock', "agrees with the registry's");
  return doubtful(
    'clock',
    `${counted(apartSeconds, 'second')} ${nowMs > theirsMs ? 'ahead of' : 'behind'} the registry's; records get their timestamps from it, and certificates are judged by it`,
    'Let this machine and the others take the time from a server (chrony, systemd-timesyncd).',
  );
}

async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const seconds = 3;
const answerWithinMs = 8000;
/** The header has whole seconds, and the answer took a while. */
const apartSecondsMax = 5;
