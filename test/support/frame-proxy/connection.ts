// One connection of a client and the one to the broker that stands behind it. Owns both sockets. Two pumps carry the frames,
// each one after another: what waits holds up what comes behind it, as on the real network.

import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Address, ask, write } from './ask.js';
import { ByteReader } from './byte-reader.js';
import { type Arrival, type Frame, nextRequest, nextResponse } from './frame.js';
import type { FrameLog } from './frame-log.js';
import { type ActiveRule, type HeldFrame, type Match, matches, type Verb } from './rule.js';

/** What a connection asks of the proxy that it belongs to. */
export interface ConnectionOwner {
  readonly log: FrameLog;
  /** Ends what waits when the proxy closes. */
  readonly closing: AbortSignal;
  /** Requests that had no answer when their client closed the connection. */
  left(requests: readonly Frame[]): void;
  ruleFor(frame: Frame): ActiveRule | undefined;
  isRefused(clientId: string | null): boolean;
}

export class Connection {
  readonly number: number;
  /** Known from the first request on. */
  clientId: string | null | undefined;
  /** Resolves when both sockets are closed. */
  readonly ended: Promise<void>;
  readonly #owner: ConnectionOwner;
  readonly #address: Address;
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #unanswered = new Map<number, Unanswered>();
  #isReset = false;

  constructor(number: number, client: Socket, address: Address, owner: ConnectionOwner) {
    this.number = number;
    this.#owner = owner;
    this.#address = address;
    this.#client = client;
    this.#broker = connect({ ...address, allowHalfOpen: true });
    for (const socket of [this.#client, this.#broker]) {
      socket.setNoDelay(true);
      socket.on('error', () => {}); // Its reader sees the end.
    }
    this.#say(`opened from port ${client.remotePort} to ${address.host}:${address.port}`);
    this.ended = this.#run();
  }

  isUnanswered(match: Match): boolean {
    return [...this.#unanswered.values()].some(({ isAnswered, request }) => !isAnswered && matches(match, request));
  }

  /** The client sees a reset. What it has sent goes on to the broker. */
  resetClient(): void {
    if (this.#client.destroyed) return;
    this.#say('reset to the client');
    this.#isReset = true;
    this.#client.resetAndDestroy();
  }

  close(): void {
    this.#client.destroy();
    this.#broker.destroy();
  }

  async #run(): Promise<void> {
    this.#broker.once('error', (error: NodeJS.ErrnoException) => {
      this.#say(`the broker's side failed: ${error.code}`);
      this.resetClient();
    });
    await Promise.all([
      this.#pumpRequests().finally(() => this.#broker.end()),
      this.#pumpResponses().finally(() => this.#client.end()),
    ]);
    this.#say('closed');
    this.close();
  }

  async #pumpRequests(): Promise<void> {
    const reader = new ByteReader(this.#client);
    for (;;) {
      const arrival = await nextRequest(reader, this.number);
      if (arrival === undefined) return this.#clientLeft();
      const { frame } = arrival;
      this.clientId ??= frame.clientId;
      if (this.#owner.isRefused(frame.clientId)) {
        this.#owner.log.frame(frame, 'refused');
        return this.resetClient();
      }
      this.#unanswered.set(frame.correlationId, new Unanswered(frame));
      await this.#carry(arrival, reader, this.#broker);
    }
  }

  #clientLeft(): void {
    if (this.#isReset) return;
    this.#owner.left([...this.#unanswered.values()].flatMap((one) => (one.isAnswered ? [] : [one.request])));
  }

