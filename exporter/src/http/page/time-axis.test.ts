/** Where the axis has its words. */
import { describe, expect, it } from 'vitest';
import { ticksOf } from './time-axis.js';

const at = (text: string): number => Date.parse(text);

describe('marks of a time axis', () => {
  it('are whole hours where there is room for those', () => {
    const range = { fromMs: at('2026-11-21T21:12:00Z'), toMs: at('2026-11-22T03:12:00Z') };
    expect(ticksOf(range, 600).map(({ text }) => text)).toEqual([
      '22:00',
      '23:00',
      '22 Nov',
      '01:00',
      '02:00',
      '03:00',
    ]);
    expect(ticksOf(range, 600)[0]?.x).toBe(80);
  });

  it('are never nearer than their words, whatever the range', () => {
    for (const [hours, width] of [
      [1, 300],
      [6, 200],
      [24, 1_400],
      [24 * 7, 500],
      [24 * 400, 300],
    ] as const) {
      const fromMs = at('2026-03-01T07:13:09Z');
      const ticks = ticksOf({ fromMs, toMs: fromMs + hours * 3_600_000 }, width);
      expect(ticks.length).toBeGreaterThan(0);
      const gaps = ticks.slice(1).map(({ x }, n) => x - (ticks[n]?.x ?? 0));
      expect(Math.min(...gaps, 64)).toBeGreaterThanOrEqual(63);
    }
  });

  it('are none of a range or a drawing without length', () => {
    expect(ticksOf({ fromMs: 5, toMs: 5 }, 600)).toEqual([]);
    expect(ticksOf({ fromMs: 0, toMs: 1e9 }, 0)).toEqual([]);
  });
});
