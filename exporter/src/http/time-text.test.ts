/** Instants and durations in words. */
import { describe, expect, it } from 'vitest';
import { clockText, durationText, latencyText } from './time-text.js';

const NOW = Date.UTC(2026, 10, 21, 3, 12, 0);

describe('clockText', () => {
  it.each([
    [NOW, '03:12:00'],
    [NOW - 7_200_000, '01:12:00'],
    [NOW - 6 * 3_600_000, '20 Nov 21:12:00'],
    [Date.UTC(2025, 11, 31, 23, 59, 59), '31 Dec 2025 23:59:59'],
    [Number.NaN, 'unknown'],
    [8.64e15 + 1, 'unknown'],
  ])('%s is %s', (at, text) => expect(clockText(at, NOW)).toBe(text));
});

describe('durationText', () => {
  it.each([
    [-3, '0.0 s'],
    [0.24, '0.2 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [160, '2 min 40 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h'],
    [7620, '2 h 7 min'],
    [86_400, '1 d'],
    [273_600, '3 d 4 h'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('%s s is %s', (seconds, text) => expect(durationText(seconds)).toBe(text));
});

describe('latencyText', () => {
  it.each([
    [0.00018, '180 µs'],
    [0.0042, '4.2 ms'],
    [0.005, '5 ms'],
    [0.25, '250 ms'],
    [0.9999, '1.0 s'],
    [15, '15 s'],
  ])('%s s is %s', (seconds, text) => expect(latencyText(seconds)).toBe(text));
});
