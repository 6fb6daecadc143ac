import { expect, it } from 'vitest';
import { createPace, SWEEP_INTERVAL_MS } from './pace.js';

it('sweeps at once at first, then every ten seconds', () => {
  const pace = createPace();
  expect(pace.dueMs()).toBeLessThanOrEqual(0);
  pace.swept(1_000, 20);
  expect(pace.dueMs()).toBe(1_000 + SWEEP_INTERVAL_MS);
});

it('stretches the interval so that sweeping takes half a percent of a core, up to a minute', () => {
  const pace = createPace();
  pace.swept(0, 100);
  expect(pace.dueMs()).toBe(20_000);
  pace.swept(0, 1_000_000);
  expect(pace.dueMs()).toBe(60_000);
});

it('reads a burst of changes together, and looks once more two seconds later', () => {
  const pace = createPace();
  pace.swept(0, 1);
  pace.changed(500);
  pace.changed(590);
  expect(pace.dueMs()).toBe(600);
  pace.swept(610, 5);
  expect(pace.dueMs()).toBe(2_610);
  pace.swept(2_615, 5);
  expect(pace.dueMs()).toBe(2_615 + SWEEP_INTERVAL_MS);
});

it('spends no more than a tenth of its time on changes that never end', () => {
  const pace = createPace();
  pace.swept(0, 200);
  pace.changed(1);
  expect(pace.dueMs()).toBe(2_000);
});
