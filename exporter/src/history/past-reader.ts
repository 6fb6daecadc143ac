/** Track and pressure of a stretch of time out of the file, some bodies at a time. */
import type { PressureWindow } from './pressure-window.js';
import type { SpanView } from './record.js';
import { viewSamples } from './sample-rows.js';
import { blobOf, type StoreFile } from './store-file.js';
import { decodeStates, encodeTrack, OP_STATE, type TrackPart, viewTrack } from './track.js';
import type { TrackWindow } from './track-window.js';

/** Bodies in memory at once: some megabytes. */
const PAGE = 16;
/** Bytes of a record in a body of the track. */
const RECORD_BYTES = 13;
/** A joined body stands under the instant of its last record, ten minutes on; a record is written a minute late at most. */
const JOINED_MS = 660_000;

/** Instant of the states that a stretch begins with; undefined = everything began later. */
export function statesAt(file: StoreFile, fromMs: number): number | undefined {
  return file.number('SELECT max(at_ms) FROM states WHERE at_ms <= ?', Math.floor(fromMs));
}

/** Records of the track that a stretch may need. */
export function countTrack(file: StoreFile, { fromMs, toMs }: SpanView): number {
  const sql = 'SELECT sum(length(body)) FROM track WHERE at_ms > ? AND at_ms <= ?';
  const bytes = file.number(sql, statesAt(file, fromMs) ?? 0, Math.round(toMs + JOINED_MS)) ?? 0;
  return Math.ceil(bytes / RECORD_BYTES);
}

/** Into an empty window, of `wanted` refs or of all. False: the window is too small. */
export function readTrack(
  file: StoreFile,
  { fromMs, toMs }: SpanView,
  { window, wanted }: { readonly window: TrackWindow; readonly wanted?: Uint8Array | undefined },
): boolean {
  const begunMs = statesAt(file, fromMs);
  const firstMs = begunMs ?? file.number('SELECT min(at_ms) FROM states');
  if (firstMs !== undefined) {
    const [states] = file.all('SELECT body FROM states WHERE at_ms = ?', firstMs);
    const isBefore = begunMs !== undefined;
    const put = (ref: number, code: number) => {
      if (wanted !== undefined && wanted[ref] !== 1) return;
      if (isBefore) window.begin(ref, code);
      else window.append(stateRecord(ref, code, firstMs));
    };
    decodeStates(blobOf(states?.[0]), put);
  }
  const pages = pagesOf(file, 'track', { fromMs: begunMs ?? 0, toMs: toMs + JOINED_MS });
  for (const { atMs, body } of pages) {
    if (!window.append({ baseMs: atMs, track: viewTrack(body) }, wanted)) return false;
  }
  return true;
}

/** Into an empty window, of `wanted` refs or of all. False: the window is too small. */
export function readPressure(
  file: StoreFile,
  { fromMs, toMs }: SpanView,
  { window, wanted }: { readonly window: PressureWindow; readonly wanted?: Uint8Array | undefined },
): boolean {
  const table = `sample_${window.stepMs / 1_000}`;
  for (const { atMs, body } of pagesOf(file, table, { fromMs: fromMs - window.stepMs, toMs })) {
    if (!window.put({ atMs, rows: viewSamples(body) }, wanted)) return false;
  }
  return true;
}

/** Ascending, after `fromMs` to `toMs`. */
function* pagesOf(file: StoreFile, table: string, { fromMs, toMs }: SpanView) {
  const sql = `SELECT at_ms, body FROM ${table} WHERE at_ms > ? AND at_ms <= ? ORDER BY at_ms LIMIT ${PAGE}`;
  let afterMs = Math.round(fromMs);
  for (;;) {
    const rows = file.all(sql, afterMs, Math.round(toMs));
    for (const [atMs, body] of rows) yield { atMs: Number(atMs), body: blobOf(body) };
    if (rows.length < PAGE) return;
    afterMs = Number(rows.at(-1)?.[0]);
  }
}

function stateRecord(ref: number, value: number, atMs: number): TrackPart {
  const body = encodeTrack(atMs, [{ ref, atMs, value, op: OP_STATE }]);
  return { baseMs: atMs, track: viewTrack(body) };
}
