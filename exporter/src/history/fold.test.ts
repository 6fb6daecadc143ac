/** Windows and fold against a plain one that looks at every millisecond. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from './fold.js';
import { CELL, MARK_COLUMNS, START } from './fold-result.js';
import { pressureOf, shareOf, stateOf, worstOf } from './fold-row.js';
import { PressureWindow } from './pressure-window.js';
import { NO_DATA, OK, TIMELINE_STATES } from './timeline-states.js';
import {
  encodeTrack,
  OP_CONNECT,
  OP_DISCONNECT,
  OP_DROP,
  OP_FLAP,
  OP_LOSS,
  OP_RESET,
  OP_STATE,
  type TrackRecord,
  viewTrack,
} from './track.js';
import { TrackWindow } from './track-window.js';

const FROM_MS = 1_000_000;
const COLUMN_MS = 20;
const STEP_MS = 10;
const MARKS = [OP_CONNECT, OP_DISCONNECT, OP_FLAP, OP_LOSS, OP_DROP];

interface Cell {
  readonly state: number;
  readonly worst: number;
  readonly share: number;
  readonly pressure: number;
}

interface Sample {
  readonly atMs: number;
  readonly ref: number;
  readonly ratio: number;
}

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly states: readonly number[];
  readonly records: readonly TrackRecord[];
  readonly samples: readonly Sample[];
}

const cases: fc.Arbitrary<Case> = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 9 }) })
  .chain(({ rows, columns }) => {
    const spanMs = columns * COLUMN_MS;
    const state = fc.integer({ min: 0, max: TIMELINE_STATES.length - 1 });
    const ref = fc.integer({ min: 0, max: rows - 1 });
    const when = fc.integer({ min: -30, max: spanMs + 30 });
    const changed = fc.record({ ref, atMs: when, value: state, op: fc.constant(OP_STATE) });
    const marked = fc.record({
      ref,
      atMs: when,
      value: fc.integer({ min: 1, max: 9 }),
      op: fc.constantFrom(...MARKS),
    });
    const reset = fc.record({
      ref: fc.constant(0),
      atMs: when,
      value: fc.constant(0),
      op: fc.constant(OP_RESET),
    });
    const record = fc.oneof(
      { weight: 6, arbitrary: changed },
      { weight: 4, arbitrary: marked },
      { weight: 1, arbitrary: reset },
    );
    const step = fc.integer({ min: -1, max: spanMs / STEP_MS - 1 });
    return fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      states: fc.array(state, { minLength: rows, maxLength: rows }),
      // One of each kind at an instant: which of two is the later one nobody could say.
      records: fc
        .uniqueArray(record, {
          maxLength: 24,
          selector: ({ ref, atMs, op }) => `${op === OP_STATE || op === OP_RESET} ${ref} ${atMs}`,
        })
        .map((all) => [...all].sort((a, b) => a.atMs - b.atMs)),
      samples: fc.uniqueArray(
        fc.record({
          ref,
          atMs: step.map((n) => n * STEP_MS),
          ratio: fc.constantFrom(0.001, 0.25, 0.5, 1, 1.2, -1),
        }),
        { maxLength: 8, selector: (sample) => `${sample.ref} ${sample.atMs}` },
      ),
    });
  });

/** Through the windows, as the store's thread keeps them. */
function folded({ rows, columns, states, records, samples }: Case) {
  const refs = Uint32Array.from({ length: rows }, (_, row) => row);
  const size = { baseMs: FROM_MS, records: 400, rows };
  const track = new TrackWindow(size);
  for (const [ref, state] of states.entries()) track.begin(ref, state);
  // Some at a time, as they are written.
  for (let first = 0; first < records.length; first += 5) {
    const part = viewTrack(encodeTrack(0, records.slice(first, first + 5)));
    expect(track.append({ baseMs: FROM_MS, track: part })).toBe(true);
  }
  const pressure = new PressureWindow({ ...size, stepMs: STEP_MS });
  const times = [...new Set(samples.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  for (const atMs of times) {
    const own = samples.filter((sample) => sample.atMs === atMs);
    const put = (part: readonly Sample[]) => ({
      atMs: FROM_MS + atMs,
      rows: {
        count: part.length,
        refs: Uint32Array.from(part, ({ ref }) => ref),
        columns: [Float32Array.from(part, ({ ratio }) => ratio)],
      },
    });
    // A step grows while it lasts.
    expect(pressure.put(put(own.slice(0, 1)))).toBe(true);
    expect(pressure.put(put(own))).toBe(true);
  }
  const fold = new Fold({ fromMs: FROM_MS, toMs: FROM_MS + columns * COLUMN_MS, columns }, refs);
  const middle = rows >> 1;
  fold.rows({ track, pressure }, 0, middle);
  fold.rows({ track, pressure }, middle, rows);
  return fold.end();
}

/** State of a row in each millisecond of the range. */
function instants({ columns, states, records }: Case, row: number): number[] {
  const changes = records.filter(
    ({ op, ref }) => op === OP_RESET || (op === OP_STATE && ref === row),
  );
  return Array.from({ length: columns * COLUMN_MS }, (_, ms) => {
    let state = states[row] ?? NO_DATA;
    for (const { atMs, op, value } of changes) {
      if (atMs <= ms) state = op === OP_RESET ? NO_DATA : value;
    }
    return state;
  });
}

function plainCell(told: Case, row: number, column: number): Cell {
  const all = instants(told, row);
  const from = column * COLUMN_MS;
  const end = from + COLUMN_MS;
  const here = all.slice(from, end);
  const held = TIMELINE_STATES.map((_, state) => here.filter((each) => each === state).length);
  const most = held.lastIndexOf(Math.max(...held));
  const worst = held.findLastIndex((ms) => ms > 0);
  const runs = here.filter((state, ms) => ms === 0 || state !== here[ms - 1]);
  const isChange = runs.length === 2 && end < all.length && all[end] === runs[1];
  const share = Math.max(1, Math.round(((held[worst] ?? 0) / COLUMN_MS) * 255));
  const ratios = told.samples
    .filter(({ ref, atMs }) => ref === row && atMs < end && atMs + STEP_MS > from)
    .map(({ ratio }) => ratio);
  const known = ratios.filter((ratio) => ratio >= 0);
  const highest = Math.min(1, Math.max(0, ...known));
  const unknown = ratios.length > 0 && known.length === 0;
  return {
    state: most,
    worst: isChange ? most : worst,
    share: isChange ? 255 : share,
    pressure: unknown ? 255 : known.length === 0 ? 0 : Math.max(1, Math.round(highest * 254)),
  };
}

/** Cells of one row, segment by segment laid out again. */
function cellsOf(result: ReturnType<typeof folded>, row: number, columns: number): Cell[] {
  const starts = result.segments.column(START);
  const first = row === 0 ? 0 : (result.rows.segmentEnds[row - 1] ?? 0);
  const end = result.rows.segmentEnds[row] ?? 0;
  return Array.from({ length: columns }, (_, column) => {
    let at = first;
    while (at + 1 < end && (starts[at + 1] ?? 0) <= column) at += 1;
    const cell = result.segments.column(CELL)[at] ?? 0;
    return {
      state: stateOf(cell),
      worst: worstOf(cell),
      share: shareOf(cell),
      pressure: pressureOf(cell),
    };
  });
}

describe('a folded timeline', () => {
  it('has in each column what the milliseconds of it had', () => {
    fc.assert(
      fc.property(cases, (told) => {
        const result = folded(told);
        for (let row = 0; row < told.rows; row += 1) {
          const expected = Array.from({ length: told.columns }, (_, column) =>
            plainCell(told, row, column),
          );
          expect(cellsOf(result, row, told.columns)).toEqual(expected);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('says of each row what the range held, and of all rows what each column did', () => {
    fc.assert(
      fc.property(cases, (told) => {
        const { rows, overview } = folded(told);
        const worst = Array.from({ length: told.columns }, () => new Array(9).fill(0) as number[]);
        for (let row = 0; row < told.rows; row += 1) {
          const all = instants(told, row);
          expect(rows.last[row]).toBe(all.at(-1));
          expect(rows.troubleMs[row]).toBe(
            all.filter((state) => state !== OK && state !== NO_DATA).length,
          );
          const seen = [...new Set(all)].reduce((bits, state) => bits | (1 << state), 0);
          expect(rows.seen[row]).toBe(seen);
          for (const [column, counts] of worst.entries()) {
            const code = plainCell(told, row, column).worst;
            counts[code] = (counts[code] ?? 0) + 1;
          }
        }
        const shown = worst.map((_, column) => overview.map((counts) => counts[column] ?? 0));
        expect(shown).toEqual(worst);
      }),
      { numRuns: 400 },
    );
  });

  it('marks what happened in its column, and sums it per row and over all', () => {
    fc.assert(
      fc.property(cases, (told) => {
        const { rows, marks, dropped } = folded(told);
        const happened = told.records.filter(
          ({ op, atMs }) => MARKS.includes(op) && atMs >= 0 && atMs < told.columns * COLUMN_MS,
        );
        const sum = (of: readonly TrackRecord[], op: number) =>
          of
            .filter((record) => record.op === op)
            .reduce((all, { value }) => all + (op === OP_DROP ? value : 1), 0);
        const columns = MARK_COLUMNS.map((_, index) => marks.column(index));
        for (let row = 0; row < told.rows; row += 1) {
          const own = happened.filter(({ ref }) => ref === row);
          const names = ['connects', 'disconnects', 'flaps', 'losses', 'dropped'] as const;
          expect(names.map((name) => rows[name][row])).toEqual(MARKS.map((op) => sum(own, op)));
          const touched = [...new Set(own.map(({ atMs }) => Math.floor(atMs / COLUMN_MS)))];
          const expected = touched
            .sort((a, b) => a - b)
            .map((column) => {
              const here = own.filter(({ atMs }) => Math.floor(atMs / COLUMN_MS) === column);
              return [column, ...MARKS.map((op) => sum(here, op))];
            });
          const first = row === 0 ? 0 : (rows.markEnds[row - 1] ?? 0);
          const shown = Array.from({ length: (rows.markEnds[row] ?? 0) - first }, (_, n) =>
            columns.map((column) => column[first + n]),
          );
          expect(shown).toEqual(expected);
        }
        expect(dropped.reduce((all, each) => all + each, 0)).toBe(sum(happened, OP_DROP));
      }),
      { numRuns: 400 },
    );
  });
});
