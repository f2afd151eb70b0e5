// Defects of how a batch is settled: E6 to E8 and E11.

import type { Defect, Edit } from './defect.js';

const perform = 'src/engine/perform.ts';
const table = 'src/core/task/table.ts';
const classify = 'src/engine/classify.ts';

const noAbort: Edit = {
  file: perform,
  find: `await this.#resumed('abort', (timeoutMs) => this.#usable.abort(timeoutMs));`,
  replace: '',
};

export const inTransactions: readonly Defect[] = [
  {
    name: 'no-recycle',
    what: 'A tainted producer goes on with its next transaction.',
    rule: 'E7',
    edits: [{ file: perform, find: 'if (!this.#usable.isTainted) return;', replace: 'if (this.#usable) return;' }],
  },
  {
    name: 'taint-read-at-once',
    what: 'Whether a producer is tainted is asked before the client has had its say.',
    rule: 'E7',
    awaits: 'more seeds',
    edits: [
      {
        file: perform,
        find: `await this.#setup.clock.turn();
    await this.#setup.clock.turn();
    this.#requireOwnership();`,
        replace: 'this.#requireOwnership();',
      },
    ],
  },
  {
    name: 'outputs-outside',
    what: 'The outputs are sent by another producer, outside of the transaction.',
    rule: 'E6',
    edits: [
      {
        file: perform,
        find: 'if (batch.length > 0) await this.#calls.once(this.#usable.send(batch));',
        replace: `if (batch.length === 0) return;
    const { kafka, clientId, limits } = this.#setup;
    const outside = await kafka.openProducer({ kind: 'idempotent', clientId });
    await this.#calls.once(outside.deliver(batch, limits.transactionTimeoutMs));`,
      },
    ],
  },
  {
    name: 'offsets-outside',
    what: 'The offset is committed before the transaction, by the consumer.',
    rule: 'E6',
    edits: [
      {
        file: perform,
        find: `await this.#resumed('send-offsets', (timeoutMs) =>
      this.#usable.sendOffsets(offsets, consumer, timeoutMs, this.#guard),
    );`,
        replace: 'for (const one of offsets) await this.#calls.once(consumer.commit(one));',
      },
    ],
  },
  {
    name: 'offsets-behind',
    what: 'The offset is committed when the transaction is through.',
    rule: 'E6',
    edits: [
      {
        file: perform,
        find: `await this.#resumed('send-offsets', (timeoutMs) =>
      this.#usable.sendOffsets(offsets, consumer, timeoutMs, this.#guard),
    );`,
        replace: 'if (consumer && offsets.length === 0) return;',
      },
      {
        file: perform,
        find: `await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));`,
        replace: `await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));
    const { state } = this.#task;
    if (state.kind === 'committing') await this.#commitOffset(state.span.end);`,
      },
    ],
  },
  {
    name: 'unknown-is-success',
    what: 'A commit whose outcome nobody knows counts as done.',
    rule: 'E8',
    edits: [
      {
        file: table,
        find: `if (failure === 'lost' || closing) return close(state);
      return recover(state, state.attempt);`,
        replace: `if (failure === 'lost' || closing) return close(state);
      return goOn(state);`,
      },
    ],
  },
  {
    name: 'unknown-is-failure',
    what: 'A commit whose outcome nobody knows counts as failed: its batch is replayed, whatever the group has.',
    rule: 'E8',
    edits: [
      {
        file: table,
        find: 'if (isSettledAt(state, position) && !isNew) return goOn({ ...state, closing: false });',
        replace: '',
      },
      {
        file: table,
        find: "if ((position === span.first || isNew) && guarantee !== 'at-most-once')",
        replace: "if (guarantee !== 'at-most-once')",
      },
      { file: perform, find: 'this.#account.found(this.#task.state, committed);', replace: '' },
    ],
  },
  {
    name: 'parked-and-used-again',
    what: 'A producer whose call never came back is used for the next transaction.',
    rule: 'E8',
    edits: [
      {
        file: perform,
        find: `this.#fact({ fact: 'producer-replaced' });
      this.#park();`,
        replace: 'return;',
      },
    ],
  },
  {
    name: 'waits-for-ever',
    what: 'A call that never comes back is waited for.',
    rule: 'E8',
    edits: [
      {
        file: 'src/engine/calls.ts',
        find: `return within(this.#clock, timeoutMs, call, () => {
      throw new DeadlinePassed(\`no answer within \${timeoutMs} ms\`);
    });`,
        replace: 'return timeoutMs > 0 ? call : call;',
      },
    ],
  },
  {
    name: 'no-abort',
    what: 'A transaction that cannot be committed is not aborted before the next one begins.',
    rule: 'E11',
    edits: [noAbort],
    hiddenBy: 'the client, which begins nothing while a transaction is open, and the new producer that follows (E8)',
  },
  {
    name: 'no-abort-and-begins',
    what: 'A transaction that cannot be committed is not aborted, and the client lets the next one begin.',
    rule: 'E11',
    edits: [noAbort, { file: 'src/memory/producer.ts', find: 'this.#calls.requireForBegin();', replace: '' }],
  },
  {
    name: 'no-rewind',
    what: 'After an abort the task goes on with the next batch.',
    rule: 'E11',
    edits: [
      {
        file: table,
        find: 'if (attempt === 1) return handle(replay, 2, division);',
        replace: `if (attempt === 1) return to({ kind: 'idle', guarantee: state.guarantee, position: span.end });`,
      },
      {
        file: 'src/core/task/invariants.ts',
        find: "hold('E2', event.kind === 'opened', 'the position is what the group has committed');",
        replace: '',
      },
    ],
  },
  {
    name: 'outputs-of-two-attempts',
    what: 'What an aborted attempt has emitted is sent again with the next one.',
    rule: 'E11',
    edits: [
      {
        file: perform,
        find: `outputs.batch.clear();
    outputs.carried`,
        replace: 'outputs.carried',
      },
    ],
  },
  {
    name: 'fenced-is-success',
    what: 'A commit that finds its producer fenced counts as done.',
    rule: 'E9',
    edits: [
      {
        file: perform,
        find: `await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));`,
        replace: `try {
      await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.fenced) throw error;
    }`,
      },
    ],
  },
  {
    name: 'fenced-is-lost',
    what: 'Who is fenced takes it for proof that its partition is gone, and lets it be.',
    rule: 'E9',
    edits: [
      {
        file: classify,
        find: "if (error.fenced || error.fatal) return 'outcome-unknown';",
        replace: "if (error.fenced) return 'lost';\n  if (error.fatal) return 'outcome-unknown';",
      },
    ],
  },
  {
    name: 'fences-back',
    what: 'Who is fenced opens the next producer at once, without hearing its group first.',
    rule: 'E9',
    awaits: 'a checker of who opens whose id',
    edits: [{ file: perform, find: 'await this.#setup.consumer.hearGroup();', replace: '' }],
  },
  {
    name: 'late-is-fatal',
    what: 'The processor ends where a task cannot be opened in time.',
    rule: 'E18',
    edits: [
      {
        file: classify,
        find: "? 'outcome-unknown' : 'retriable';",
        replace: "? 'outcome-unknown' : 'fatal';",
      },
    ],
  },
  {
    name: 'abortable-is-fatal',
    what: 'The processor ends at a failure that asks for an abort.',
    rule: 'E18',
    edits: [
      {
        file: classify,
        find: "if (error.abortable || during === 'send') return 'abortable';",
        replace: "if (error.abortable || during === 'send') return 'fatal';",
      },
    ],
  },
];
