/** Holes in a burst: where libzmq's credit lets them begin, and how many messages that leaves. */
import { describe, expect, it } from 'vitest';
import { PublisherModel, seeded } from '../../../test/bench/domain/publisher-model.js';
import {
  beginSearch,
  createHoleSearch,
  creditStep,
  findHoles,
  type HoleSights,
  NOTHING_FITS,
} from './delivery-holes.js';
import { runAll } from './steps.js';

const SEARCH = createHoleSearch();
const STEPS = 300_000;

interface Case {
  readonly sizes: readonly number[];
  readonly bytes: number;
  readonly hwm: number;
  readonly written?: number;
  readonly unconfirmed?: number;
  readonly sights?: readonly (readonly [bytes: number, low: number, high: number])[];
  readonly steps?: number;
}

/** How many messages fit, or why it is not one number. */
function holes(what: Case): number | 'several' | 'none' | 'given up' {
  const ends = new Float64Array(what.sizes.length + 1);
  what.sizes.forEach((size, n) => {
    ends[n + 1] = (ends[n] ?? 0) + size;
  });
  const sights = what.sights ?? [];
  const trail: HoleSights = {
    count: sights.length,
    bytes: Float64Array.from(sights, ([bytes]) => bytes),
    low: Uint32Array.from(sights, ([, low]) => low),
    high: Uint32Array.from(sights, ([, , high]) => high),
    pingsBytes: 0,
  };
  const found = { ...NOTHING_FITS };
  beginSearch(SEARCH, what.steps ?? STEPS);
  const { bytes, hwm, written = 0, unconfirmed = 0 } = what;
  const query = { ends, bytes, hwm, written, unconfirmed, sights: trail };
  if (!runAll(findHoles(SEARCH, query, found))) return 'given up';
  if (found.least > found.most) return 'none';
  return found.least === found.most ? found.least : 'several';
}

const NINE = [10, 11, 12, 13, 14, 15, 16, 17, 18];

describe('missing bytes', () => {
  it.each<[string, Case, ReturnType<typeof holes>]>([
    ['of a hole behind the mark', { sizes: NINE, bytes: 29, hwm: 4 }, 2],
    ['before the pipe can be full', { sizes: NINE, bytes: 10, hwm: 4 }, 'none'],
    [
      'before the pipe can be full, but for what it had',
      { sizes: NINE, bytes: 13, hwm: 4 },
      'none',
    ],
    ['one message earlier', { sizes: NINE, bytes: 13, hwm: 4, written: 1 }, 1],
    // Accepted: 1 2 3 4, then 7 8; missing 5 6 and 9.
    ['of two holes with half a mark in between', { sizes: NINE, bytes: 14 + 15 + 18, hwm: 4 }, 3],
    ['of two holes that are too close', { sizes: NINE, bytes: 14 + 16, hwm: 4 }, 'none'],
    ['of the whole end', { sizes: NINE, bytes: 15 + 16 + 17 + 18, hwm: 5, written: 2 }, 'none'],
    [
      'of the whole end, with an odd mark',
      { sizes: NINE, bytes: 16 + 17 + 18, hwm: 5, written: 2 },
      3,
    ],
    ['with an unknown credit', { sizes: NINE, bytes: 13, hwm: 4, written: Number.NaN }, 1],
    [
      'that are 1 or 2 messages',
      { sizes: [9, 9, 9, 9, 10, 20, 30, 5, 5, 30], bytes: 30, hwm: 4 },
      'several',
    ],
    ['with little time', { sizes: NINE, bytes: 29, hwm: 4, steps: 2 }, 'given up'],
  ])('%s', (_title, what, answer) => {
    expect(holes(what)).toBe(answer);
  });

  it('are placed by what the scans saw', () => {
    const kb = 10_000;
    const sizes = [kb, kb, kb, kb, 10, 20, 30, kb, kb, 30, kb];
    const what = { sizes, bytes: 30, hwm: 4 };
    expect(holes(what)).toBe('several');
    // The second message, whose reading ends the hole behind the fourth, was not read while 6 were out.
    expect(holes({ ...what, sights: [[0, 6, 11]] })).toBe(2);
    // It had been read when 4 were out, so that nothing was dropped behind them.
    expect(holes({ ...what, sights: [[2 * kb, 4, 4]] })).toBe(1);
  });

  it('are found again in what a publisher in miniature drops', () => {
    let decided = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const { sizes, missing, hwm } = burst(seed);
      const bytes = missing.reduce((sum, n) => sum + (sizes[n - 1] ?? 0), 0);
      if (bytes === 0) continue;
      const answer = holes({ sizes, bytes, hwm });
      if (answer === 'several' || answer === 'given up') continue;
      decided += 1;
      expect(answer).toBe(missing.length);
    }
    expect(decided).toBeGreaterThan(100);
  });
});

/** A burst to one slow reader, and what it missed of it. */
function burst(seed: number) {
  const random = seeded(seed);
  const hwm = 2 + Math.floor(random() * 60);
  const model = new PublisherModel({ hwm, pingMs: undefined, servicesPerMs: 50, random });
  const link = model.connect(1, { send: 20_000, receive: 20_000 });
  link.readRate = 200 + Math.floor(random() * 2_000);
  const received = new Set<number>();
  const sizes: number[] = [];
  const many = hwm * 2 + Math.floor(random() * hwm * 3);
  const step = () => model.step((_, n) => received.add(n));
  for (let n = 0; n < many; n += 1) {
    const size = 22 + Math.floor(random() * 20_000);
    sizes.push(size);
    model.publish(size);
    for (let ms = random() * 4; ms > 1; ms -= 1) step();
  }
  link.readRate = 1e9;
  for (let ms = 0; ms < 2_000; ms += 1) step();
  const missing = sizes.map((_, n) => n + 1).filter((n) => !received.has(n));
  expect(missing.length).toBe(link.dropped);
  expect(creditStep(hwm) * 2).toBeGreaterThanOrEqual(hwm);
  return { sizes, missing, hwm };
}
