/**
 * The delivery ledger against a publisher in miniature that is stopped, frozen, killed and read
 * late. `LEDGER_RUNS=200` runs as many seeds; `LEDGER_FROM=300` begins with another.
 */
import { describe, expect, it } from 'vitest';
import type { LinkResult } from '../../../test/bench/domain/publisher-gauge.js';
import { planOf, type RunPlan, slowPlanOf } from '../../../test/bench/domain/publisher-plans.js';
import { PublisherRun } from '../../../test/bench/domain/publisher-run.js';

const RUNS = Number(process.env.LEDGER_RUNS ?? 16);
const FROM = Number(process.env.LEDGER_FROM ?? 1);

const total = ({ hwm, disconnect }: LinkResult['truth']) => hwm + disconnect;

describe.each<[string, (seed: number) => RunPlan]>([
  ['all day', planOf],
  ['with slow readers and pauses', slowPlanOf],
])('random runs of a publisher, %s', (_title, draw) => {
  let decided = 0;
  let lost = 0;

  it.each(Array.from({ length: RUNS }, (_, i) => FROM + i))('seed %i', (seed) => {
    const plan = draw(seed);
    const result = new PublisherRun(plan).run();
    const kills = plan.acts.includes('kill');
    expect(result.faults).toEqual([]);
    for (const { booked, truth, known } of result.links) {
      // A gap that nobody witnessed, and one that was flagged, leave no ledger known.
      if (result.gapTruth > 0 || !known) continue;
      // A link that dies undecided is not seen unknown any more.
      if (result.undecided > 0 && kills) {
        expect(total(booked)).toBeLessThanOrEqual(total(truth));
        continue;
      }
      decided += 1;
      lost += total(truth);
      expect(total(booked)).toBe(total(truth));
      // At the end of a link the mark is known to half of it: so is the reason.
      if (!kills) expect(booked).toEqual(truth);
    }
    if (result.gapTruth === 0) expect(result.gapMessages).toBe(0);
    else if (plan.announced) expect(result.gapMessages).toBeGreaterThan(0);
    const frozen = plan.acts.includes('freeze') || result.gapTruth > 0;
    if (!frozen) expect(result.queueErrorBytes).toBeLessThanOrEqual(0);
  });

  it('decide something', () => {
    expect(decided).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
  });
});
