/**
 * Columns on one buffer: they must not overlap, survive growth, and look the same from the other
 * thread.
 */
import { describe, expect, it } from 'vitest';
import {
  createTable,
  growTable,
  type SocketTable,
  shrinkTable,
  tableOver,
} from './socket-table.js';

const columnsOf = (table: SocketTable) =>
  Object.entries(table).flatMap(([name, column]) =>
    ArrayBuffer.isView(column) ? [{ name, column: column as Uint32Array }] : [],
  );

/** A number of its own in every cell that every width can hold. */
function fill(table: SocketTable, rows: number): void {
  table.count = rows;
  columnsOf(table).forEach(({ column }, index) => {
    const perRow = column.length / table.capacity;
    for (let cell = 0; cell < rows * perRow; cell += 1) column[cell] = (cell * 7 + index) % 251;
  });
}

function contents(table: SocketTable): Record<string, number[]> {
  return Object.fromEntries(
    columnsOf(table).map(({ name, column }) => {
      const perRow = column.length / table.capacity;
      return [name, [...column.subarray(0, table.count * perRow)]];
    }),
  );
}

describe('a socket table', () => {
  it('has columns that do not overlap and fill its buffer', () => {
    const table = createTable(13);
    expect(table.capacity).toBe(16);
    const spans = columnsOf(table)
      .map(({ column }) => [column.byteOffset, column.byteOffset + column.byteLength] as const)
      .sort((a, b) => a[0] - b[0]);
    let end = 0;
    for (const [from, to] of spans) {
      expect(from).toBe(end);
      end = to;
    }
    expect(end).toBe(table.buffer.byteLength);
  });

  it('keeps every cell when it grows and when it shrinks', () => {
    const table = createTable(16);
    fill(table, 11);
    const before = contents(table);
    const grown = growTable(table, 32);
    expect(grown.capacity).toBe(32);
    expect(contents(grown)).toEqual(before);
    const shrunk = shrinkTable(grown);
    expect(shrunk.capacity).toBe(16);
    expect(contents(shrunk)).toEqual(before);
  });

  it('looks the same over the buffer that another thread received', () => {
    const table = createTable(24);
    fill(table, 20);
    const before = contents(table);
    const received = structuredClone(table.buffer, { transfer: [table.buffer] });
    expect(contents(tableOver(received, 20))).toEqual(before);
  });
});
