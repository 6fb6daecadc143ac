/** Stamps of both layouts, what Python leaves out, and what is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSegment } from './segments.js';
import { StampReader } from './stamp.js';

const stamps = new StampReader();
function read(text: string): number {
  const segment = createSegment(Buffer.byteLength(text) + 4);
  segment.bytes.write(`<<${text}>>`);
  return stamps.read(segment, 2, segment.bytes.length - 2);
}

describe('stampMs', () => {
  it.each([
    ['2026-11-21T22:03:16.420218', Date.UTC(2026, 10, 21, 22, 3, 16) + 420.218],
    ['2026-11-21T22:03:14.724072+00:00', Date.UTC(2026, 10, 21, 22, 3, 14) + 724.072],
    ['2026-11-21T22:03:14', Date.UTC(2026, 10, 21, 22, 3, 14)],
    ['2026-11-21T22:03:14+00:00', Date.UTC(2026, 10, 21, 22, 3, 14)],
    ['2026-11-21T22:03:14+05:30', Date.UTC(2026, 10, 21, 16, 33, 14)],
    ['2026-11-21T22:03:14.5-01:00', Date.UTC(2026, 10, 21, 23, 3, 14) + 500],
    ['1970-01-01T00:00:00', 0],
    ['2024-02-29T23:59:59', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['0001-01-01T00:00:00', Date.parse('0001-01-01T00:00:00Z')],
  ])('reads %s', (text, wallMs) => {
    expect(read(text)).toBeCloseTo(wallMs, 3);
  });

  it.each([
    '',
    'now',
    '2026-11-21',
    '2026-11-21 22:03:14',
    '2026-13-21T22:03:14',
    '2026-00-21T22:03:14',
    '2026-11-32T22:03:14',
    '2026-11-21T24:03:14',
    '2026-11-21T22:60:14',
    '2026-11-21T22:03:1x',
    '2026-11-21T22:03:14Z?',
    '2026-11-21T22:03:14+0000',
    '2026-11-21T22:03:14+aa:bb',
    '2026-11-21T22:03:14.123+00:00 and more',
  ])('reads nothing from "%s"', (text) => {
    expect(read(text)).toBeNaN();
  });

  it('reads a stamp of the same second as the one before, and one that only seems to be', () => {
    const second = Date.UTC(2026, 10, 21, 22, 3, 16);
    const head = '2026-11-21T22:03:16';
    expect(read(`${head}.000001`)).toBeCloseTo(second + 0.001, 3);
    expect(read(`${head}.999999+00:00`)).toBeCloseTo(second + 999.999, 3);
    expect(read(`${head}x`)).toBeNaN();
    expect(read(head)).toBe(second);
    expect(read('2026-11-21T22:13:16')).toBe(second + 600_000);
    expect(read('2026-11-21T22:13:1x')).toBeNaN();
    expect(read('2026-11-21T22:13:16')).toBe(second + 600_000);
    expect(read('2025-11-21T22:13:16')).toBe(second + 600_000 - 365 * 86_400_000);
  });

  it('agrees with the engine about every day', () => {
    const same = fc.property(
      fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        const text = date.toISOString().slice(0, 23);
        expect(read(text)).toBeCloseTo(date.getTime(), 3);
      },
    );
    fc.assert(same, { numRuns: 2_000 });
  });
});
