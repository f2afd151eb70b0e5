// Defects of who owns a partition: E1, E4, E5 and what E2 says about old tasks.

import type { Defect, Edit } from './defect.js';

const perform = 'src/engine/perform.ts';
const runner = 'src/engine/runner.ts';
const reader = 'src/engine/reader.ts';

const ownIds: Edit = {
  file: runner,
  find: 'const id = transactionalId(this.#group, handlers.subtopology.name, partition.partition);',
  replace: `const own = this.#options.instance;
    const id = transactionalId(this.#group, \`\${handlers.subtopology.name}-\${own}\`, partition.partition);`,
};

/** Brokers ask nobody for a membership who says nothing of it, as clients did before there was one. */
const noGeneration: readonly Edit[] = [
  {
    file: 'src/memory/producer-requests.ts',
    find: 'commitInTransaction(producer, membership, offsets);',
    replace:
      "commitInTransaction(producer, membership && { memberId: '', generation: -1, instanceId: undefined }, offsets);",
  },
];

const noGuards: readonly Edit[] = [
  {
    file: perform,
    find: `if (!this.#task.isOpen) throw new OwnershipLost('the partition belongs to somebody else');`,
    replace: '',
  },
];

export const inOwnership: readonly Defect[] = [
  {
    name: 'own-ids',
    what: 'Every instance has transactional ids of its own: nobody fences its predecessor.',
    rule: 'E1',
    edits: [ownIds],
    hiddenBy: 'the generation that goes with the offsets, and the wait for offsets that are pending (E4)',
  },
  {
    name: 'no-generation',
    what: 'Offsets are sent without the generation of the group.',
    rule: 'E4',
    awaits: 'more seeds',
    edits: noGeneration,
  },
  {
    name: 'own-ids-no-generation',
    what: 'Every instance has transactional ids of its own, and offsets are sent without the generation of the group.',
    rule: 'E1',
    edits: [ownIds, ...noGeneration],
  },
  {
    name: 'no-guards',
    what: 'Whoever has lost a partition sends offsets and commits all the same.',
    rule: 'E4',
    edits: noGuards,
    hiddenBy: "the epoch of the task's producer (E2)",
  },
  {
    name: 'own-ids-no-guards',
    what: 'Every instance has transactional ids of its own, and commits also what it has lost.',
    rule: 'E4',
    awaits: 'more seeds',
    edits: [ownIds, ...noGuards],
  },
  {
    name: 'answered-before-settled',
    what: 'A revocation is answered while its tasks still settle their batches.',
    rule: 'E5',
    edits: [{ file: reader, find: "if (this.#draining !== 'done') return;", replace: '' }],
  },
  {
    name: 'loss-not-heard',
    what: 'A task hears of the loss of its partition when the event is answered, not when it is raised.',
    rule: 'E5',
    edits: [
      { file: reader, find: "if (event.kind === 'lost') this.#setup.lost(event.partitions);", replace: '' },
      {
        file: reader,
        find: "case 'lost':\n    }",
        replace: "case 'lost':\n        this.#setup.lost(event.partitions);\n    }",
      },
    ],
    hiddenBy: "the epoch of the task's producer (E2)",
  },
  {
    name: 'two-tasks',
    what: 'The task of a lost partition is kept beside the one that is opened when the partition comes back.',
    rule: 'E2',
    edits: [
      { file: reader, find: "if (event.kind === 'lost') this.#setup.lost(event.partitions);", replace: '' },
      { file: runner, find: 'this.#lost([partition]);', replace: '' },
    ],
  },
  {
    name: 'loss-not-answered',
    what: 'A lost partition is never given back: the group waits for the member.',
    rule: 'E5',
    edits: [{ file: reader, find: "case 'lost':\n    }", replace: "case 'lost':\n        return;\n    }" }],
  },
  {
    name: 'finishes-at-any-time',
    what: 'What is being settled when its partition is revoked has no deadline.',
    rule: 'E5',
    hiddenBy: 'the time limit that each call has of its own (E8)',
    edits: [
      {
        file: perform,
        find: "this.#setup.clock.timer(this.#task.finishTimeoutMs, () => this.#task.dispatch({ kind: 'deadline' }));",
        replace: '',
      },
    ],
  },
];
