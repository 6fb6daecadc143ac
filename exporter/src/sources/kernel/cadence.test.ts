/**
 * When scans are due, minute by minute, with costs that are made up and a clock that is a number.
 */
import { describe, expect, it } from 'vitest';
import {
  Cadence,
  CREDIT_SECONDS,
  INTERVAL_MAXIMUM_SECONDS,
  SCAN_GAP_MINIMUM_MS,
  type ScanWish,
  SERIES_MS,
} from './cadence.js';

interface Plan {
  readonly costSeconds: number;
  readonly untilMs: number;
  readonly fromMs?: number;
  /** Wishes at instants, or one that often. */
  readonly wishes?: readonly (readonly [atMs: number, wish: ScanWish])[];
  readonly every?: { readonly ms: number; readonly wish: ScanWish };
}

/** Scans whenever one is due; answers when, why, and what it took. */
function simulate(cadence: Cadence, plan: Plan) {
  const starts: number[] = [];
  const triggers: string[] = [];
  for (let nowMs = plan.fromMs ?? 0; nowMs < plan.untilMs; nowMs += 1) {
    const { every } = plan;
    if (every !== undefined && nowMs % every.ms === 0) cadence.wish(every.wish, nowMs);
    for (const [atMs, wish] of plan.wishes ?? []) if (atMs === nowMs) cadence.wish(wish, nowMs);
    if (nowMs < cadence.dueMs) continue;
    triggers.push(cadence.triggerAt(nowMs));
    cadence.scanned(nowMs, plan.costSeconds);
    starts.push(nowMs);
  }
  return { starts, triggers, cpuSeconds: starts.length * plan.costSeconds };
}

/** After its first scan, which was at 0, and with the mean cost known. */
function running(costSeconds: number, cpuBudgetRatio = 0.02): Cadence {
  const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio });
  cadence.scanned(0, costSeconds);
  return cadence;
}

const MINUTE_MS = 60_000;

