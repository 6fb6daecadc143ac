/** A timeline out of the store: reads states, track and samples of the range, folds, sorts, cuts the page. */
import { fold } from './fold.js';
import type { Folded } from './fold-result.js';
import { idFilter } from './id-filter.js';
import type { TimelineAsked } from './queries.js';
import type { SpanView } from './record.js';
import { IDS_PER_MS, TOLD_LATE_MS } from './record.js';
import { viewSamples } from './sample-rows.js';
import type { HistoryStore } from './store.js';
import { blobOf, textOf } from './store-file.js';
import { SAMPLE_STEPS } from './store-schema.js';
import { timelineBody } from './timeline-body.js';
import { NO_DATA, TIMELINE_STATES } from './timeline-states.js';
import type { TimelineFleetMark } from './timeline-view.js';
import { decodeStates, type TrackPart, viewTrack } from './track.js';

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
/** A record is written at most this long after its instant. */
const LATE_MS = 60_000;

export function timelineJson(store: HistoryStore, asked: TimelineAsked): Uint8Array {
  const { range, refs, rowOf } = rowsOf(store, asked);
  const { states, fromMs } = statesBefore(store, asked, rowOf);
  const step = stepFor(asked);
  const folded = fold({
    range,
    rowOf,
    refs,
    states,
    parts: partsOf(store, fromMs, asked.toMs),
    samples: samplesOf(store, asked, step.seconds),
    stepMs: step.seconds * 1_000,
  });
  const kept = keep(folded, asked);
  const ids = Array.from(refs, (ref) => store.minions.idOf(ref));
  const sorted = order(folded, kept, { asked, ids });
  const page = sorted.slice(asked.offset, asked.offset + asked.limit);
  const gaps = gapsIn(store, asked);
  const body = timelineBody(folded, page, {
    asked,
    of: kept.length,
    ids,
    stepSeconds: step.seconds,
    fleet: fleetIn(store, asked),
    gaps,
    notices: noticesOf(store, asked),
  });
  return Buffer.from(JSON.stringify(body));
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

function rowsOf(store: HistoryStore, asked: TimelineAsked) {
  const filter = idFilter(asked);
  const refs: number[] = [];
  for (const [id, ref] of store.minions.entries()) if (filter?.(id) ?? true) refs.push(ref);
  const rowOf = new Int32Array(store.minions.limit).fill(-1);
  for (const [row, ref] of refs.entries()) rowOf[ref] = row;
  const { fromMs, toMs, columns } = asked;
  return { range: { fromMs, toMs, columns }, refs: Uint32Array.from(refs), rowOf };
}

/** As it was written last before the range; the track from there on says the rest. */
function statesBefore(store: HistoryStore, { fromMs }: SpanView, rowOf: Int32Array) {
  const sql = 'SELECT at_ms, body FROM states WHERE at_ms <= ? ORDER BY at_ms DESC LIMIT 1';
  const [found] = store.file.all(sql, Math.round(fromMs));
  const states = new Uint8Array(rowOf.length).fill(NO_DATA);
  if (found === undefined) return { states, fromMs: 0 };
  decodeStates(blobOf(found[1]), (ref, code) => {
    const row = rowOf[ref] ?? -1;
    if (row >= 0) states[row] = code;
  });
  return { states, fromMs: Number(found[0]) };
}

function partsOf({ file }: HistoryStore, fromMs: number, toMs: number): TrackPart[] {
  const rows = file.all(
    'SELECT at_ms, body FROM track WHERE at_ms > ? AND at_ms <= ? ORDER BY at_ms',
    fromMs,
    Math.round(toMs + JOINED_MS),
  );
  return rows.map(([atMs, body]) => ({ baseMs: Number(atMs), track: viewTrack(blobOf(body)) }));
}

/** A joined body stands under the instant of its last record, ten minutes on at most. */
const JOINED_MS = 600_000 + LATE_MS;

function samplesOf({ file }: HistoryStore, { fromMs, toMs }: SpanView, seconds: number) {
  const rows = file.all(
    `SELECT at_ms, body FROM sample_${seconds} WHERE at_ms > ? AND at_ms < ? ORDER BY at_ms`,
    Math.round(fromMs - seconds * 1_000),
    Math.round(toMs),
  );
  return rows.map(([atMs, body]) => ({ atMs: Number(atMs), rows: viewSamples(blobOf(body)) }));
}

/** Rows of which anything is known in the range, and that had a state that is asked for. */
function keep({ rows }: Folded, { states }: TimelineAsked): number[] {
  const wanted = states?.reduce((bits, state) => bits | (1 << TIMELINE_STATES.indexOf(state)), 0);
  const kept: number[] = [];
  for (let row = 0; row < rows.refs.length; row += 1) {
    const seen = rows.seen[row] ?? 0;
    const isEmpty =
      seen === 1 << NO_DATA && rows.connects[row] === 0 && rows.disconnects[row] === 0;
    if (isEmpty || (wanted !== undefined && (seen & wanted) === 0)) continue;
    kept.push(row);
  }
  return kept;
}

function order(
  { rows }: Folded,
  kept: readonly number[],
  { asked, ids }: { readonly asked: TimelineAsked; readonly ids: readonly string[] },
): number[] {
  const name = (a: number, b: number) => ((ids[a] ?? '') < (ids[b] ?? '') ? -1 : 1);
  const most = (column: { readonly [row: number]: number | undefined }) => (a: number, b: number) =>
    (column[b] ?? 0) - (column[a] ?? 0);
  const newest = (a: number, b: number) => sinceOf(rows, b) - sinceOf(rows, a);
  const orders = {
    name: [],
    flaps: [most(rows.flaps), most(rows.disconnects)],
    pressure: [most(rows.pressureMax), most(rows.dropped)],
    dropped: [most(rows.dropped), most(rows.pressureMax)],
    trouble: [most(rows.troubleMs)],
    worst: [most(rows.last), newest, most(rows.dropped), most(rows.flaps)],
  } as const;
  const compare = [...orders[asked.sort], name];
  return [...kept].sort((a, b) => {
    for (const by of compare) {
      const difference = by(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function sinceOf({ sinceMs }: Folded['rows'], row: number): number {
  const ms = sinceMs[row] ?? Number.NaN;
  return Number.isNaN(ms) ? 0 : ms;
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
