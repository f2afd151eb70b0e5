// Defects of the offsets that a task commits, and of those that it begins at: E2 and E12.

import type { Defect } from './defect.js';

const perform = 'src/engine/perform.ts';

export const inOffsets: readonly Defect[] = [
  {
    name: 'one-too-few',
    what: 'The offset of the last record is committed, not the one behind it.',
    rule: 'E12',
    edits: [
      {
        file: perform,
        find: '{ ...this.#task.partition, offset, metadata',
        replace: '{ ...this.#task.partition, offset: offset - 1, metadata',
      },
    ],
  },
  {
    name: 'one-too-many',
    what: 'The offset behind the next record is committed.',
    rule: 'E12',
    edits: [
      {
        file: perform,
        find: '{ ...this.#task.partition, offset, metadata',
        replace: '{ ...this.#task.partition, offset: offset + 1, metadata',
      },
    ],
  },
  {
    name: 'read-position',
    what: 'How far the partition has been read is committed, not how far it is handled.',
    rule: 'E12',
    edits: [
      { file: 'src/engine/task.ts', find: 'readVersion = 0;', replace: 'readVersion = 0;\n  readTo = 0;' },
      {
        file: 'src/engine/reader.ts',
        find: 'reading.position = batch.endPosition;',
        replace: 'reading.position = batch.endPosition;\n    reading.task.readTo = batch.endPosition;',
      },
      {
        file: perform,
        find: 'const offsets = [this.#groupOffset(offset)];',
        replace: 'const offsets = [this.#groupOffset(Math.max(offset, this.#task.readTo))];',
      },
    ],
  },
  {
    name: 'end-of-the-poll',
    what: 'A batch that ends inside a poll commits where the poll ended.',
    rule: 'E12',
    edits: [
      {
        file: 'src/engine/task-batch.ts',
        find: 'return to === batch.length ? batch.endPosition : (batch.columns.offset[to - 1] as number) + 1;',
        replace: 'return to < 0 ? 0 : batch.endPosition;',
      },
    ],
  },
  {
    name: 'behind-the-last-record',
    what: 'A batch commits the offset behind its last record, which may lie before the marker of a transaction.',
    rule: 'E12',
    edits: [
      {
        file: 'src/engine/task-batch.ts',
        find: 'return to === batch.length ? batch.endPosition : (batch.columns.offset[to - 1] as number) + 1;',
        replace: 'return (batch.columns.offset[to - 1] as number) + 1;',
      },
    ],
  },
  {
    name: 'rest-of-a-poll-lost',
    what: 'What does not fit into a batch is not kept for the next one.',
    rule: 'E12',
    edits: [
      {
        file: 'src/engine/task-batch.ts',
        find: 'if (cut < next.to) this.#slices.unshift({ ...next, from: cut });',
        replace: '',
      },
    ],
  },
  {
    name: 'error-is-none',
    what: 'A committed offset that cannot be read counts as none: the partition is read from its beginning.',
    rule: 'E2',
    edits: [
      {
        file: perform,
        find: `const known = await this.#resumed('fetch-offset', (timeoutMs) => consumer.committed(partition, timeoutMs));`,
        replace:
          'const known = await consumer.committed(partition, this.#setup.limits.callTimeoutMs).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'fetched-before-init',
    what: 'The committed offset is read before the predecessor is fenced.',
    rule: 'E2',
    awaits: 'more seeds',
    edits: [
      {
        file: perform,
        find: "case 'init':\n        return this.#init();",
        replace: "case 'init':\n        return undefined;",
      },
      {
        file: perform,
        find: "this.#requireSameOrigin(known?.metadata ?? '');",
        replace: "await this.#init();\n    this.#requireSameOrigin(known?.metadata ?? '');",
      },
    ],
  },
  {
    name: 'commit-at-close',
    what: 'A processor that stops commits how far it has read.',
    rule: 'E6',
    edits: [
      {
        file: 'src/engine/runner.ts',
        find: 'await Promise.all([...this.#tasks.values()].map(({ task }) => task.closed));',
        replace: `for (const { task } of this.#tasks.values()) {
      const offset = this.#reader?.positionOf(task);
      if (offset !== undefined) await this.#consumer?.commit({ ...task.partition, offset, metadata: '' }).catch(() => {});
    }
    await Promise.all([...this.#tasks.values()].map(({ task }) => task.closed));`,
      },
    ],
  },
  {
    name: 'origin-not-asked',
    what: 'An offset of a topic that is gone counts as one of the topic that has its name now.',
    rule: 'E16',
    awaits: 'topics that are made anew',
    edits: [
      {
        file: perform,
        find: 'if (found === undefined) return;',
        replace: 'if (found === undefined || partition.partition >= 0) return;',
      },
    ],
  },
  {
    name: 'recovered-and-not-read',
    what: 'A task that finds another offset than it knew takes it, and goes on reading where it was.',
    rule: 'E8',
    edits: [
      {
        file: 'src/core/task/table.ts',
        find: "return to({ kind: 'idle', guarantee, position }, drop, { do: 'read-from', position });",
        replace: "return to({ kind: 'idle', guarantee, position }, drop);",
      },
    ],
  },
];
