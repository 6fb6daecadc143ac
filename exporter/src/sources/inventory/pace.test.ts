/** How often the inventory is looked at. */
import { expect, it } from 'vitest';
import { createPace, SWEEP_INTERVAL_MS } from './pace.js';

it('sweeps at once at first, then every ten seconds', () => {
  const pace = createPace();
  expect(pace.due()).toEqual({ atMs: Number.NEGATIVE_INFINITY, kind: 'all' });
  pace.swept(1_000, { kind: 'all', tookMs: 20 });
  expect(pace.due()).toEqual({ atMs: 1_000 + SWEEP_INTERVAL_MS, kind: 'all' });
});

it('stretches the interval so that sweeping takes half a percent of a core, up to a minute', () => {
  const pace = createPace();
  pace.swept(0, { kind: 'all', tookMs: 100 });
  expect(pace.due().atMs).toBe(20_000);
  pace.swept(0, { kind: 'all', tookMs: 1_000_000 });
  expect(pace.due().atMs).toBe(60_000);
});

it('looks at a burst of changed names together and at once, even after a long first sweep', () => {
  const pace = createPace();
  pace.swept(0, { kind: 'all', tookMs: 1_500 });
  pace.changed(500, 'names');
  pace.changed(590, 'names');
  expect(pace.due()).toEqual({ atMs: 600, kind: 'names' });
  pace.swept(610, { kind: 'names', tookMs: 5 });
  expect(pace.due().kind).toBe('all');
});

it('spends no more than a tenth of its time on changes that never end', () => {
  const pace = createPace();
  pace.swept(0, { kind: 'all', tookMs: 1 });
  pace.swept(0, { kind: 'names', tookMs: 50 });
  pace.changed(1, 'names');
  expect(pace.due()).toEqual({ atMs: 500, kind: 'names' });
});

it('looks at everything soon when a watch does not know what changed', () => {
  const pace = createPace();
  pace.swept(0, { kind: 'all', tookMs: 20 });
  pace.changed(1_000, 'all');
  pace.changed(1_000, 'names');
  expect(pace.due()).toEqual({ atMs: 1_100, kind: 'all' });
  pace.swept(1_120, { kind: 'all', tookMs: 20 });
  expect(pace.due()).toEqual({ atMs: 1_120 + SWEEP_INTERVAL_MS, kind: 'all' });
});
