// `processor status`: how far processors are, once or again and again.

import { setTimeout as pause } from 'node:timers/promises';
import { GroupOffsets } from '../../adapters/confluent/group-offsets.js';
import { type GroupId, groupId } from '../../core/ids.js';
import { KafkaError } from '../../ports/kafka.js';
import { type Connection, type ConnectionFlags, connectionOf } from '../connection.js';
import { discover } from '../discover.js';
import { useKafka } from '../use-kafka.js';
import { History, type ProcessorStatus } from './history.js';
import { statusJson } from './json.js';
import { type LookSources, lookAt, type Watched } from './look.js';
import { Members } from './members.js';
import { Screen } from './screen.js';
import { statusText } from './text.js';

export interface StatusFlags extends ConnectionFlags {
  readonly watch?: boolean;
  readonly eta?: boolean;
  readonly json?: boolean;
  /** This process answers another one's questions about members, and nothing else. */
  readonly members?: boolean;
}

const watchMs = 2000;
/** Between the two looks that an ETA takes. */
const etaMs = 1000;

export async function status(wanted: readonly string[], flags: StatusFlags): Promise<void> {
  const connection = await connectionOf(flags, process.env, 'status');
  if (flags.members) {
    const { answerMembers } = await import('./members-process.js');
    return answerMembers(connection);
  }
  const { processors } = await discover(process.cwd(), wanted);
  const watched = processors.map(
    ({ processor: { topology } }): Watched => ({ topology, group: groupId(connection.namespace, topology.name) }),
  );
  await useKafka(connection, async (kafka) => {
    const offsets = new OffsetsOfGroups(connection);
    const members = new Members();
    const sources: LookSources = {
      kafka,
      offsetsOf: (group) => offsets.of(group),
      membersOf: (groups) => members.of(groups),
      nowMs: () => performance.now(),
    };
    const history = new History();
    const look = async (): Promise<readonly ProcessorStatus[]> => history.add(await lookAt(watched, sources));
    try {
      await (flags.watch ? watch(look, flags) : once(look, flags));
    } finally {
      members.close();
      await offsets.close();
    }
  });
}

type LookAgain = () => Promise<readonly ProcessorStatus[]>;

async function once(look: LookAgain, flags: StatusFlags): Promise<void> {
  let found = await look();
  if (flags.eta) {
    await pause(etaMs);
    found = await look();
  }
  process.stdout.write(flags.json ? `${statusJson(found, new Date())}\n` : statusText(found));
}

async function watch(look: LookAgain, flags: StatusFlags): Promise<void> {
  const screen = new Screen(process.stdout, process.env);
  const ending = new AbortController();
  const { signal } = ending;
  const end = (): void => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  // Its reader has enough (`| head`).
  process.stdout.once('error', end);
  const ended = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      const found = await Promise.race([look(), ended]);
      if (found === undefined) return;
      const now = new Date();
      if (flags.json) process.stdout.write(`${statusJson(found, now)}\n`);
      else screen.show(`${now.toISOString()}  (Ctrl-C ends)\n\n${statusText(found)}`);
    } catch (error) {
      // Whoever watches wants to see how it goes on.
      if (isFirst || !(error instanceof KafkaError) || !error.retriable) throw error;
      if (flags.json) process.stderr.write(`${JSON.stringify({ error: { message: error.message } })}\n`);
      else screen.show(`${new Date().toISOString()}  the brokers do not answer: ${error.message}\n`);
    }
    await pause(watchMs, undefined, { signal }).catch(() => {});
  }
}

/** One client for each group, opened when it is asked first. */
class OffsetsOfGroups {
  readonly #connection: Connection;
  readonly #opened = new Map<GroupId, Promise<GroupOffsets>>();
  #isClosed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  of(group: GroupId): Promise<GroupOffsets> {
    // A look that goes on behind a Ctrl-C opens nothing that nobody would close.
    if (this.#isClosed) return Promise.reject(new KafkaError('_DESTROY', 'nobody wants to know any more'));
    const { brokers, settings } = this.#connection;
    const opened = this.#opened.get(group) ?? GroupOffsets.open({ brokers, settings, groupId: group });
    this.#opened.set(group, opened);
    // One that could not be opened is tried again at the next look.
    opened.catch(() => this.#opened.delete(group));
    return opened;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await Promise.allSettled(this.#opened.values());
    await Promise.all(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.close()] : [])));
  }
}
