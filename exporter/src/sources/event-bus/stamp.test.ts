/** Stamps of both layouts, what Python leaves out, and what is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stampMs } from './stamp.js';

const read = (text: string) => stampMs(Buffer.from(`<<${text}>>`), 2, 2 + Buffer.byteLength(text));

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
    expect(read(text)).toBeUndefined();
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
