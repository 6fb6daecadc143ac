/** Batches of the event bus as rows that people read: names instead of their numbers. */
import {
  type BusBatch,
  CANARY,
  CANARY_ABSENT,
  CANARY_SAME,
  createBusColumns,
  FORGED,
  JOB_GONE,
  JOB_RUNS,
  MIRRORED,
  type NameNews,
  NO_CODE,
  SCHEDULED,
  SUCCESS,
  SUCCESS_SAID,
  TRIMMED,
} from '../../exporter/src/domain/bus-batch.js';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { BUS_KINDS } from '../../exporter/src/domain/vocabulary.js';
import type { EventRows } from '../../exporter/src/sources/event-bus/decode.js';
import { EventDecoder } from '../../exporter/src/sources/event-bus/decode.js';
import { takeNews } from '../../exporter/src/sources/event-bus/event-names.js';
import { createSegment } from '../../exporter/src/sources/event-bus/segments.js';

export interface ReadRow {
  readonly kind: string;
  readonly minion?: string | undefined;
  readonly jid?: string | undefined;
  readonly fun?: string | undefined;
  readonly state?: string | undefined;
  readonly about?: string | undefined;
  readonly code?: number | undefined;
  readonly flags?: string | undefined;
  readonly stampWallMs?: number | undefined;
  readonly minions?: readonly (string | undefined)[] | undefined;
  readonly missing?: number | undefined;
  readonly unlisted?: number | undefined;
  readonly targetType?: string | undefined;
}

const FLAGS = {
  success: SUCCESS,
  said: SUCCESS_SAID,
  scheduled: SCHEDULED,
  trimmed: TRIMMED,
  canary: CANARY,
  same: CANARY_SAME,
  absent: CANARY_ABSENT,
  runs: JOB_RUNS,
  gone: JOB_GONE,
  forged: FORGED,
  mirrored: MIRRORED,
};

/** A copy of what a source lends: of each column the rows that it filled. */
export function keptBatch(batch: BusBatch): BusBatch {
  const columns = Object.entries(batch).map(([name, column]) =>
    ArrayBuffer.isView(column) ? [name, firstOf(column, batch.count)] : [name, column],
  );
  return Object.fromEntries(columns);
}

function firstOf(column: ArrayBufferView, count: number): unknown {
  return 'slice' in column && typeof column.slice === 'function' ? column.slice(0, count) : column;
}

/** Keeps the names that batches told, as the domain does. */
export class BatchReader {
  readonly #names = { minions: new Texts(), jids: new Texts(), funs: new Texts() };

  /** What is not there is left out. */
  rows(batch: BusBatch): ReadRow[] {
    const { minions, jids, funs } = this.#names;
    minions.take(batch.names.minions);
    jids.take(batch.names.jids);
    funs.take(batch.names.funs);
    return Array.from({ length: batch.count }, (_each, row) => {
      const announced = batch.announcements.find((each) => each.row === row);
      const flags = batch.flags[row] ?? 0;
      const code = batch.code[row] ?? NO_CODE;
      const stampWallMs = batch.stampWallMs[row] ?? Number.NaN;
      return onlyKnown({
        kind: BUS_KINDS[batch.event[row] ?? -1] ?? 'none',
        minion: minions.at(batch.minion[row]),
        jid: jids.at(batch.jid[row]),
        fun: funs.at(batch.fun[row]),
        state: funs.at(batch.state[row]),
        about: jids.at(batch.about[row]),
        code: code === NO_CODE ? undefined : code,
        flags: flagWords(flags),
        stampWallMs: Number.isNaN(stampWallMs) ? undefined : stampWallMs,
        minions: announced && Array.from(announced.minions, (number) => minions.at(number)),
        missing: announced?.missing,
        unlisted: announced?.unlisted,
        targetType: announced?.targetType,
      });
    });
  }

  /** All rows of what a source emitted. */
  rowsOf(seen: readonly Observation[]): ReadRow[] {
    return seen.flatMap((each) => (each.kind === 'bus_batch' ? this.rows(each) : []));
  }
}

class Texts {
  #generation = -1;
  #texts: string[] = [];

  take({ generation, first, texts }: NameNews): void {
    if (generation !== this.#generation) this.#texts = [];
    this.#generation = generation;
    if (first !== this.#texts.length) throw new Error(`${first} follows ${this.#texts.length}`);
    this.#texts.push(...texts);
  }

  /** Throws when a number was never told. */
  at(number = -1): string | undefined {
    if (number === -1) return undefined;
    const text = this.#texts[number];
    if (text === undefined) throw new Error(`number ${number} was not told`);
    return text;
  }
}

function flagWords(flags: number): string | undefined {
  const words = Object.entries(FLAGS).flatMap(([word, flag]) => ((flags & flag) > 0 ? [word] : []));
  return words.length > 0 ? words.join(' ') : undefined;
}

function onlyKnown(row: ReadRow): ReadRow {
  const known = Object.entries(row).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as unknown as ReadRow;
}

/** A decoder with room for so many rows, and what it decoded. */
export function decoding(rowsMax = 64) {
  const decoder = new EventDecoder(Math.random);
  const reader = new BatchReader();
  const rows: EventRows = {
    columns: createBusColumns(rowsMax),
    count: 0,
    announcements: [],
    stats: [],
  };
  const take = () => {
    const batch: BusBatch = {
      kind: 'bus_batch',
      ...rows.columns,
      count: rows.count,
      names: takeNews(decoder.names),
      announcements: rows.announcements.splice(0),
      stats: rows.stats.splice(0),
      backlogBytes: 0,
    };
    rows.count = 0;
    return { batch, read: reader.rows(batch) };
  };
  return { decoder, rows, take };
}

/** Decodes one body, bytes of another one behind it; its row, or why there is none. */
export function decodeBody(body: Buffer, whole = true): ReadRow | string {
  const { decoder, rows, take } = decoding();
  const { bytes, view } = createSegment(body.length + 12);
  bytes.fill(0xc1);
  body.copy(bytes, 7);
  const frame = { bytes, view, start: 7, end: 7 + body.length, whole };
  const problem = decoder.decode(frame, 5, rows);
  return problem ?? take().read[0] ?? 'nothing';
}
