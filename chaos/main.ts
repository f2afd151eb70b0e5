// `npm run chaos`: two chained processors on three brokers while processes are killed, frozen, added and removed, brokers
// restarted, connections cut and requests held back until they hit a later transaction; afterwards every record is accounted
// for by the rules of checker/.
//
//   npm run chaos                                       60,000 records in three minutes
//   npm run chaos -- --minutes 60 --records 1000000     the long one
//   npm run chaos -- --seed 7                           the plan of another run
//   npm run chaos -- --protocol range                   another way of sharing partitions: cooperative, range, consumer, static
//   npm run chaos -- --storm --minutes 2                a storm of members that join and leave, and no other disaster
//
// Exits 0 only if no rule is broken. A bad run keeps its files: `node scripts/run.cjs chaos/judge.ts <folder>` judges them again.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedCluster } from '../src/embedded/kafka/cluster.js';
import { FrameProxy } from '../test/support/frame-proxy.js';
import type { Stand } from './checker/anomaly.js';
import { check } from './checker/check.js';
import { historySuffix, loadHistory } from './checker/load.js';
import { isGood, reportOf } from './checker/report.js';
import { timeouts } from './harness/bounds.js';
import { Disasters } from './harness/disasters.js';
import { readFinally } from './harness/final-read.js';
import { type Fleet, startFleet } from './harness/fleet.js';
import { protocolOf } from './harness/membership.js';
import { countsFor, planDisasters } from './harness/plan.js';
import { Processes } from './harness/process.js';
import { ProgressWatch } from './harness/progress.js';
import { brokerProperties, createTopics, drained } from './harness/run.js';
import { storm } from './harness/storm.js';
import { HistoryFile, nowMs } from './history.js';
import type { ReaderPlan } from './reader.js';
import { steps, topics } from './steps.js';
import type { WriterPlan } from './writer.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    records: { type: 'string', default: '60000' },
    seed: { type: 'string' },
    instances: { type: 'string', default: '2' },
    protocol: { type: 'string', default: 'cooperative' },
    storm: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const records = Number(values.records);
const protocol = protocolOf(values.protocol);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6));
const folder = mkdtempSync(join(tmpdir(), 'processor-chaos-'));
const startedMs = performance.now();

/** What has to end when the run does, however it does; the last one first. */
const ends: (() => Promise<unknown> | void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted(signal));

const proxy = new FrameProxy({ logLinesMax: 200_000 });

