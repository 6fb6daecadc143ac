/** A timeline out of the store: folds the range from memory or file, sorts, cuts the page. */
import { Fold, type Past } from './fold.js';
import type { Folded } from './fold-result.js';
import { idFilter } from './id-filter.js';
import { countTrack, readPressure, readTrack } from './past-reader.js';
import { PressureWindow } from './pressure-window.js';
import type { TimelineAsked, TimelineSort } from './queries.js';
import { RECENT_MS } from './recent-past.js';
import { IDS_PER_MS, type SpanView, TOLD_LATE_MS } from './record.js';
import type { HistoryStore } from './store.js';
import { textOf } from './store-file.js';
import { SAMPLE_STEPS } from './store-schema.js';
import { timelineBytes } from './timeline-body.js';
import { NO_DATA, TIMELINE_STATES } from './timeline-states.js';
import type { TimelineFleetMark } from './timeline-view.js';
import { TrackWindow } from './track-window.js';

/** Kinds of the fleet that are lines through all rows. */
const FLEET_KINDS = [
  'master_restart',
  'listener_restart',
  'storm',
  'gap',
  'configuration',
  'recorder',
] as const;
const FLEET_MAX = 500;
/** Held at a time of what is read out of the file: 32 MB of track and as much of pressure at most. */
const FILE_RECORDS = 4_000_000;

/** Bytes of JSON, at the beginning of a buffer of their own. */
export function timelineJson(store: HistoryStore, asked: TimelineAsked): Uint8Array {
  const refs = refsOf(store, asked);
  const { folded, stepSeconds } = foldPast(store, asked, refs);
  const kept = keep(folded, asked);
  const sorted = order(folded, kept, { asked, ranks: store.minions.ranks() });
  return timelineBytes(folded, sorted.subarray(asked.offset, asked.offset + asked.limit), {
    asked,
    of: kept.length,
    idOf: (row) => store.minions.idOf(refs[row] ?? 0),
    stepSeconds,
    fleet: fleetIn(store, asked),
    gaps: gapsIn(store, asked),
    notices: noticesOf(store, asked),
  });
}

/** The coarsest step that is finer than a column, of those that are kept from the beginning on. */
export function stepFor(asked: {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  readonly columns: number;
}): (typeof SAMPLE_STEPS)[number] {
  const columnMs = (asked.toMs - asked.fromMs) / asked.columns;
  const kept = SAMPLE_STEPS.filter(({ keepMs }) => asked.fromMs >= asked.nowMs - keepMs);
  const fine = kept.filter(({ seconds }) => seconds * 1_000 <= columnMs);
  return fine.at(-1) ?? kept[0] ?? SAMPLE_STEPS[2];
}

export function gapsIn({ file }: HistoryStore, { fromMs, toMs }: SpanView): readonly SpanView[] {
  const rows = file.all(
    'SELECT from_ms, to_ms FROM gap WHERE to_ms > ? AND from_ms < ? ORDER BY from_ms',
    fromMs,
    toMs,
  );
  return rows.map(([from, to]) => ({ fromMs: Number(from), toMs: Number(to) }));
}

function refsOf(store: HistoryStore, asked: TimelineAsked): Uint32Array {
  const filter = idFilter(asked);
  const refs: number[] = [];
  for (const [id, ref] of store.minions.entries()) if (filter?.(id) ?? true) refs.push(ref);
  return Uint32Array.from(refs);
}

/** Out of memory if it is of the latest day, else out of the file, some rows at a time. */
function foldPast(store: HistoryStore, asked: TimelineAsked, refs: Uint32Array) {
  const { fromMs, toMs, columns, nowMs } = asked;
  const fold = new Fold({ fromMs, toMs, columns }, refs);
  const { seconds } = stepFor(asked);
  const recent =
    fromMs < nowMs - RECENT_MS
      ? undefined
      : store.recent(nowMs)?.past(fromMs, { stepSeconds: seconds, nowMs });
  if (recent !== undefined) {
    fold.rows(recent, 0, refs.length);
    return { folded: fold.end(), stepSeconds: recent.pressure.stepMs / 1_000 };
  }
  const records = countTrack(store.file, asked);
  const parts = Math.max(1, Math.ceil(records / FILE_RECORDS));
  const rows = Math.max(1, Math.ceil(refs.length / parts));
  const foldRows = (first: number, end: number) => {
    const size = { seconds, records: end - first > 1 ? FILE_RECORDS : records };
    const past = readRows(store, { ...asked, ...size }, refs.subarray(first, end));
    if (past !== undefined || end - first <= 1) {
      if (past !== undefined) fold.rows(past, first, end);
      return;
    }
    // These had more than others: half of them at a time.
    const middle = (first + end) >> 1;
    foldRows(first, middle);
    foldRows(middle, end);
  };
  for (let first = 0; first < refs.length; first += rows) {
    foldRows(first, Math.min(refs.length, first + rows));
  }
  return { folded: fold.end(), stepSeconds: seconds };
}

