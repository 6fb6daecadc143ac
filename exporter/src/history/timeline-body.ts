/** The answer to a question for a timeline, as JSON text; in the shapes of timeline-view.ts. */
import type { Folded, FoldedRows } from './fold-result.js';
import type { GrowingColumns } from './growing-columns.js';
import type { TimelineAsked } from './queries.js';
import type { SpanView } from './record.js';
import { TIMELINE_STATES } from './timeline-states.js';
import type {
  TimelineColumn,
  TimelineFleetMark,
  TimelineRows,
  TimelineView,
} from './timeline-view.js';

/** What the fold does not hold. */
export interface BodySurroundings {
  readonly asked: TimelineAsked;
  readonly of: number;
  readonly ids: readonly string[];
  readonly stepSeconds: number | null;
  readonly fleet: readonly TimelineFleetMark[];
  readonly gaps: readonly SpanView[];
  readonly notices: readonly string[];
}

const BYTE = Uint8Array;
const SHORT = Uint16Array;
const WORD = Uint32Array;
type Words = typeof BYTE | typeof SHORT | typeof WORD;
const SEGMENT_WORDS: readonly Words[] = [SHORT, BYTE, BYTE, BYTE, BYTE];
const MARK_WORDS: readonly Words[] = [SHORT, SHORT, SHORT, SHORT, SHORT, WORD];

/** `page`: rows of the fold in the order of the answer. */
export function timelineBody(
  folded: Folded,
  page: readonly number[],
  around: BodySurroundings,
): TimelineView {
  const { asked } = around;
  const { rows } = folded;
  const { columns } = asked;
  const isPacked = asked.encoding === 'base64';
  const [segmentEnds, ...segments] = pick({
    columns: folded.segments,
    ends: rows.segmentEnds,
    page,
    words: SEGMENT_WORDS,
    isPacked,
  });
  const [markEnds, ...marks] = pick({
    columns: folded.marks,
    ends: rows.markEnds,
    page,
    words: MARK_WORDS,
    isPacked,
  });
  const [start = '', state = '', worst = '', share = '', pressure = ''] = segments;
  const [column = '', connects = '', disconnects = '', flaps = '', losses = '', dropped = ''] =
    marks;
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
    rows: bodyRows(rows, page, around.ids),
    encoding: asked.encoding,
    segments: { ends: segmentEnds ?? '', start, state, worst, share, pressure },
    marks: { ends: markEnds ?? '', column, connects, disconnects, flaps, losses, dropped },
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

function bodyRows(rows: FoldedRows, page: readonly number[], ids: readonly string[]): TimelineRows {
  const of = (column: { readonly [row: number]: number | undefined }) =>
    page.map((row) => column[row] ?? 0);
  return {
    ids: page.map((row) => ids[row] ?? ''),
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

/** The page's part of some columns, behind the new ends of its rows. */
function pick(from: {
  readonly columns: GrowingColumns;
  readonly ends: Uint32Array;
  readonly page: readonly number[];
  readonly words: readonly Words[];
  readonly isPacked: boolean;
}): TimelineColumn[] {
  const { columns, ends, page, words, isPacked } = from;
  const newEnds = new Uint32Array(page.length);
  let total = 0;
  for (let i = 0; i < page.length; i += 1) {
    total += spanOf(ends, page[i] ?? 0).length;
    newEnds[i] = total;
  }
  const picked = words.map((Kind, index) => {
    const source = columns.column(index);
    const target = new Kind(total);
    let at = 0;
    for (const row of page) {
      const { start, length } = spanOf(ends, row);
      for (let i = 0; i < length; i += 1) target[at + i] = source[start + i] ?? 0;
      at += length;
    }
    return target;
  });
  return [newEnds, ...picked].map((column) => (isPacked ? packed(column) : Array.from(column)));
}

function spanOf(ends: Uint32Array, row: number): { start: number; length: number } {
  const start = row === 0 ? 0 : (ends[row - 1] ?? 0);
  return { start, length: (ends[row] ?? 0) - start };
}

function packed({
  buffer,
  byteOffset,
  byteLength,
}: Uint8Array | Uint16Array | Uint32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
