// Defects of the client behind the port, which an adapter could have as well.

import type { Defect } from './defect.js';

const producer = 'src/memory/producer.ts';

export const inTheClient: readonly Defect[] = [
  {
    name: 'taint-not-told',
    what: 'A producer whose connection was lost says nothing of it.',
    rule: 'E7',
    edits: [
      {
        file: producer,
        find: 'get isTainted(): boolean {\n    return this.#isTainted;',
        replace: 'get isTainted(): boolean {\n    return this.#isTainted && this.#unsent.length > 0;',
      },
    ],
  },
  {
    name: 'commit-before-the-last-record',
    what: 'A commit ends its transaction while records are still on their way.',
    rule: 'E6',
    edits: [
      {
        file: producer,
        find: "await this.#sending;\n      this.#calls.require('committing');",
        replace: "this.#calls.require('committing');",
      },
    ],
  },
  {
    name: 'abort-before-the-last-record',
    what: 'An abort does not wait for records that are still on their way.',
    rule: 'E11',
    edits: [
      {
        file: producer,
        find: "await this.#sending;\n      this.#calls.require('open', 'to-be-aborted');",
        replace: "this.#calls.require('open', 'to-be-aborted');",
      },
    ],
  },
  {
    name: 'failure-not-told',
    what: 'A commit goes through although one of its records was refused.',
    rule: 'E6',
    edits: [
      {
        file: producer,
        find: "await this.#sending;\n      this.#calls.require('committing');",
        replace: 'await this.#sending;',
      },
    ],
  },
  {
    name: 'group-not-added',
    what: 'Offsets are sent without telling the coordinator that the transaction has any.',
    rule: 'E6',
    edits: [
      {
        file: 'src/memory/producer-requests.ts',
        find: 'await this.#addOffsets(() => cluster.transactions.addOffsets(id, producer, groupId), untilMs);',
        replace:
          'if (untilMs < 0) await this.#addOffsets(() => cluster.transactions.addOffsets(id, producer, groupId), untilMs);',
      },
    ],
  },
];
