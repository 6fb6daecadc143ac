/** The order of trouble, and that one pass finds what sorting the whole fleet would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sketchedMinions } from '../../../test/golden/synthetic-epoch.js';
import type { MinionColumns } from '../domain/epoch.js';
import { MINION_STATUSES, type MinionStatus } from '../domain/vocabulary.js';
import { worstMinions } from './worst-minions.js';

interface Row {
  readonly status: MinionStatus;
  readonly sinceMs: number;
  readonly flaps: number;
  readonly problem: boolean;
}

function columns(rows: readonly Row[]): MinionColumns {
  const ids = rows.map((_, index) => `m${index}`);
  const base = sketchedMinions(rows.map(({ status }, index) => ({ id: `m${index}`, status })));
  return {
    ...base,
    ids,
    statusSinceMs: Float64Array.from(rows, (row) => row.sinceMs),
    flaps: Float64Array.from(rows, (row) => row.flaps),
    problem: Uint8Array.from(rows, (row) => (row.problem ? 1 : 0)),
  };
}

const row = (status: MinionStatus, changes: Partial<Row> = {}): Row => ({
  status,
  sinceMs: 0,
  flaps: 0,
  problem: status !== 'ok',
  ...changes,
});

describe('worstMinions', () => {
  it('puts severity first, decommissioned hosts last, and leaves out what is well', () => {
    const order = ['ok', 'stale', 'unknown', 'ambiguous', 'slow', 'stalled', 'half_open', 'absent'];
    const rows = MINION_STATUSES.map((status) => row(status));
    rows.push(row('ok', { problem: true, flaps: 3 }));
    const minions = columns(rows);
    const { rows: found, of } = worstMinions(minions, { limit: 50, status: undefined });
    const names = found.map((index) => rows[index]?.status);
    expect(names).toEqual([...order.slice(2).reverse(), 'ok', 'stale']);
    expect(of).toBe(8);
  });

  it('puts the newest change of one kind first, then the flaps', () => {
    const minions = columns([
      row('absent', { sinceMs: 10 }),
      row('absent', { sinceMs: 30, flaps: 1 }),
      row('absent', { sinceMs: Number.NaN }),
      row('absent', { sinceMs: 30, flaps: 5 }),
    ]);
    expect(worstMinions(minions, { limit: 9, status: undefined }).rows).toEqual([3, 1, 0, 2]);
  });

  it('lists one status only when asked, ok ones too', () => {
    const minions = columns([row('ok'), row('absent'), row('ok'), row('stale')]);
    expect(worstMinions(minions, { limit: 9, status: 'ok' })).toEqual({ rows: [0, 2], of: 2 });
    expect(worstMinions(minions, { limit: 1, status: 'ok' })).toEqual({ rows: [0], of: 2 });
    expect(worstMinions(minions, { limit: 9, status: 'slow' })).toEqual({ rows: [], of: 0 });
  });

  it('finds the same rows with a small limit as with a large one', () => {
    const anyRow = fc.record({
      status: fc.constantFrom(...MINION_STATUSES),
      sinceMs: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 1, max: 5 })),
      flaps: fc.integer({ min: 0, max: 2 }),
      problem: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (rows, limit) => {
          const minions = columns(rows);
          const all = worstMinions(minions, { limit: 1000, status: undefined });
          const few = worstMinions(minions, { limit, status: undefined });
          expect(few.rows).toEqual(all.rows.slice(0, limit));
          expect(few.of).toBe(all.rows.length);
          expect(new Set(all.rows).size).toBe(all.rows.length);
        },
      ),
    );
  });
});
