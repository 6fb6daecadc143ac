/** Numbers of names: the same for the same bytes, bounded, whoever chooses the names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameTable, TABLE_FULL } from './name-table.js';
import { NAME_MAX_CHARACTERS } from './options.js';
import { createSegment } from './segments.js';

function tableOf(names: number, bytes = 1_000_000) {
  const table = new NameTable({ names, bytes, random: Math.random });
  const segment = createSegment(2_000);
  const ask = (name: Buffer | string) => {
    const key = Buffer.from(name as string);
    // Somewhere in other bytes, as in a frame.
    const start = key.length % 7;
    segment.bytes.fill(0x2f, 0, start + key.length + 8);
    key.copy(segment.bytes, start);
    return table.number(segment, start, start + key.length);
  };
  return { table, ask };
}

describe('NameTable', () => {
  it('numbers names from 0, tells each text once, and knows them again', () => {
    const { table, ask } = tableOf(16);
    expect(['a', 'bc', 'a', '', 'bcd'].map(ask)).toEqual([0, 1, 0, 2, 3]);
    expect(table.takeNews()).toEqual({ generation: 0, first: 0, texts: ['a', 'bc', '', 'bcd'] });
    expect(['bcd', 'e'].map(ask)).toEqual([3, 4]);
    expect(table.takeNews()).toEqual({ generation: 0, first: 4, texts: ['e'] });
    expect(table.takeNews()).toEqual({ generation: 0, first: 5, texts: [] });
  });

  it('is a dictionary of bytes', () => {
    const names = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3_000 });
    const same = fc.property(names, (list) => {
      const { ask } = tableOf(4_096);
      const known = new Map<string, number>();
      for (const name of list) {
        const key = Buffer.from(name).toString('latin1');
        if (!known.has(key)) known.set(key, known.size);
        expect(ask(Buffer.from(name))).toBe(known.get(key));
      }
    });
    fc.assert(same, { numRuns: 30 });
  });

  it('is full at its number of names or bytes, knows what it has, and begins anew', () => {
    const { table, ask } = tableOf(3);
    expect(['a', 'b', 'c', 'd', 'b'].map(ask)).toEqual([0, 1, 2, TABLE_FULL, 1]);
    table.renew();
    expect(['d', 'a'].map(ask)).toEqual([0, 1]);
    expect(table.takeNews()).toEqual({ generation: 1, first: 0, texts: ['d', 'a'] });
    const narrow = tableOf(1_000, 10).ask;
    expect(['abcdefgh', 'ijk', 'ij', 'k'].map(narrow)).toEqual([0, TABLE_FULL, 1, TABLE_FULL]);
  });

  it('cuts texts, not within a character, and what is behind makes no difference in memory', () => {
    const { table, ask } = tableOf(16);
    ask('x'.repeat(1_500));
    ask(`x${'😀'.repeat(300)}`);
    ask(Buffer.alloc(1_000, 0xff));
    const { texts } = table.takeNews();
    expect(texts).toEqual([
      'x'.repeat(NAME_MAX_CHARACTERS),
      `x${'😀'.repeat(63)}`,
      '\u{fffd}'.repeat(NAME_MAX_CHARACTERS),
    ]);
  });

  it('knows names apart whose bits cancel out in simpler sums', () => {
    const { ask } = tableOf(65_536, 8_000_000);
    const name = Buffer.alloc(64, 0x61);
    for (let number = 0; number < 60_000; number += 1) {
      for (let bit = 0; bit < 16; bit += 1) name[bit * 4] = (number >> bit) & 1 ? 0xe1 : 0x61;
      name[63] = number & 0x80 ? 0xe1 : 0x61;
      expect(ask(name)).toBe(number);
    }
  });
});
