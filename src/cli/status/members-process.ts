// The process that asks for the members of groups, because the client may end it (members.ts). Answers until its parent is gone.

import { GroupMembers } from '../../adapters/confluent/group-members.js';
import type { GroupId } from '../../core/ids.js';
import type { Connection } from '../connection.js';
import type { MembersAnswer, MembersOf, MembersQuestion } from './members.js';

export async function answerMembers({ brokers, settings }: Connection): Promise<void> {
  const members = new GroupMembers(brokers, settings);
  // The parent's terminal signals it, too; it ends with its parent, and not before.
  process.on('SIGINT', () => {});
  process.on('message', (question: MembersQuestion) => void answer(question, members));
  await new Promise<void>((resolve) => {
    process.once('disconnect', () => resolve());
    if (!process.connected) resolve();
  });
  members.close();
}

/** One group after the other: an answer that was given is not lost with the next one. */
async function answer({ groups }: MembersQuestion, members: GroupMembers): Promise<void> {
  let known: ReadonlySet<string>;
  try {
    known = await members.names();
  } catch (error) {
    for (const group of groups) tell(group, { kind: 'unknown', reason: (error as Error).message });
    return;
  }
  for (const group of groups)
    tell(
      group,
      known.has(group)
        ? await members.describe(group).then(
            (described): MembersOf => ({ kind: 'known', ...described }),
            (error: Error): MembersOf => ({ kind: 'unknown', reason: error.message }),
          )
        : { kind: 'none' },
    );
}

function tell(group: GroupId, members: MembersOf): void {
  const said: MembersAnswer = { group, members };
  process.send?.(said);
}
