// Defects of how handlers are run and of what becomes of records that fail: E19 and E21.

import type { Defect } from './defect.js';

const handleBatch = 'src/engine/handle-batch.ts';
const calls = 'src/engine/handler-calls.ts';
const taskBatch = 'src/engine/task-batch.ts';

export const inHandling: readonly Defect[] = [
  {
    name: 'half-of-a-failed-attempt',
    what: 'What a handler has emitted before it failed stays among the outputs.',
    rule: 'E19',
    edits: [{ file: calls, find: 'if (failed) outputs.rewind(mark);', replace: '' }],
  },
  {
    name: 'failed-record-skipped',
    what: 'A record that waits for its next attempt is taken for handled.',
    rule: 'E19',
    edits: [
      {
        file: handleBatch,
        find: 'if (waitMs !== undefined) return { end: offsetOf(origin), waitMs };',
        replace: 'if (waitMs !== undefined) return { end: offsetOf(origin) + 1, waitMs };',
      },
    ],
  },
  {
    name: 'rest-forgotten',
    what: 'When the part before a failed record is settled, one record too many is forgotten.',
    rule: 'E19',
    edits: [
      {
        file: taskBatch,
        find: 'const { records } = this;\n    this.dropBefore(offset);',
        replace: 'const { records } = this;\n    this.dropBefore(offset + 1);',
      },
    ],
  },
  {
    name: 'half-of-a-refused-batch',
    what: 'Of a batch that was refused only the first half is handled again.',
    rule: 'E21',
    edits: [
      {
        file: handleBatch,
        find: 'if (rest !== undefined) return { end: rest, waitMs: 0 };\n        }',
        replace: `if (rest !== undefined && handled >= recordsMax) return { end: batch.end };
          if (rest !== undefined) return { end: rest, waitMs: 0 };
        }`,
      },
    ],
  },
  {
    name: 'refused-is-retried',
    what: 'A batch that the broker refuses is tried again as it is.',
    rule: 'E21',
    edits: [
      {
        file: 'src/engine/classify.ts',
        find: "if (settles.has(during) && refusedRecords.has(error.code)) return 'refused';",
        replace: '',
      },
    ],
  },
  {
    name: 'dead-attempt-writes',
    what: 'A handler that was given up writes into the outputs of whoever comes after it.',
    rule: 'E11',
    edits: [{ file: 'src/engine/handler-context.ts', find: 'this.#open = false;', replace: 'this.#open = true;' }],
  },
  {
    name: 'letters-outside',
    what: 'Dead letters, and what goes with them, are sent before their transaction begins.',
    rule: 'E6',
    edits: [
      {
        file: 'src/engine/perform.ts',
        find: 'this.#account.handled(treated);',
        replace: `this.#account.handled(treated);
    if (treated.deadLetters.handle > 0) {
      const { kafka, clientId, limits } = this.#setup;
      const outside = await kafka.openProducer({ kind: 'idempotent', clientId });
      await this.#calls.once(outside.deliver(outputs.batch, limits.transactionTimeoutMs));
      outputs.batch.clear();
    }`,
      },
    ],
  },
  {
    name: 'key-elsewhere',
    what: 'An output goes to the partition that its input came from, whatever its key.',
    rule: 'E17',
    edits: [
      {
        file: 'src/engine/outputs.ts',
        find: 'return keyStart < 0 ? batch.partition % count : partitionOf(this.batch.sink.bytes, keyStart, keyEnd, count);',
        replace:
          'return keyStart < keyEnd ? batch.partition % count : partitionOf(this.batch.sink.bytes, keyStart, keyEnd, count);',
      },
    ],
  },
];
