/** Bytes into messages: one answer, or none. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countMissing, type Missing } from './delivery-count.js';

const count = (sizes: readonly number[], bytes: number) =>
  countMissing(Float64Array.from(sizes), bytes);
const exact = (messages: number): Missing => ({ kind: 'exact', messages });
const UNDECIDED: Missing = { kind: 'undecided' };
const of = (messages: number, size: number) => Array.from({ length: messages }, () => size);

describe('missing bytes', () => {
  const cases: Record<string, [sizes: readonly number[], bytes: number, answer: Missing]> = {
    'of one size': [of(3, 100), 200, exact(2)],
    'that are no sum': [of(3, 100), 150, { kind: 'impossible' }],
    'that are all': [[30, 40, 50], 120, exact(3)],
    'that are more than all': [[30, 40, 50], 121, { kind: 'impossible' }],
    'at the end': [[30, 40, 50, 61], 111, exact(2)],
    'in the middle': [[30, 41, 50, 61], 91, exact(2)],
    'that could be one or two, at the end': [[10, 20, 30, 30], 30, exact(1)],
    'that could be one or two, in the middle': [[10, 20, 31, 30, 7], 30, UNDECIDED],
    'that are no run and could be two or three': [[30, 7, 31, 8, 32, 9, 62], 93, UNDECIDED],
    'that are none': [[30, 40], 0, { kind: 'impossible' }],
    'of an empty window': [[], 10, { kind: 'impossible' }],
    // 60 publishes of 60,472 bytes, a mark of 20, one minion stopped for 12 s: 29 arrived, 31 lost.
    '31 of 60 publishes to a stopped minion, 3006': [
      [472, ...of(60, 60_472)],
      31 * 60_472,
      exact(31),
    ],
    '37 of 60 publishes to a stopped minion, 3007': [
      [472, ...of(60, 60_472)],
      37 * 60_472,
      exact(37),
    ],
    '372 of 400 publishes, 3008': [of(400, 60_472), 372 * 60_472, exact(372)],
  };

  it.each(Object.entries(cases))('%s', (_title, [sizes, bytes, answer]) => {
    expect(count(sizes, bytes)).toEqual(answer);
  });

  it('at the end of a burst are counted right, whatever the sizes', () => {
    const sizes = fc.array(fc.integer({ min: 22, max: 200_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.nat(), (list, pick) => {
        const from = pick % list.length;
        const bytes = list.slice(from).reduce((sum, size) => sum + size, 0);
        expect(count(list, bytes)).toEqual(exact(list.length - from));
      }),
    );
  });

  it('in one run are counted right or not at all', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 3, maxLength: 40 });
    let decided = 0;
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (list, a, b) => {
        const from = a % list.length;
        const to = from + 1 + (b % (list.length - from));
        const bytes = list.slice(from, to).reduce((sum, size) => sum + size, 0);
        const answer = count(list, bytes);
        const tail = list.some(
          (_, i) => list.slice(i).reduce((sum, size) => sum + size, 0) === bytes,
        );
        if (tail || answer.kind === 'undecided') return;
        decided += 1;
        expect(answer).toEqual(exact(to - from));
      }),
    );
    expect(decided).toBeGreaterThan(0);
  });
});
