/** Packing, against the bytes that the msgpack specification gives. */
import { describe, expect, it } from 'vitest';
import { pack } from './msgpack.js';

const hex = (value: Parameters<typeof pack>[0]) => pack(value).toString('hex');

describe('packing', () => {
  it.each([
    ['nothing', null, 'c0'],
    ['truth', true, 'c3'],
    ['falsehood', false, 'c2'],
    ['a small number', 127, '7f'],
    ['a larger number', 128, 'ce00000080'],
    ['a short text', 'né', 'a36ec3a9'],
    ['an empty list', [], '90'],
    ['a map', { a: 1 }, '81a16101'],
    ['lists within maps', { ipv4: ['127.0.0.1'] }, '81a46970763491a93132372e302e302e31'],
  ])('%s', (_name, value, bytes) => {
    expect(hex(value)).toBe(bytes);
  });

  it('chooses the next wider form at each limit', () => {
    expect(hex('x'.repeat(31)).slice(0, 2)).toBe('bf');
    expect(hex('x'.repeat(32)).slice(0, 4)).toBe('d920');
    expect(hex('x'.repeat(256)).slice(0, 6)).toBe('da0100');
    expect(hex(new Array(15).fill(0)).slice(0, 2)).toBe('9f');
    expect(hex(new Array(16).fill(0)).slice(0, 6)).toBe('dc0010');
    const wide = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`k${n}`, n]));
    expect(hex(wide).slice(0, 6)).toBe('de0010');
  });

  it('refuses what it has no form for instead of writing something else', () => {
    expect(() => pack('x'.repeat(65_536))).toThrow(RangeError);
    expect(() => pack(-1)).toThrow(RangeError);
  });
});
