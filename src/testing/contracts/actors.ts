// Who acts in the contract's cases, and what they write, read and wait for.

export { Member, together } from './member.js';
export { Owner } from './owner.js';
export { noise, outputs, type SentText, textOf, valuesOf } from './texts.js';
export { callMs, eventually, failureOf, hasReached } from './waits.js';