  async #pumpResponses(): Promise<void> {
    const reader = new ByteReader(this.#broker);
    for (;;) {
      const arrival = await nextResponse(reader, (correlationId) => this.#requestOf(correlationId));
      if (arrival === undefined) break;
      const question = this.#unanswered.get(arrival.frame.correlationId);
      if (question?.isAnswered === true) {
        await wholeFrame(arrival, reader);
        this.#owner.log.frame(arrival.frame, 'swallowed: a second answer');
      } else await this.#carry(arrival, reader, this.#client);
      question?.answered();
      if (question?.answersDue === 0) this.#unanswered.delete(arrival.frame.correlationId);
    }
    for (const question of this.#unanswered.values()) question.lost();
  }

  #requestOf(correlationId: number): Frame {
    const question = this.#unanswered.get(correlationId);
    if (question === undefined) throw new Error(`the broker answered ${correlationId}, which nobody asked`);
    return question.request;
  }

  /** Takes a frame to its other side, or does with it what a rule wants. */
  async #carry(arrival: Arrival, reader: ByteReader, target: Socket): Promise<void> {
    const { frame } = arrival;
    const rule = this.#owner.ruleFor(frame);
    if (rule === undefined) {
      this.#owner.log.frame(frame, target.destroyed ? 'for nobody: the other side is gone' : 'forwarded');
      await write(target, arrival.head);
      for (let { remaining } = arrival; remaining > 0; ) {
        const piece = await reader.upTo(remaining);
        if (piece === undefined) return;
        remaining -= piece.length;
        await write(target, piece);
      }
      return;
    }
    const bytes = await wholeFrame(arrival, reader);
    if (bytes !== undefined) await this.#obey(rule.verb, frame, bytes, target);
  }

  async #obey(verb: Verb, frame: Frame, bytes: Buffer, target: Socket): Promise<void> {
    const did = (what: string): void => this.#owner.log.frame(frame, what);
    switch (verb.kind) {
      case 'hold':
        return this.#hold(verb.hold, frame, bytes, target);
      case 'delay':
        did(`delayed by ${verb.ms} ms`);
        await sleep(verb.ms, undefined, { signal: this.#owner.closing }).catch(() => {});
        return write(target, bytes);
      case 'drop':
        return did('dropped');
      case 'duplicate': {
        did('sent twice');
        const question = this.#unanswered.get(frame.correlationId);
        if (frame.direction === 'request' && question !== undefined) question.answersDue++;
        await write(target, bytes);
        return write(target, bytes);
      }
      case 'slice':
        did(`sent in ${Math.ceil(bytes.length / verb.bytes)} pieces`);
        for (let at = 0; at < bytes.length; at += verb.bytes) {
          await write(target, bytes.subarray(at, at + verb.bytes));
          await nextTurn(); // The piece is on its way before the next one is there.
        }
        return;
      case 'reset':
        did(verb.forwarded ? 'forwarded, and its client reset' : 'lost in a reset');
        if (verb.forwarded) await write(target, bytes);
        return this.resetClient();
    }
  }

  async #hold(hold: (held: HeldFrame) => void, frame: Frame, bytes: Buffer, target: Socket): Promise<void> {
    const did = (what: string): void => this.#owner.log.frame(frame, what);
    did('held');
    const question = this.#unanswered.get(frame.correlationId);
    const { closing } = this.#owner;
    let close: () => void = () => {};
    const isReleased = await new Promise<boolean>((decide) => {
      close = () => decide(false);
      closing.addEventListener('abort', close);
      hold({
        frame,
        release: async () => {
          did('released');
          decide(true);
          if (frame.direction === 'request') await question?.answer;
        },
        releaseOnFreshConnection: async () => {
          did('released on a connection of its own');
          decide(false);
          const body = await ask(this.#address, bytes, closing);
          this.#owner.log.frame({ ...frame, direction: 'response', bytes: body.length + 8 }, 'answered there');
          return { request: frame, body };
        },
        drop: () => {
          did('dropped');
          decide(false);
        },
        resetClient: () => this.resetClient(),
      });
    });
    closing.removeEventListener('abort', close);
    if (isReleased) await write(target, bytes);
  }

  #say(what: string): void {
    this.#owner.log.connection(this.number, what);
  }
}

/** A request that went to the broker, or would have. */
class Unanswered {
  readonly request: Frame;
  readonly answer: Promise<void>;
  answersDue = 1;
  isAnswered = false;
  #resolve: () => void = () => {};
  #reject: (reason: Error) => void = () => {};

  constructor(request: Frame) {
    this.request = request;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.answer.catch(() => {}); // Most requests have nobody who waits here for their answer.
  }

  answered(): void {
    this.answersDue--;
    this.isAnswered = true;
    this.#resolve();
  }

  lost(): void {
    this.#reject(new Error(`the broker closed the connection without an answer to ${this.request.api}`));
  }
}

async function wholeFrame({ head, remaining }: Arrival, reader: ByteReader): Promise<Buffer | undefined> {
  if (remaining === 0) return head;
  const rest = await reader.exactly(remaining);
  return rest && Buffer.concat([head, rest], head.length + remaining);
}
