import { expect, test } from 'vitest';
import { attackedApis } from '../../chaos/harness/attack.js';
import { crashPoints } from '../../chaos/harness/disasters.js';
import { countsFor, planDisasters } from '../../chaos/harness/plan.js';

test('the same seed plans the same disasters, another one others', () => {
  const counts = countsFor(3);
  expect(planDisasters(counts, 180_000, 1)).toEqual(planDisasters(counts, 180_000, 1));
  expect(planDisasters(counts, 180_000, 1)).not.toEqual(planDisasters(counts, 180_000, 2));
});

test('each kind comes as often as it is to come, within the time, and not all at once', () => {
  const counts = countsFor(60);
  const planned = planDisasters(counts, 3_600_000, 3);
  for (const [kind, count] of Object.entries(counts))
    expect(planned.filter((one) => one.kind === kind).length, kind).toBe(count);
  for (const { atMs } of planned) expect(atMs >= 5000 && atMs < 3_600_000).toBe(true);
  const kills = planned.filter(({ kind }) => kind === 'kill');
  expect(kills.filter(({ atMs }) => atMs < 1_800_000).length).toBeCloseTo(kills.length / 2, -1);
});

test('a longer run has more of everything', () => {
  expect(countsFor(3).kill + countsFor(3).crash).toBeGreaterThanOrEqual(12);
  expect(countsFor(3).attack).toBeGreaterThanOrEqual(attackedApis.length);
  expect(countsFor(60).kill + countsFor(60).crash).toBeGreaterThanOrEqual(200);
  // Each point's turn comes more than ten times, as not every process gets to its point.
  expect(Math.floor(countsFor(60).crash / crashPoints.length)).toBeGreaterThan(12);
  expect(countsFor(60).attack).toBeGreaterThanOrEqual(120);
  expect(countsFor(60).freeze).toBeGreaterThanOrEqual(40);
  expect(2 * (countsFor(60).join + countsFor(60).leave)).toBeGreaterThanOrEqual(400);
  expect(countsFor(60)['broker-hard'] + countsFor(60)['broker-clean']).toBeGreaterThanOrEqual(30);
});
