/** Numbers are written as the shortest text that reads back equal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundText, NUMBER_BYTES_MAX, numberText, writeNumber } from './number-text.js';

function written(value: number): string {
  const target = new Uint8Array(NUMBER_BYTES_MAX + 10).fill(0x2a);
  const end = writeNumber(target, value, 3);
  expect(Buffer.from(target.subarray(0, 3)).toString()).toBe('***');
  return Buffer.from(target.subarray(3, end)).toString();
}

describe('numbers in a body', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [9, '9'],
    [10, '10'],
    [99, '99'],
    [1_000_000_000, '1000000000'],
    [2_147_483_647, '2147483647'],
    [2_147_483_648, '2147483648'],
    [9_007_199_254_740_991, '9007199254740991'],
    [1e21, '1e+21'],
    [-1, '-1'],
    [-1.5, '-1.5'],
    [0.1, '0.1'],
    [0.000_001, '0.000001'],
    [0.000_000_1, '1e-7'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1.000_001, '1.000001'],
    [999_999_999.5, '999999999.5'],
    [1_767_323_045.678, '1767323045.678'],
    [1_767_323_045.006, '1767323045.006'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.MIN_VALUE, '5e-324'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
  ])('%d is written as %s', (value, text) => {
    expect(written(value)).toBe(text);
    expect(numberText(value)).toBe(text);
  });

  it('are the shortest text that reads back equal, whichever way they are written', () => {
    const scaled = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 0, max: 9 }))
      .map(([digits, places]) => digits / 10 ** places);
    const any = fc.oneof(fc.double(), fc.double({ min: 0, max: 4e9 }), fc.integer(), scaled);
    fc.assert(
      fc.property(any, (value) => {
        expect(written(value)).toBe(numberText(value));
        expect(written(value).length).toBeLessThanOrEqual(NUMBER_BYTES_MAX);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [1, '1.0'],
    [0.008, '0.008'],
    [3600, '3600.0'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [2.5, '2.5'],
  ])('the bound %d is written as %s, the canonical form of OpenMetrics', (value, text) => {
    expect(boundText(value)).toBe(text);
  });
});
