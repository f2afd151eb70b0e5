// What a group may take after one of its members has gone.

import { expect, test } from 'vitest';
import { handoverMs, takeoverMs, timeouts } from '../../chaos/harness/bounds.js';

const atWork = { hasJoined: true, isJoining: false };

test('R14: one that leaves says so, and nobody waits for its session', () => {
  for (const protocol of ['cooperative', 'range', 'consumer'] as const)
    expect(handoverMs(protocol, atWork)).toBeLessThan(timeouts.sessionMs);
});

test('R14: a session must end where nothing was said: of a static member, and of one whom the group has not let in', () => {
  expect(handoverMs('static', atWork)).toBe(takeoverMs(atWork));
  expect(handoverMs('cooperative', { hasJoined: false, isJoining: false })).toBe(takeoverMs(atWork));
});

test('R14: the session of one that waits for its group begins when the wait is over', () => {
  const joining = { hasJoined: true, isJoining: true };
  expect(takeoverMs(joining)).toBe(takeoverMs(atWork) + timeouts.sessionMs);
  expect(handoverMs('cooperative', joining)).toBe(takeoverMs(joining));
});
