/**
 * The delivery ledger over a long time: subscribers of a publisher in miniature stop and run on, drop at
 * the mark and catch up, and at the end nothing has drifted. A million messages, two minutes: `LEDGER_SOAK=1000000
 * npm test -- unit exporter/src/domain/ledger-soak`.
 */
import { describe, expect, it } from 'vitest';
import { planOf } from '../../../test/bench/domain/publisher-plans.js';
import { PublisherRun } from '../../../test/bench/domain/publisher-run.js';
import type { State } from './index.js';

const MESSAGES = Number(process.env.LEDGER_SOAK ?? 20_000);
/** Messages of one size, as Salt's: losses in several holes of unequal ones stay undecided. */
const PLAN = {
  ...planOf(1),
  seed: 20_261_122,
  hwm: 100,
  links: 4,
  pingMs: 10_000,
  sizeOf: () => 1_009,
  announced: true,
  acts: ['stop'] as const,
  servicesPerMs: 80,
  burstMost: 2_000,
  ratePerMs: 2,
};
/** What this plan publishes in a round: one burst or two, some stop and run on, a pause. */
const PER_ROUND = 1_400;
/** What the longest burst needs while it is judged; a byte a message would be more over a million. */
const SCRATCH_BYTES = 65_536;
const PATIENCE_MS = 60_000 + MESSAGES;

function soak(messages: number) {
  const run = new PublisherRun({ ...PLAN, rounds: Math.ceil(messages / PER_ROUND) });
  return { result: run.run(), state: run.state };
}

/** Bytes of typed arrays, entries of lists and maps, characters of texts below a state. */
function sizeOf(state: State): number {
  const seen = new Set<object>();
  const measure = (value: unknown): number => {
    if (typeof value === 'string') return value.length;
    if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
    seen.add(value);
    if (ArrayBuffer.isView(value)) return value.byteLength;
    const inner = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
    return inner.reduce<number>((sum, each) => sum + 1 + measure(each), 0);
  };
  return measure(state);
}

describe('a ledger that has run for long', () => {
  it(
    'has drifted by nothing, lost what was lost, and is as large as before',
    () => {
      const short = soak(MESSAGES / 10);
      const { result, state } = soak(MESSAGES);
      expect(result.published).toBeGreaterThan(0.8 * MESSAGES);
      expect(result.faults).toEqual([]);
      expect(result.gapMessages).toBe(result.gapTruth);
      expect(result.undecided).toBe(0);
      for (const { booked, truth, known, knownAtEnd } of result.links) {
        expect({ booked, known, knownAtEnd }).toEqual({
          booked: truth,
          known: true,
          knownAtEnd: true,
        });
        expect(truth.hwm).toBeGreaterThan(0);
      }
      expect(result.queueErrorBytes).toBeLessThanOrEqual(0);
      expect(sizeOf(state)).toBeLessThan(sizeOf(short.state) + SCRATCH_BYTES);
      if (process.env.LEDGER_SOAK === undefined) return;
      const dropped = result.links.reduce((sum, { booked }) => sum + booked.hwm, 0);
      const [size, before] = [sizeOf(state), sizeOf(short.state)];
      console.log(
        `${result.published} messages, ${dropped} dropped, state ${size} after ${before}`,
      );
    },
    PATIENCE_MS,
  );
});
