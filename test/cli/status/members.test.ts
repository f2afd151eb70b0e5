// What is known of groups' members where the process that asks for them ends, as the client can make it do.

import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Members } from '../../../src/cli/status/members.js';
import { groupId } from '../../../src/core/ids.js';
import { project } from '../support.js';

let members: Members;
afterEach(() => members.close());

/** A process that answers for the first group, and then does as told. */
function answering(then: string): Members {
  const script = `process.on('message', ({ groups }) => {
    process.send({ group: groups[0], members: { kind: 'none' } }, () => { ${then} });
  });`;
  return new Members([process.execPath, '-e', script]);
}

const [one, other] = [groupId('', 'one'), groupId('', 'other')];

test('it costs the owners that were not told yet, and the next look starts it again', async () => {
  members = answering("process.kill(process.pid, 'SIGSEGV')");
  for (let look = 1; look <= 2; look++) {
    const found = await members.of([one, other]);
    expect(found.get(one)).toEqual({ kind: 'none' });
    expect(found.get(other)).toEqual({ kind: 'unknown', reason: 'the client ended while it asked' });
  }
});

test('three times is enough: after that nobody is asked', async () => {
  members = answering('process.exit()');
  for (let look = 1; look <= 3; look++) await members.of([one, other]);
  const found = await members.of([one]);
  expect(found.get(one)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('whenever it asks') });
});

test('one process answers all the questions of one that watches', async () => {
  members = new Members([
    process.execPath,
    '-e',
    `process.on('message', ({ groups }) => {
      for (const group of groups) process.send({ group, members: { kind: 'unknown', reason: String(process.pid) } });
    });`,
  ]);
  const [first, second] = [await members.of([one]), await members.of([one])];
  expect(first.get(one)).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/^\d+$/) });
  expect(second).toEqual(first);
});

test('the process is this command line again, whatever stands in it', async () => {
  const folder = await project({
    'says.cjs': `process.on('message', ({ groups: [group] }) =>
      process.send({ group, members: { kind: 'unknown', reason: process.argv.slice(2).join(' ') } }));`,
  });
  const { argv } = process;
  process.argv = [process.execPath, join(folder, 'says.cjs'), 'status', '--', 'one'];
  try {
    members = new Members();
  } finally {
    process.argv = argv;
  }
  expect((await members.of([one])).get(one)).toEqual({ kind: 'unknown', reason: 'status --members -- one' });
});

test('a program that cannot be started is no reason to fail', async () => {
  members = new Members(['/nowhere/at-all']);
  expect((await members.of([one])).get(one)).toMatchObject({ kind: 'unknown' });
});
