// The first processor of a chaos run. Handlers that fail at their first attempt, a share of dead letters and a share of bytes
// that are no text give every policy its work; what becomes of a record is steps.ts's to say.

import { deadLetter, processor, retry, skip } from 'processor';
import { handled } from './handled.js';
import { firstStep } from './steps.js';
import { audit, input, mid } from './topics.js';

export default processor({
  name: firstStep.processor,
  input,
  outputs: { mid, audit },
  onError: { decode: skip(), handle: retry({ times: 1, backoff: '5ms', otherwise: deadLetter() }) },
  handle(record, { out }) {
    const { key, payloads, value } = handled(firstStep, record);
    out.mid(key, value(payloads[0]));
    out.audit(key, value(payloads[1]));
  },
});
