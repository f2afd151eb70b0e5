// The second processor of a chaos run: it reads what the first one's transactions wrote, aborted ones and markers among them.
// Its retries wait longer than a batch may, so that batches are split (E19).

import { deadLetter, processor, retry } from 'processor';
import { handled } from './handled.js';
import { secondStep } from './steps.js';
import { mid, out as output } from './topics.js';

export default processor({
  name: secondStep.processor,
  input: mid,
  outputs: { output },
  onError: { handle: retry({ times: 1, backoff: '120ms', otherwise: deadLetter() }) },
  handle(record, { out }) {
    const { key, payloads, value } = handled(secondStep, record);
    out.output(key, value(payloads[0]));
  },
});
