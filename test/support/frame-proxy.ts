// Stands between clients and brokers and understands where a frame begins and what it is, so that a test can hold back one
// EndTxn, lose one answer, or reset a connection at the one moment that matters. Nothing is replaced: every frame that gets
// through is the client's or the broker's own. Knows nothing of the test runner.
//
//   const proxy = new FrameProxy();
//   const late = proxy.hold({ api: 'EndTxn', clientId: 'orders' });
//   const committing = owner.commit();
//   await late.held;
//   late.resetClient();                        // the client connects again and repeats its request
//   await committing;
//   await late.releaseOnFreshConnection();     // … and only now the first one arrives

import { createServer, type Server, type Socket } from 'node:net';
import { type Address, addressOf } from './frame-proxy/ask.js';
import { Connection, type ConnectionOwner } from './frame-proxy/connection.js';
import type { Frame } from './frame-proxy/frame.js';
import { FrameLog } from './frame-proxy/frame-log.js';
import { ActiveHold, type Hold } from './frame-proxy/hold.js';
import { ActiveRule, isClient, type Match, matches, type Rule, type Verb } from './frame-proxy/rule.js';

export { errorsIn } from './frame-proxy/answer.js';
export type { ApiName } from './frame-proxy/api.js';
export type { Frame } from './frame-proxy/frame.js';
export type { Hold } from './frame-proxy/hold.js';
export type { Match, Rule } from './frame-proxy/rule.js';

export interface FrameProxyOptions {
  /** Older lines of the log are forgotten beyond this. Default 20,000. */
  readonly logLinesMax?: number;
}

/** Whose connections are meant. Default: all. */
export interface Who {
  /** All of the client's `client.id`, or a pattern in it. */
  readonly clientId?: string | RegExp;
  /** Number of a connection, as in the log. */
  readonly connection?: number;
}

/** One address that clients connect to: a broker's, as they see it. */
export interface ProxyListener {
  readonly port: number;
  /** '127.0.0.1:<port>'. */
  readonly address: string;
  /** '127.0.0.1:<port>' of the broker behind it. Clients that come before it is known are reset. */
  forwardTo(broker: string): void;
}

export class FrameProxy {
  readonly log: FrameLog;
  readonly #owner: ConnectionOwner;
  readonly #closing = new AbortController();
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #refused: Who[] = [];
  readonly #holds: ActiveHold[] = [];
  #rules: ActiveRule[] = [];
  #left: readonly Frame[] = [];
  #connectionCount = 0;

  constructor({ logLinesMax = 20_000 }: FrameProxyOptions = {}) {
    this.log = new FrameLog(logLinesMax);
    this.#owner = {
      log: this.log,
      closing: this.#closing.signal,
      left: (requests) => {
        this.#left = [...this.#left, ...requests].slice(-leftMax);
      },
      ruleFor: (frame) => this.#ruleFor(frame),
      isRefused: (client) => this.#refused.some(({ clientId }) => clientId !== undefined && isClient(clientId, client)),
    };
  }

  /** Opens an address for one more broker, on a free port. Rules hold for all of them. */
  async listen(): Promise<ProxyListener> {
    let broker: Address | undefined;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client, broker));
    this.#servers.push(server);
    const port = await listening(server);
    return {
      port,
      address: `${host}:${port}`,
      forwardTo(address) {
        broker = addressOf(address);
      },
    };
  }

  /** Holds back one frame until the test lets it go. */
  hold(match: Omit<Match, 'times'>): Hold {
    const hold = new ActiveHold(match);
    this.#rules.push(hold.rule);
    this.#holds.push(hold);
    return hold;
  }

  /** The frame, and what comes behind it on its connection, arrives that much later. */
  delay(match: Match, ms: number): Rule {
    return this.#rule(match, { kind: 'delay', ms });
  }

  /** The frame never arrives; what comes behind it does. */
  drop(match: Match): Rule {
    return this.#rule(match, { kind: 'drop' });
  }

  /** The frame arrives twice. Of a request that does, the broker gives two answers, and the client gets the first. */
  duplicate(match: Match): Rule {
    return this.#rule(match, { kind: 'duplicate' });
  }

  /** The frame arrives in pieces of so many bytes. */
  slice(match: Match, bytes: number): Rule {
    return this.#rule(match, { kind: 'slice', bytes });
  }

  /**
   * The client's connection is reset at this frame. A request never reaches the broker, unless it is `forwarded` first: then
   * the broker works on it while the client connects again. At a response the broker has done it, and the client never hears.
   */
  reset(match: Match, { forwarded = false }: { readonly forwarded?: boolean } = {}): Rule {
    return this.#rule(match, { kind: 'reset', forwarded });
  }

  /** Resets connections as they are. Clients may come back at once. */
  cut(who: Who = {}): void {
    for (const connection of this.#connections)
      if (isMeant(who, connection.number, connection.clientId)) connection.resetClient();
  }

  /** From now on new connections are reset: all at once; where a client is named, when it says who it is. */
  refuse({ clientId }: Pick<Who, 'clientId'> = {}): void {
    this.#refused.push({ ...(clientId !== undefined && { clientId }) });
  }

  /** Takes back every `refuse`. */
  accept(): void {
    this.#refused.length = 0;
  }

  /** The frames that came, as far as the log still knows them. */
  seen(match: Omit<Match, 'nth' | 'times'>): Frame[] {
    return this.log.seen(match);
  }

  /** Whether such a request has come and has no answer yet, also where its client has gone meanwhile. */
  isUnanswered(match: Omit<Match, 'direction' | 'nth' | 'times'>): boolean {
    return [...this.#connections].some((connection) => connection.isUnanswered(match));
  }

  /** Whether a client has closed a connection by itself while such a request had no answer. The last 1,000 are known. */
  hasLeftUnanswered(match: Omit<Match, 'direction' | 'nth' | 'times'>): boolean {
    return this.#left.some((request) => matches(match, request));
  }

  /** Ends all rules, drops what is held, takes back every `refuse`: what a test leaves behind is not the next one's. */
  calm(): void {
    for (const hold of this.#holds.splice(0)) hold.end();
    for (const rule of this.#rules.splice(0)) rule.end();
    this.accept();
  }

  /** Ends everything that it opened; frames that are held are dropped. May be called again. */
  async close(): Promise<void> {
    this.calm();
    this.#closing.abort();
    const closed = this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)));
    for (const connection of this.#connections) connection.close();
    await Promise.all([...closed, ...[...this.#connections].map(({ ended }) => ended)]);
  }

  #rule(match: Match, verb: Verb): Rule {
    const rule = new ActiveRule(match, verb);
    this.#rules.push(rule);
    return rule;
  }

  #accept(client: Socket, broker: Address | undefined): void {
    const number = ++this.#connectionCount;
    const isRefused = this.#refused.some(({ clientId }) => clientId === undefined);
    if (broker === undefined || isRefused) {
      this.log.connection(number, 'refused');
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const connection = new Connection(number, client, broker, this.#owner);
    this.#connections.add(connection);
    void connection.ended.finally(() => this.#connections.delete(connection));
  }

  #ruleFor(frame: Frame): ActiveRule | undefined {
    const rule = this.#rules.find((one) => one.take(frame));
    this.#rules = this.#rules.filter(({ isOver }) => !isOver);
    return rule;
  }
}

const host = '127.0.0.1';
const leftMax = 1000;

function isMeant({ clientId, connection }: Who, number: number, client: string | null | undefined): boolean {
  return isClient(clientId, client ?? null) && (connection === undefined || connection === number);
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('the system gave no port'));
    });
  });
}
