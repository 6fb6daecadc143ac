/** Columns written as bytes, read back by the JSON parser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsBytes, type Words, writeColumns } from './json-columns.js';

const column: fc.Arbitrary<Words> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint16Array({ maxLength: 40 }),
  fc.uint32Array({ maxLength: 40 }),
);

function written(columns: Record<string, Words>, isPacked: boolean): Record<string, unknown> {
  const before = 3;
  const most = columnsBytes(columns, isPacked);
  const target = Buffer.alloc(before + most);
  const end = writeColumns(target, before, { columns, isPacked });
  expect(end - before).toBeLessThanOrEqual(most);
  // What it wrote is an object.
  return JSON.parse(target.toString('latin1', before, end)) as Record<string, unknown>;
}

describe('columns as JSON', () => {
  it('are lists of the same numbers', () => {
    fc.assert(
      fc.property(column, column, (first, second) => {
        expect(written({ first, second }, false)).toEqual({
          first: [...first],
          second: [...second],
        });
      }),
    );
  });

  it('are the base64 of the same bytes', () => {
    fc.assert(
      fc.property(column, column, (first, second) => {
        const packed = ({ buffer, byteOffset, byteLength }: Words) =>
          Buffer.from(buffer, byteOffset, byteLength).toString('base64');
        expect(written({ first, second }, true)).toEqual({
          first: packed(first),
          second: packed(second),
        });
      }),
    );
  });

  it('have room for the largest numbers of their types', () => {
    const columns = {
      bytes: new Uint8Array(9).fill(255),
      shorts: new Uint16Array(9).fill(65_535),
      words: new Uint32Array(9).fill(4_294_967_295),
    };
    const { words } = written(columns, false);
    expect(words).toEqual(new Array(9).fill(4_294_967_295));
  });
});
