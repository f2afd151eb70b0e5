// Defects of the guarantees without transactions.

import type { Defect } from './defect.js';

const table = 'src/core/task/table.ts';

export const inGuarantees: readonly Defect[] = [
  {
    name: 'committed-before-delivered',
    what: 'At-least-once commits the offset before the brokers have the outputs.',
    rule: 'E12',
    edits: [
      {
        file: table,
        find: ": [{ do: 'deliver' }, { do: 'commit-offset', offset }, settle];",
        replace: ": [{ do: 'commit-offset', offset }, { do: 'deliver' }, settle];",
      },
    ],
  },
  {
    name: 'delivered-without-a-report',
    what: 'At-least-once does not wait for what the brokers say to its outputs.',
    rule: 'E12',
    edits: [
      {
        file: 'src/engine/perform.ts',
        find: 'if (batch.length > 0) await this.#calls.once(this.#usable.deliver(batch, this.#setup.limits.transactionTimeoutMs));',
        replace:
          'if (batch.length > 0) this.#usable.deliver(batch, this.#setup.limits.transactionTimeoutMs).catch(() => {});',
      },
    ],
  },
  {
    name: 'at-most-once-replays',
    what: 'At-most-once handles a batch again that it had claimed.',
    rule: 'E8',
    edits: [
      {
        file: table,
        find: "if ((position === span.first || isNew) && guarantee !== 'at-most-once')",
        replace: 'if (position === span.first || position === span.end || isNew)',
      },
      {
        file: 'src/engine/perform.ts',
        find: 'this.#account.found(this.#task.state, committed);',
        replace: '',
      },
      {
        file: table,
        find: 'if (isSettledAt(state, position) && !isNew) return goOn({ ...state, closing: false });',
        replace:
          "if (guarantee !== 'at-most-once' && isSettledAt(state, position) && !isNew) return goOn({ ...state, closing: false });",
      },
    ],
  },
  {
    name: 'claims-afterwards',
    what: 'At-most-once commits the offset of a batch when its handlers are through.',
    rule: 'E12',
    edits: [
      {
        file: table,
        find: "return guarantee === 'at-most-once'\n        ?",
        replace: "return guarantee === 'at-most-once' && span.first < 0\n        ?",
      },
      {
        file: table,
        find: "return guarantee === 'at-most-once' ? [{ do: 'deliver' }, settle] : committing(guarantee, end);",
        replace: 'return committing(guarantee, end);',
      },
    ],
  },
];
