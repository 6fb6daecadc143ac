/** Bytes into messages by bounds alone: one answer, or none. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countByBounds } from './delivery-count.js';

const NONE = { least: 0, most: 0 };

function endsOf(sizes: readonly number[]): Float64Array {
  const ends = new Float64Array(sizes.length + 1);
  sizes.forEach((size, n) => {
    ends[n + 1] = (ends[n] ?? 0) + size;
  });
  return ends;
}

const of = (messages: number, size: number) => Array.from({ length: messages }, () => size);

describe('missing bytes', () => {
  const cases: Record<string, [sizes: readonly number[], bytes: number, answer: number]> = {
    'of one size': [of(3, 100), 200, 2],
    'that are no sum': [of(3, 100), 150, Number.NaN],
    'that are all': [[30, 40, 50], 120, 3],
    'that are more than all': [[30, 40, 50], 121, Number.NaN],
    'with one number within the bounds': [[30, 40, 50, 60], 70, 2],
    'with two numbers within the bounds': [[30, 40, 50, 60], 90, Number.NaN],
    'that are none': [[30, 40], 0, Number.NaN],
    'of an empty window': [[], 10, Number.NaN],
  };

  it.each(Object.entries(cases))('%s', (_title, [sizes, bytes, answer]) => {
    expect(countByBounds(endsOf(sizes), bytes, NONE)).toBe(answer);
  });

  it('hidden by heartbeats', () => {
    expect(countByBounds(endsOf(of(3, 100)), 182, { least: 9, most: 27 })).toBe(2);
    expect(countByBounds(endsOf(of(30, 18)), 18, { least: 0, most: 18 })).toBeNaN();
  });

  it('are counted right or not at all, whichever messages they are', () => {
    const sizes = fc.array(fc.integer({ min: 22, max: 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.boolean()), (list, coins) => {
        const missing = list.filter(() => coins.next().value === true);
        const bytes = missing.reduce((sum, size) => sum + size, 0);
        const answer = countByBounds(endsOf(list), bytes, NONE);
        if (!Number.isNaN(answer)) expect(answer).toBe(missing.length);
      }),
    );
  });
});
