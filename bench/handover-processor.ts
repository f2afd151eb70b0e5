// What the instances of `npm run bench:handover` run.

import { processor, text, topic } from 'processor';

export const handoverTopics = { input: 'handover-in', output: 'handover-out' } as const;

export default processor({
  name: 'handover',
  input: topic(handoverTopics.input, { key: text(), value: text() }),
  outputs: { copy: topic(handoverTopics.output, { key: text(), value: text() }) },
  handle(record, { out }) {
    out.copy(record.key, record.value);
  },
});
