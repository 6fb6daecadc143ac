/** The msgpack cursor on every type of the specification, on damage and on noise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMsgpack, readHead, skipValue, textEquals, textOf } from './msgpack.js';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('readHead', () => {
  it.each([
    ['80', 'map', 0],
    ['8f', 'map', 15],
    ['de 01 00', 'map', 256],
    ['df 00 01 00 00', 'map', 65_536],
    ['93', 'array', 3],
    ['dc 00 10', 'array', 16],
    ['dd ff ff ff ff', 'array', 4_294_967_295],
    ['a3 61 62 63', 'text', 3],
    ['d9 03 61 62 63', 'text', 3],
    ['da 00 03 61 62 63', 'text', 3],
    ['db 00 00 00 03 61 62 63', 'text', 3],
    ['c4 03 61 62 63', 'text', 3],
    ['c5 00 03 61 62 63', 'text', 3],
    ['c6 00 00 00 03 61 62 63', 'text', 3],
    ['c0', 'nil', 0],
  ])('reads %s as %s of %i', (hex, kind, length) => {
    const cursor = openMsgpack(bytes(hex));
    const head = readHead(cursor);
    expect(head).toMatchObject({ kind, length });
    if (head?.kind === 'text' && length === 3) {
      expect(textOf(cursor, head)).toBe('abc');
      expect(textEquals(cursor, head, 'abc')).toBe(true);
      expect(textEquals(cursor, head, 'abd')).toBe(false);
      expect(textEquals(cursor, head, 'ab')).toBe(false);
      expect(cursor.offset).toBe(bytes(hex).length);
    }
  });

  it('makes U+FFFD of bytes that are no UTF-8', () => {
    const cursor = openMsgpack(bytes('a2 ff 41'));
    const head = readHead(cursor);
    expect(head && textOf(cursor, head)).toBe('\u{fffd}A');
  });
});

describe('skipValue', () => {
  /** One value of every type of the specification, with its size in bytes. */
  const VALUES = [
    '00',
    '7f',
    'ff',
    'e0',
    'c0',
    'c2',
    'c3',
    'ca 00000000',
    'cb 0000000000000000',
    'cc 00',
    'cd 0000',
    'ce 00000000',
    'cf 0000000000000000',
    'd0 00',
    'd1 0000',
    'd2 00000000',
    'd3 0000000000000000',
    'd4 01 00',
    'd5 01 0000',
    'd6 01 00000000',
    'd7 01 0000000000000000',
    'd8 01 00000000000000000000000000000000',
    'c7 03 4e 000000',
    'c8 0003 4e 000000',
    'c9 00000003 4e 000000',
    'a1 61',
    'd9 01 61',
    'c4 01 61',
    '92 01 91 02',
    '82 01 02 90 80',
    'dc 0001 c0',
    'de 0001 c0 c0',
    'dd 00000001 c0',
    'df 00000001 c0 c0',
  ];

  it.each(VALUES)('steps over %s exactly, and finds every shorter form truncated', (hex) => {
    const whole = bytes(hex);
    const cursor = openMsgpack(Buffer.concat([whole, bytes('aa')]));
    expect(skipValue(cursor)).toBe(true);
    expect(cursor.offset).toBe(whole.length);
    for (let length = 0; length < whole.length; length += 1) {
      const short = openMsgpack(whole.subarray(0, length));
      expect(skipValue(short)).toBe(false);
      expect(short.failed).toBe('truncated');
    }
  });

  it('refuses the one byte that is no msgpack, and stays failed', () => {
    const cursor = openMsgpack(bytes('91 c1 00'));
    expect(skipValue(cursor)).toBe(false);
    expect(cursor.failed).toBe('invalid');
    expect(readHead(cursor)).toBeUndefined();
  });

  it('neither recurses nor waits for what is only announced', () => {
    const deep = Buffer.alloc(2_000_000, 0x91);
    expect(skipValue(openMsgpack(deep))).toBe(false);
    const announced = openMsgpack(bytes('df ff ff ff ff c0'));
    expect(skipValue(announced)).toBe(false);
    expect(announced.failed).toBe('truncated');
    const text = openMsgpack(bytes('c6 ff ff ff ff 61'));
    expect(skipValue(text)).toBe(false);
  });

  it('never throws and never reads behind the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
        const cursor = openMsgpack(data);
        const ok = skipValue(cursor);
        expect(cursor.offset).toBeLessThanOrEqual(data.length);
        expect(ok).toBe(cursor.failed === undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
