/** Bounded places for sources and their sockets, and how a place becomes free. */
import { describe, expect, it } from 'vitest';
import { SOCKETS_PER_SOURCE_MAX, SOURCE_IDLE_MS, SOURCES_MAX } from './options.js';
import { SourceTable } from './source-table.js';

function fullTable(nowMonoMs: number): SourceTable {
  const table = new SourceTable();
  for (let i = 0; i < SOURCES_MAX; i += 1) {
    expect(table.admitSocket(`s${i}`, 'default', nowMonoMs)).toBe(true);
  }
  return table;
}

describe('SourceTable', () => {
  it('turns a new source away when it is full, and keeps those it has', () => {
    const table = fullTable(0);
    expect(table.admitSource('late', 1)).toBe(false);
    expect(table.admitSocket('late', 'default', 1)).toBe(false);
    expect(table.admitSocket('s0', 'another', 1)).toBe(true);
    expect(table.admitSource('s1', 1)).toBe(true);
  });

  it('gives the place of a source that was silent for an hour to a new one', () => {
    const table = fullTable(0);
    expect(table.admitSource('s0', 1)).toBe(true);
    expect(table.admitSource('late', SOURCE_IDLE_MS)).toBe(true);
    expect(table.admitSource('s0', SOURCE_IDLE_MS)).toBe(true);
    expect(table.admitSource('s1', SOURCE_IDLE_MS)).toBe(true);
  });

  it('bounds the sockets of each source', () => {
    const table = new SourceTable();
    for (let i = 0; i < SOCKETS_PER_SOURCE_MAX; i += 1) {
      expect(table.admitSocket('a', `k${i}`, 0)).toBe(true);
    }
    expect(table.admitSocket('a', 'one-more', 0)).toBe(false);
    expect(table.admitSocket('a', 'k0', 0)).toBe(true);
    expect(table.admitSocket('b', 'one-more', 0)).toBe(true);
  });
});
