/** When scans are due, minute by minute, with costs that are made up and a clock that is a number. */
import { describe, expect, it } from 'vitest';
import {
  Cadence,
  INTERVAL_MAXIMUM_SECONDS,
  SCAN_GAP_MINIMUM_MS,
  WISH_BUDGET_FACTOR,
} from './cadence.js';

/** Scans whenever one is due up to `untilMs`; `wishEveryMs` demands one that often. */
function simulate(
  cadence: Cadence,
  options: { costSeconds: number; untilMs: number; wishEveryMs?: number },
): { scans: number; cpuSeconds: number } {
  let scans = 0;
  for (let nowMs = 0; nowMs < options.untilMs; nowMs += 1) {
    if (options.wishEveryMs !== undefined && nowMs % options.wishEveryMs === 0)
      cadence.wish('demand');
    if (nowMs < cadence.dueMs) continue;
    cadence.scanned(nowMs, options.costSeconds);
    scans += 1;
  }
  return { scans, cpuSeconds: scans * options.costSeconds };
}

const MINUTE_MS = 60_000;

describe('the cadence', () => {
  it('begins with a scan at once, said to be the start', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    expect(cadence.dueMs).toBe(Number.NEGATIVE_INFINITY);
    expect(cadence.trigger).toBe('start');
    cadence.scanned(500, 0.001);
    expect([cadence.dueMs, cadence.trigger]).toEqual([1500, 'interval']);
  });

  it('keeps its interval while scans are cheap', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    expect(simulate(cadence, { costSeconds: 0.015, untilMs: MINUTE_MS }).scans).toBe(60);
    expect(cadence.intervalSeconds).toBe(1);
  });

  it('stretches so that scans stay within nine tenths of the budget: 27 ms in 2 % is every 1.5 s', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    const { cpuSeconds } = simulate(cadence, { costSeconds: 0.027, untilMs: 10 * MINUTE_MS });
    expect(cadence.intervalSeconds).toBeCloseTo(1.5);
    expect(cpuSeconds / 600).toBeLessThanOrEqual(0.0181);
  });

  it('tightens again when scans become cheap', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    simulate(cadence, { costSeconds: 0.2, untilMs: MINUTE_MS });
    expect(cadence.intervalSeconds).toBeGreaterThan(9);
    for (let scan = 0; scan < 20; scan += 1) cadence.scanned(scan, 0.005);
    expect(cadence.intervalSeconds).toBe(1);
  });

  it('is not stretched by one dear scan', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    for (let scan = 0; scan < 10; scan += 1) cadence.scanned(scan, 0.005);
    cadence.scanned(11, 0.04);
    expect(cadence.intervalSeconds).toBe(1);
  });

  it('never waits longer than its maximum, unless it was configured to', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.001 });
    cadence.scanned(0, 5);
    expect(cadence.intervalSeconds).toBe(INTERVAL_MAXIMUM_SECONDS);
    cadence.configure({ intervalSeconds: 60, cpuBudgetRatio: 0.001 });
    expect(cadence.intervalSeconds).toBe(60);
  });

  it('is never stretched without a budget', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0 });
    cadence.scanned(0, 5);
    expect(cadence.intervalSeconds).toBe(1);
  });
});

describe('a wish for a scan', () => {
  it('is fulfilled after the gap, and pushes the steady scan back', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    cadence.scanned(0, 0.001);
    cadence.wish('publish');
    expect([cadence.dueMs, cadence.trigger]).toEqual([SCAN_GAP_MINIMUM_MS, 'publish']);
    cadence.scanned(SCAN_GAP_MINIMUM_MS, 0.001);
    expect([cadence.dueMs, cadence.trigger]).toEqual([SCAN_GAP_MINIMUM_MS + 1000, 'interval']);
  });

  it('of several keeps the one that explains most', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    cadence.scanned(0, 0.001);
    cadence.wish('overflow');
    cadence.wish('demand');
    expect(cadence.trigger).toBe('overflow');
  });

  it('a thousand times a second makes ten scans a second at most', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0 });
    const options = { costSeconds: 0.03, untilMs: MINUTE_MS, wishEveryMs: 1 };
    expect(simulate(cadence, options).scans).toBeLessThanOrEqual(600);
  });

  it('cannot take more CPU than its multiple of the budget', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    const options = { costSeconds: 0.03, untilMs: MINUTE_MS, wishEveryMs: 1 };
    const { cpuSeconds } = simulate(cadence, options);
    expect(cpuSeconds / 60).toBeLessThanOrEqual(0.02 * WISH_BUDGET_FACTOR + 0.001);
    expect(cpuSeconds / 60).toBeGreaterThan(0.03);
  });

  it('stays when no scan could be made', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0 });
    cadence.scanned(0, 0.001);
    cadence.wish('publish');
    cadence.skipped(200);
    expect([cadence.dueMs, cadence.trigger]).toEqual([200 + SCAN_GAP_MINIMUM_MS, 'publish']);
  });
});
