/** The answer to a question for a timeline, as bytes of JSON in the shapes of timeline-view.ts. */
import { CELL, type Folded, type FoldedRows, START } from './fold-result.js';
import { pressureOf, shareOf, stateOf, worstOf } from './fold-row.js';
import type { GrowingColumns } from './growing-columns.js';
import { columnsBytes, type NamedColumns, type Words, writeColumns } from './json-columns.js';
import type { TimelineAsked } from './queries.js';
import type { SpanView } from './record.js';
import { TIMELINE_STATES } from './timeline-states.js';
import type {
  TimelineFleetMark,
  TimelineMarks,
  TimelineRows,
  TimelineSegments,
  TimelineView,
} from './timeline-view.js';

/** What the fold does not hold. */
export interface BodySurroundings {
  readonly asked: TimelineAsked;
  /** Rows of which this is a page. */
  readonly of: number;
  readonly idOf: (row: number) => string;
  readonly stepSeconds: number | null;
  readonly fleet: readonly TimelineFleetMark[];
  readonly gaps: readonly SpanView[];
  readonly notices: readonly string[];
}

/** All but what has a number for each segment and each mark. */
type Rest = Omit<TimelineView, 'segments' | 'marks'>;

/** `page`: rows of the fold in the order of the answer. */
export function timelineBytes(
  folded: Folded,
  page: Uint32Array,
  around: BodySurroundings,
): Uint8Array {
  const { encoding } = around.asked;
  const isPacked = encoding === 'base64';
  const segments = segmentsOf(folded, page) satisfies Record<keyof TimelineSegments, Words>;
  const marks = marksOf(folded, page) satisfies Record<keyof TimelineMarks, Words>;
  const rest = Buffer.from(JSON.stringify(restOf(folded, page, around)));
  const names = ['"segments":', '"marks":'] as const;
  const most = rest.length + columnsBytes(segments, isPacked) + columnsBytes(marks, isPacked) + 32;
  // A buffer of its own: it is handed to another thread.
  const target = Buffer.from(new ArrayBuffer(most));
  // Behind the last member of the rest, in place of its brace.
  let at = rest.copy(target) - 1;
  for (const [index, columns] of [segments, marks].entries()) {
    at += target.write(`,${names[index] ?? ''}`, at, 'latin1');
    at = writeColumns(target, at, { columns: columns satisfies NamedColumns, isPacked });
  }
  at += target.write('}', at, 'latin1');
  return target.subarray(0, at);
}

function restOf(folded: Folded, page: Uint32Array, around: BodySurroundings): Rest {
  const { asked } = around;
  const { columns } = asked;
  return {
    atMs: asked.nowMs,
    fromMs: asked.fromMs,
    toMs: asked.toMs,
    columns,
    columnMs: (asked.toMs - asked.fromMs) / columns,
    states: TIMELINE_STATES,
    pressureStepSeconds: around.stepSeconds,
    of: around.of,
    offset: asked.offset,
    rows: rowsOf(folded.rows, page, around.idOf),
    encoding: asked.encoding,
    fleet: around.fleet,
    gaps: around.gaps,
    overview: {
      minions: folded.overview.map((counts) => Array.from(counts.subarray(0, columns))),
      dropped: Array.from(folded.dropped),
    },
    history: asked.history,
    notices: around.notices,
  };
}

function rowsOf(rows: FoldedRows, page: Uint32Array, idOf: (row: number) => string): TimelineRows {
  const of = (column: { readonly [row: number]: number | undefined }) =>
    Array.from(page, (row) => column[row] ?? 0);
  return {
    ids: Array.from(page, idOf),
    last: of(rows.last),
    sinceMs: of(rows.sinceMs).map((ms) => (Number.isNaN(ms) ? null : Math.round(ms))),
    disconnects: of(rows.disconnects),
    flaps: of(rows.flaps),
    dropped: of(rows.dropped),
    losses: of(rows.losses),
    pressureMax: of(rows.pressureMax).map((ratio) => Math.round(ratio * 1_000) / 1_000),
    troubleSeconds: of(rows.troubleMs).map((ms) => Math.round(ms / 1_000)),
  };
}

function segmentsOf({ rows, segments }: Folded, page: Uint32Array) {
  const ends = pageEnds(rows.segmentEnds, page);
  const length = ends.at(-1) ?? 0;
  const start = new Uint16Array(length);
  const state = new Uint8Array(length);
  const worst = new Uint8Array(length);
  const share = new Uint8Array(length);
  const pressure = new Uint8Array(length);
  const starts = segments.column(START);
  const cells = segments.column(CELL);
  let at = 0;
  for (const row of page) {
    const end = rows.segmentEnds[row] ?? 0;
    for (let from = firstOf(rows.segmentEnds, row); from < end; from += 1) {
      const cell = cells[from] ?? 0;
      start[at] = starts[from] ?? 0;
      state[at] = stateOf(cell);
      worst[at] = worstOf(cell);
      share[at] = shareOf(cell);
      pressure[at] = pressureOf(cell);
      at += 1;
    }
  }
  return { ends, start, state, worst, share, pressure };
}

function marksOf({ rows, marks }: Folded, page: Uint32Array) {
  const ends = pageEnds(rows.markEnds, page);
  const length = ends.at(-1) ?? 0;
  const from = { marks, ends: rows.markEnds, page };
  return {
    ends,
    column: picked(0, new Uint16Array(length), from),
    connects: picked(1, new Uint16Array(length), from),
    disconnects: picked(2, new Uint16Array(length), from),
    flaps: picked(3, new Uint16Array(length), from),
    losses: picked(4, new Uint16Array(length), from),
    dropped: picked(5, new Uint32Array(length), from),
  };
}

/** The page's part of one column of marks, by its place in MARK_COLUMNS. */
function picked<Column extends Words>(
  index: number,
  target: Column,
  from: {
    readonly marks: GrowingColumns;
    readonly ends: Uint32Array;
    readonly page: Uint32Array;
  },
): Column {
  const source = from.marks.column(index);
  let at = 0;
  for (const row of from.page) {
    const end = from.ends[row] ?? 0;
    for (let mark = firstOf(from.ends, row); mark < end; mark += 1) {
      target[at] = source[mark] ?? 0;
      at += 1;
    }
  }
  return target;
}

/** Where each row of the page ends in the answer. */
function pageEnds(ends: Uint32Array, page: Uint32Array): Uint32Array {
  let total = 0;
  return page.map((row) => {
    total += (ends[row] ?? 0) - firstOf(ends, row);
    return total;
  });
}

function firstOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] ?? 0);
}
