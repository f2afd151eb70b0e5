// Defects of how records come to their task: E3, E20 and E22.

import type { Defect, Edit } from './defect.js';

const reader = 'src/engine/reader.ts';

const noBarrier: Edit = {
  file: reader,
  find: 'if (reading === undefined || !reading.task.isOpen || reading.version !== reading.task.readVersion) return;',
  replace: 'if (reading === undefined || !reading.task.isOpen) return;',
};
const queueKept: Edit = { file: reader, find: 'task.queue.clear();', replace: '' };

export const inReading: readonly Defect[] = [
  {
    name: 'no-barrier',
    what: 'Records that were read for an older position reach their task.',
    rule: 'E3',
    edits: [noBarrier],
  },
  {
    name: 'queue-kept',
    what: 'Records that wait for a task stay when it is to read from elsewhere.',
    rule: 'E3',
    hiddenBy: 'the drop of all that a task holds before it reads from elsewhere (E2, E8)',
    edits: [queueKept],
  },
  {
    name: 'no-barrier-queue-kept',
    what: 'Records of an older position are kept, and those that still come are taken.',
    rule: 'E3',
    edits: [
      noBarrier,
      queueKept,
      { file: 'src/engine/perform.ts', find: 'queue.clear();\n    outputs', replace: 'outputs' },
      {
        file: 'src/engine/perform.ts',
        find: 'const { queue, outputs, state } = this.#task;',
        replace: 'const { outputs, state } = this.#task;',
      },
    ],
  },
  {
    name: 'never-looked-into',
    what: 'A partition that stands still is left alone.',
    rule: 'E20',
    edits: [
      {
        file: reader,
        find: 'if (stands.length > 0) standing(stands);',
        replace: 'if (stands.length < 0) standing(stands);',
      },
    ],
  },
  {
    name: 'drops-what-is-too-much',
    what: 'A queue that is full takes no more records, and nobody stops them from coming.',
    rule: 'E22',
    edits: [
      {
        file: 'src/engine/task.ts',
        find: '    this.queue.push(batch);',
        replace: '    if (this.queue.bytes <= this.#setup.limits.partitionBytesMax) this.queue.push(batch);',
      },
      { file: reader, find: 'consumer.pause([task.partition]);', replace: '' },
    ],
  },
  {
    name: 'never-resumed',
    what: 'A partition that was paused stays paused.',
    rule: 'E22',
    edits: [{ file: reader, find: 'consumer.resume([task.partition]);', replace: '' }],
  },
  {
    name: 'reads-uncommitted',
    what: 'The client reads what was aborted, too.',
    rule: 'E20',
    edits: [{ file: 'src/memory/reading.ts', find: 'isCommitted: true', replace: 'isCommitted: false' }],
  },
  {
    name: 'one-passed-over',
    what: 'A partition that stood still is read on behind the record that it stood at.',
    rule: 'E20',
    edits: [
      {
        file: 'src/engine/standstill.ts',
        find: "readFrom(task, position);\n    return 'stalled';",
        replace: "readFrom(task, position + 1);\n    return 'stalled';",
      },
    ],
  },
];
