// `npm run bench:handover`: how long partitions wait when their member stops (SIGTERM), when it is killed, and when a broker is
// killed and comes back. Two members of a classic group, dynamic, under a steady load; three brokers, three replicas. Ends with
// 1 if a bar is missed.
//
//   npm run bench:handover                      each twenty times, about twenty minutes
//   npm run bench:handover -- --times 3         a quick look

import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { say } from '../demo/report.js';
import { confluentKafka } from '../src/adapters/confluent/kafka.js';
import { startEmbeddedCluster } from '../src/embedded/kafka/cluster.js';
import { Group, partitions } from './group.js';
import { handoverTopics } from './handover-processor.js';
import { Member } from './member.js';
import { SteadyWriter } from './steady-writer.js';

const sessionMs = 6000;
const perSecond = 200;
/** What p95 may be at most. */
const bars = { handover: 2000, takeover: sessionMs + 3000, broker: 15_000 } as const;

const { values } = parseArgs({ options: { times: { type: 'string', default: '20' } } });
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), 'processor-handover-'));
/** What has to end when the measurement does, however it does; the last one first. */
const ends: (() => Promise<unknown> | void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
try {
  const isGood = await measure();
  process.exitCode = isGood ? 0 : 1;
  // Where a bar is missed, the logs say why.
  if (isGood) rmSync(folder, { recursive: true, force: true });
} finally {
  await cleanUp();
}

async function measure(): Promise<boolean> {
  const properties = { 'broker.heartbeat.interval.ms': 500, 'broker.session.timeout.ms': 4000 };
  const cluster = await startEmbeddedCluster({ name: 'handover', properties });
  ends.push(() => cluster.stop());
  const { brokers, nodes } = cluster;
  await createTopics(brokers);
  let started = 0;
  const group = new Group(() =>
    Member.start({
      module: 'bench/handover-processor.ts',
      brokers,
      settings: { 'session.timeout.ms': sessionMs },
      logFile: join(folder, `member-${++started}.log`),
    }),
  );
  ends.push(() => group.endAll());
  await group.add();
  await group.add();
  const writer = await SteadyWriter.start(brokers, handoverTopics.input, perSecond);
  ends.push(() => writer.stop());
  say(
    `two members share ${partitions.length} partitions with ${perSecond} records a second, three brokers; logs in ${folder}`,
  );

  const handovers: number[] = [];
  const takeovers: number[] = [];
  const returns: number[] = [];
  const gaps: number[] = [];
  for (let time = 1; time <= times; time++) {
    handovers.push(await group.replace(await oneOf(group), 'SIGTERM'));
    takeovers.push(await group.replace(await oneOf(group), 'SIGKILL'));
    await group.untilShared();
    const node = nodes[time % nodes.length];
    if (node === undefined) throw new Error('there is no broker');
    const killedMs = Date.now();
    await node.end('SIGKILL');
    const [listensMs] = await Promise.all([untilListening(node.address), node.start()]);
    returns.push(await group.untilCommitted(partitions, listensMs));
    gaps.push(group.longestGapMs(killedMs));
    say(
      `${String(time).padStart(4)}  hand-over ${handovers.at(-1)} ms  take-over ${takeovers.at(-1)} ms  broker ${returns.at(-1)} ms`,
    );
  }
  say('');
  say(`                                     min     median        p95        max   of ${times}, in ms`);
  const areReached = [
    figures('hand-over on SIGTERM', handovers, bars.handover),
    figures('take-over after SIGKILL', takeovers, bars.takeover),
    figures('all move after a broker is back', returns, bars.broker),
    figures('longest gap from its death on', gaps),
  ];
  if (group.forcedEnds > 0) say(`  ${group.forcedEnds} members had stopped and were then ended by force`);
  const broken = cluster.brokenBy();
  if (broken !== undefined) throw new Error(`Kafka itself has lost something, the run is worth nothing: ${broken}`);
  return areReached.every(Boolean);
}

/** Either of the two when they share the work, at no particular moment between two heartbeats. */
async function oneOf(group: Group): Promise<Member> {
  await group.untilShared();
  await wait(Math.random() * 1000);
  const [one, other] = await group.untilShared();
  return Math.random() < 0.5 ? one : other;
}

async function createTopics(brokers: string): Promise<void> {
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
  try {
    const names = Object.values(handoverTopics);
    const replicas = { replicationFactor: 3, config: { 'min.insync.replicas': '2' } };
    for (const name of names) await kafka.createTopic({ name, partitions: partitions.length, ...replicas });
    // A broker that answers first need not be the first to know of them.
    while ((await kafka.partitionCounts(names)).size < names.length) await wait(20);
  } finally {
    await kafka.close();
  }
}

/** Resolves to the moment at which somebody accepts connections there. */
async function untilListening(address: string): Promise<number> {
  const [host, port] = address.split(':');
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: host ?? '', port: Number(port) });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return Date.now();
    await wait(10);
  }
}

/** Prints the figures of one kind; whether their p95 is within the bar, where there is one. */
function figures(what: string, measuredMs: readonly number[], barMs?: number): boolean {
  const sorted = measuredMs.toSorted((a, b) => a - b);
  // The smallest figure that as large a share of all does not exceed.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  const isReached = barMs === undefined || at(0.95) <= barMs;
  const shown = [at(0), at(0.5), at(0.95), at(1)].map((ms) => String(Math.round(ms)).padStart(10));
  say(
    `${isReached ? '✔' : '✘'} ${what.padEnd(32)} ${shown.join(' ')}${barMs === undefined ? '' : `   p95 at most ${barMs}`}`,
  );
  return isReached;
}

async function cleanUp(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}