/** undefined: they have more records than there is room for. */
function readRows(
  store: HistoryStore,
  span: SpanView & { readonly seconds: number; readonly records: number },
  refs: Uint32Array,
): Past | undefined {
  const wanted = new Uint8Array(store.minions.limit);
  for (const ref of refs) wanted[ref] = 1;
  const size = {
    baseMs: (span.fromMs + span.toMs) / 2,
    records: span.records,
    rows: wanted.length,
  };
  const track = new TrackWindow(size);
  const pressure = new PressureWindow({ ...size, stepMs: span.seconds * 1_000 });
  const isWhole =
    readTrack(store.file, span, { window: track, wanted }) &&
    readPressure(store.file, span, { window: pressure, wanted });
  return isWhole ? { track, pressure } : undefined;
}

/** Rows of which anything is known in the range, and that had a state that is asked for. */
function keep({ rows }: Folded, { states }: TimelineAsked): Uint32Array {
  const wanted = states?.reduce((bits, state) => bits | (1 << TIMELINE_STATES.indexOf(state)), 0);
  const kept: number[] = [];
  for (let row = 0; row < rows.refs.length; row += 1) {
    const seen = rows.seen[row] ?? 0;
    const isEmpty =
      seen === 1 << NO_DATA && rows.connects[row] === 0 && rows.disconnects[row] === 0;
    if (isEmpty || (wanted !== undefined && (seen & wanted) === 0)) continue;
    kept.push(row);
  }
  return Uint32Array.from(kept);
}

type Column = Uint8Array | Uint32Array | Float32Array | Float64Array;

/** The most first, then the next column; names ascend. */
function order(
  { rows }: Folded,
  kept: Uint32Array,
  { asked, ranks }: { readonly asked: TimelineAsked; readonly ranks: Uint32Array },
): Uint32Array {
  // Since before the range is longest ago.
  const since = rows.sinceMs.map((ms) => (Number.isNaN(ms) ? 0 : ms));
  const orders: Readonly<Record<TimelineSort, readonly Column[]>> = {
    name: [],
    flaps: [rows.flaps, rows.disconnects],
    pressure: [rows.pressureMax, rows.dropped],
    dropped: [rows.dropped, rows.pressureMax],
    trouble: [rows.troubleMs],
    worst: [rows.last, since, rows.dropped, rows.flaps],
  };
  const columns = orders[asked.sort];
  const rankOf = (row: number) => ranks[rows.refs[row] ?? 0] ?? 0;
  return kept.sort((a, b) => {
    for (const column of columns) {
      const difference = (column[b] ?? 0) - (column[a] ?? 0);
      if (difference !== 0) return difference;
    }
    return rankOf(a) - rankOf(b);
  });
}

function fleetIn({ file }: HistoryStore, { fromMs, toMs }: SpanView): TimelineFleetMark[] {
  const rows = file.all(
    `SELECT at_ms, kind, reason, count, text FROM event
     WHERE kind IN (${FLEET_KINDS.map((kind) => `'${kind}'`).join(', ')}) AND id >= ? AND id <= ?
     AND at_ms >= ? AND at_ms < ? ORDER BY id DESC LIMIT ${FLEET_MAX}`,
    Math.round(fromMs) * IDS_PER_MS,
    Math.round(toMs + TOLD_LATE_MS) * IDS_PER_MS,
    Math.round(fromMs),
    Math.round(toMs),
  );
  return [...rows].reverse().flatMap(([atMs, kind, reason, count, text]) => {
    const known = FLEET_KINDS.find((one) => one === kind);
    if (known === undefined) return [];
    const counted = Number(count);
    return [
      {
        atMs: Number(atMs),
        kind: known,
        reason: textOf(reason),
        count: counted,
        text: String(text),
      },
    ];
  });
}

function noticesOf({ file }: HistoryStore, { fromMs }: SpanView): string[] {
  const firstMs = file.number('SELECT min(at_ms) FROM states');
  if (firstMs === undefined || firstMs <= fromMs) return [];
  return [`Nothing is kept from before ${new Date(firstMs).toISOString()}.`];
}