describe('the cadence', () => {
  it('begins with a scan at once, said to be the start', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    expect(cadence.dueMs).toBe(Number.NEGATIVE_INFINITY);
    expect(cadence.triggerAt(500)).toBe('start');
    cadence.scanned(500, 0.001);
    expect([cadence.dueMs, cadence.triggerAt(1500)]).toEqual([1500, 'interval']);
  });

  it('keeps its interval while scans are cheap', () => {
    const cadence = new Cadence({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    const { starts } = simulate(cadence, { costSeconds: 0.015, untilMs: MINUTE_MS });
    expect(starts).toHaveLength(60);
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

describe('a demand', () => {
  it('is fulfilled after the gap, once, and pushes the steady scan back', () => {
    const wishes = [[10, 'demand']] as const;
    const run = simulate(running(0.001), { costSeconds: 0.001, fromMs: 1, untilMs: 1_200, wishes });
    expect(run.starts).toEqual([SCAN_GAP_MINIMUM_MS, SCAN_GAP_MINIMUM_MS + 1_000]);
    expect(run.triggers).toEqual(['demand', 'interval']);
  });

  it('a thousand times a second makes ten scans a second at most, also without a budget', () => {
    const plan = {
      costSeconds: 0.03,
      untilMs: MINUTE_MS,
      every: { ms: 1, wish: 'demand' },
    } as const;
    expect(simulate(running(0.03, 0), plan).starts.length).toBeLessThanOrEqual(600);
  });

  it('stays when no scan could be made', () => {
    const cadence = running(0.001, 0);
    cadence.wish('demand', 150);
    cadence.skipped(200);
    expect(cadence.dueMs).toBe(200 + SCAN_GAP_MINIMUM_MS);
    expect(cadence.triggerAt(cadence.dueMs)).toBe('demand');
  });
});

describe('a publish or a fault', () => {
  for (const wish of ['publish', 'fault'] as const)
    it(`is followed by four scans within a second, then by the steady ones: ${wish}`, () => {
      const wishes = [[400, wish]] as const;
      const run = simulate(running(0.001), {
        costSeconds: 0.001,
        fromMs: 1,
        untilMs: 3_500,
        wishes,
      });
      expect(run.starts).toEqual([450, 550, 750, 1_150, 2_150, 3_150]);
      expect(run.triggers).toEqual([wish, wish, wish, wish, 'interval', 'interval']);
    });

  it('is followed at once where events were lost', () => {
    const wishes = [[400, 'overflow']] as const;
    const run = simulate(running(0.001), { costSeconds: 0.001, fromMs: 1, untilMs: 1_500, wishes });
    expect(run.starts).toEqual([400, 550, 750, 1_150]);
  });

  it('takes a steady scan that comes shortly before for one of its own', () => {
    const wishes = [[960, 'publish']] as const;
    const run = simulate(running(0.001), { costSeconds: 0.001, fromMs: 1, untilMs: 2_500, wishes });
    expect(run.starts).toEqual([1_000, 1_110, 1_310, 1_710]);
    expect(run.triggers).toEqual(['interval', 'publish', 'publish', 'publish']);
  });

  it('of several wishes is said to be the one that explains most', () => {
    const cadence = running(0.001);
    cadence.wish('publish', 400);
    cadence.wish('overflow', 401);
    cadence.wish('demand', 402);
    expect(cadence.triggerAt(402)).toBe('overflow');
  });

  it('that comes while a dump runs, before its end is booked, still has its series', () => {
    const cadence = running(0.001);
    cadence.wish('fault', 1_030);
    cadence.scanned(1_000, 0.001);
    const run = simulate(cadence, { costSeconds: 0.001, fromMs: 1_040, untilMs: 2_000 });
    expect(run.starts).toEqual([1_100, 1_200, 1_380, 1_780]);
  });

  it('fifty times a second postpones nothing, and the last is followed to its end', () => {
    const plan = { costSeconds: 0.0001, fromMs: 1, untilMs: 10_000 };
    const cadence = running(0.0001);
    const busy = simulate(cadence, { ...plan, every: { ms: 20, wish: 'publish' } });
    const gaps = busy.starts.slice(1).map((ms, index) => ms - (busy.starts[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SCAN_GAP_MINIMUM_MS);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(SCAN_GAP_MINIMUM_MS + 20);
    const after = simulate(cadence, { ...plan, fromMs: 10_000, untilMs: 13_000 });
    const lastMs = 9_980 + (SERIES_MS.at(-1) ?? 0);
    expect(after.starts.slice(-3)).toEqual([lastMs, lastMs + 1_000, lastMs + 2_000]);
    expect(after.starts.length).toBeLessThanOrEqual(SERIES_MS.length + 2);
  });
});

describe('the budget', () => {
  const most = 0.02;
  for (const costSeconds of [0.0014, 0.003, 0.011, 0.027])
    for (const ms of [20, 700, 1_200])
      it(`holds with a publish every ${ms} ms and scans of ${costSeconds * 1000} ms`, () => {
        const plan = { costSeconds, fromMs: 1, untilMs: 5 * MINUTE_MS };
        const run = simulate(running(costSeconds), { ...plan, every: { ms, wish: 'publish' } });
        expect(run.cpuSeconds).toBeLessThanOrEqual(most * (300 + CREDIT_SECONDS));
        // and no look is further away than the steady cadence
        const gaps = run.starts.slice(1).map((start, index) => start - (run.starts[index] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(1_501);
      });

  it('leaves over one whole series with 20,000 links after a quiet time', () => {
    const cadence = running(0.027);
    simulate(cadence, { costSeconds: 0.027, fromMs: 1, untilMs: 2 * MINUTE_MS });
    const wishes = [[2 * MINUTE_MS, 'publish']] as const;
    const plan = { costSeconds: 0.027, fromMs: 2 * MINUTE_MS, untilMs: 2 * MINUTE_MS + 1_000 };
    const { starts } = simulate(cadence, { ...plan, wishes });
    expect(starts.length).toBeGreaterThanOrEqual(SERIES_MS.length);
  });

  it('is asked for again when the settings change', () => {
    const cadence = running(0.027, 0);
    simulate(cadence, {
      costSeconds: 0.027,
      untilMs: MINUTE_MS,
      every: { ms: 20, wish: 'publish' },
    });
    cadence.configure({ intervalSeconds: 1, cpuBudgetRatio: 0.02 });
    const plan = { costSeconds: 0.027, fromMs: MINUTE_MS, untilMs: 2 * MINUTE_MS };
    const run = simulate(cadence, { ...plan, every: { ms: 20, wish: 'publish' } });
    expect(run.cpuSeconds).toBeLessThanOrEqual(most * (60 + CREDIT_SECONDS));
  });

  it('gives way to the steady scans of a machine that is too slow for it, and to nothing else', () => {
    const plan = { costSeconds: 1, fromMs: 1, untilMs: 10 * MINUTE_MS };
    const run = simulate(running(1), { ...plan, every: { ms: 20, wish: 'publish' } });
    expect(run.starts.length).toBeLessThanOrEqual(600 / INTERVAL_MAXIMUM_SECONDS + 1);
  });
});