let isGoodRun = false;
try {
  isGoodRun = await chaos();
} catch (error) {
  say(`✘ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
await cleanUp();
if (isGoodRun) rmSync(folder, { recursive: true });
else {
  await proxy.log.write(join(folder, 'frames.log'));
  say(`✘ what the processes told and logged is in ${folder}`);
}
// All is closed by now; seen once: Node went round and round in its own clean-up, and the process never ended.
process.exit(isGoodRun ? 0 : 1);

async function chaos(): Promise<boolean> {
  say(`${records} records in ${minutes} minutes, --protocol ${protocol}, --seed ${seed}`);
  const history = new HistoryFile(join(folder, `harness${historySuffix}`));
  const processes = new Processes(folder, history);
  const doors = [await proxy.listen(), await proxy.listen(), await proxy.listen()];
  const proxyPorts = doors.map(({ port }) => port);
  const cluster = await startEmbeddedCluster({ properties: brokerProperties, name: 'chaos', proxyPorts });
  ends.push(() => cluster.stop());
  ends.push(() => proxy.close());
  ends.push(() => processes.killAll());
  doors.forEach((door, i) => door.forwardTo(cluster.nodes[i]?.proxied ?? ''));
  // The instances come through the proxy; whoever looks on does not.
  const proxied = doors.map(({ address }) => address).join(',');
  const { brokers } = cluster;
  await createTopics(brokers);
  say(`three brokers are ready on ${brokers}`);
  const progress = await ProgressWatch.open(history, brokers, steps);
  ends.push(() => progress.close());
  const outputs = topics.filter((topic) => topic !== steps[0]?.input);
  const reader = await processes.start<ReaderPlan>('reader', 'chaos/reader.ts', { brokers, topics: outputs });
  const fleet = await startFleet(processes, { brokers: proxied, protocol }, Number(values.instances));
  ends.push(() => fleet.giveUp());
  progress.watch(500);
  const pace = { perSecond: records / (minutes * 60), keys: 2000, seed };
  const writer = await processes.start<WriterPlan>('writer', 'chaos/writer.ts', { brokers, records, ...pace });
  const disasters = new Disasters({ cluster, proxy, fleet, history, say });
  const durationMs = minutes * 60_000;
  const written = writer.ended.then((code) => {
    if (code !== 0) throw new Error(`the writer ended with ${code}: ${writer.logFile}`);
  });
  const disaster = async (): Promise<void> => {
    if (!values.storm) return disasters.run(planDisasters(countsFor(minutes), durationMs, seed));
    const { joins, leaves } = await storm(fleet, history, durationMs);
    const done = steps.map((step) => `${progress.latest(step).done} of ${progress.latest(step).end}`).join(', ');
    say(`${joins} members have joined and ${leaves} left; done by then: ${done}`);
  };
  await Promise.all([written, disaster()]);
  say('all records are written, no disaster is left');
  await drained(progress);
  await fleet.stopAll();
  const read = await reader.stop();
  if (read !== 0) fleet.troubles.push(`the reader ended with ${read}: ${reader.logFile}`);
  await progress.askSettled();
  await progress.tellMembers(timeouts.sessionMs);
  await readFinally(history, { brokers, topics, settleMs: 20_000 });
  // A question that was under way was written into a file that was closed by then, once.
  await progress.endWatch();
  history.append({ event: 'drained' });
  history.close();
  const broken = cluster.brokenBy();
  if (broken !== undefined) throw new Error(`Kafka itself has lost something, the run is worth nothing: ${broken}`);
  return judged(disasters, fleet);
}

function judged(disasters: Disasters, { troubles, forcedEnds }: Fleet): boolean {
  const ledger = loadHistory(folder);
  const findings = check(ledger, steps);
  const count = (event: string): number => ledger.counts.get(event) ?? 0;
  const written = [...ledger.written.values()].flat().reduce((sum, { length }) => sum + length, 0);
  say('');
  for (const [kind, times] of disasters.counts) say(`  ${kind.padEnd(33)} ${String(times).padStart(8)}`);
  if (disasters.variants.size > 0)
    say(`  of these: ${[...disasters.variants].map(([variant, times]) => `${variant} ${times}`).join(', ')}`);
  say(`  ${'rebalances as members saw them'.padEnd(33)} ${String(count('rebalanced')).padStart(8)}`);
  say(`  ${'records acknowledged'.padEnd(33)} ${String(written).padStart(8)}`);
  say(`  ${'transactions committed'.padEnd(33)} ${String(count('committed')).padStart(8)}`);
  say(`  ${'transactions aborted by their owner'.padEnd(33)} ${String(count('abort')).padStart(6)}`);
  say(`  ${'partitions opened'.padEnd(33)} ${String(count('opened')).padStart(8)}`);
  say(`  ${'ended by force after they had stopped'.padEnd(33)} ${String(forcedEnds).padStart(4)}`);
  say(`  ${'producers replaced'.padEnd(33)} ${String(count('producer-replaced')).padStart(8)}`);
  say('');
  for (const line of reportOf(findings)) say(line);
  const stand = findings.anomalies.find((anomaly) => anomaly.stand !== undefined)?.stand;
  if (stand) for (const line of groupFrames(stand)) say(line);
  for (const trouble of troubles) say(`✘ ${trouble}`);
  const good = isGood(findings) && troubles.length === 0;
  say(`${good ? '✔ no anomaly' : '✘ not exactly once'}, seed ${seed}`);
  return good;
}

/** What a group and its members told each other while it did not get on: nearly always the reason is there. */
function groupFrames({ processor, sinceMs, untilMs }: Stand): string[] {
  const beganMs = nowMs() - performance.now();
  const match = { api: ['JoinGroup', 'SyncGroup', 'LeaveGroup', 'ConsumerGroupHeartbeat'] as const };
  const clientId = new RegExp(`^${processor}/`);
  return (['request', 'response'] as const)
    .flatMap((direction) => proxy.log.between(sinceMs - beganMs, untilMs - beganMs, { ...match, clientId, direction }))
    .toSorted()
    .slice(0, 100);
}

async function interrupted(signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  say(`${signal}: ends everything that was started`);
  await cleanUp();
  rmSync(folder, { recursive: true, force: true });
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

async function cleanUp(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

function say(line: string): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(line === '' ? '\n' : `${seconds.padStart(7)} s  ${line}\n`);
}
