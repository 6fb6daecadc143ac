/** The script of faults: what begins ends, in order, and only what was asked for happens. */
import { describe, expect, it } from 'vitest';
import { FAULTS, planRound, playRound, ROUND_SECONDS, type Step } from './faults.js';
import { planFleet } from './plan.js';

const plan = planFleet(240, 1);

describe('a round', () => {
  it('ends every fault that it begins, for the same minions, within the round', () => {
    const steps = planRound(plan, FAULTS, 4);
    const open = new Map<string, number>();
    for (const { fault, phase, minions, atSeconds } of steps) {
      expect(atSeconds).toBeLessThan(ROUND_SECONDS);
      if (phase === undefined || minions.length === 0) continue;
      const key = `${fault} ${minions.join(' ')}`;
      open.set(key, (open.get(key) ?? 0) + (phase === 'begin' ? 1 : -1));
      expect([0, 1]).toContain(open.get(key));
    }
    expect([...open.values()].filter((count) => count !== 0)).toEqual([]);
  });

  it('is in order of time and the same for the same seed', () => {
    const times = planRound(plan, FAULTS, 4).map((step) => step.atSeconds);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(planRound(plan, FAULTS, 4)).toEqual(planRound(plan, FAULTS, 4));
  });

  it('holds only the faults that were asked for, and all of them when all were', () => {
    expect(planRound(plan, [], 1)).toEqual([]);
    const some = planRound(plan, ['rack', 'master'], 1);
    expect(new Set(some.map((step) => step.fault))).toEqual(new Set(['rack', 'master']));
    const all = planRound(plan, FAULTS, 1);
    expect(new Set(all.map((step) => step.fault))).toEqual(new Set(FAULTS));
  });

  it('needs no rack of ten where the fleet is too small for one', () => {
    const steps = planRound(planFleet(12, 1), FAULTS, 1);
    expect(steps.some((step) => step.fault === 'rack')).toBe(false);
  });

  it('takes a whole rack down at once, but nobody who has a part of his own', () => {
    const begin = planRound(plan, ['rack'], 9).find((step) => step.phase === 'begin');
    const hit = plan.minions.filter((minion) => begin?.minions.includes(minion.id));
    expect(hit.length).toBeGreaterThanOrEqual(10);
    expect(new Set(hit.map((minion) => minion.rack)).size).toBe(1);
    expect(new Set(hit.map((minion) => minion.role))).toEqual(new Set(['steady']));
  });
});

describe('playing a round', () => {
  it('performs each step in order and stops between two steps when told', async () => {
    const steps = planRound(plan, ['flap'], 1);
    const ending = new AbortController();
    const done: Step[] = [];
    const options = { tempo: 1e9, signal: ending.signal, seconds: 0 };
    await playRound(steps, options, async (step) => void done.push(step));
    expect(done).toEqual(steps);
    ending.abort();
    const slow = playRound(steps, { ...options, tempo: 1 }, () => Promise.resolve());
    await expect(slow).rejects.toThrow(/abort/);
  });
});
