/**
 * The latest day in memory, as long as somebody asks for timelines: read out of the file once, then
 * told what is written. Whatever is unusual drops it, and it is read anew.
 */
import { readPressure, readTrack, statesAt } from './past-reader.js';
import { PressureWindow } from './pressure-window.js';
import type { SampleRows } from './sample-rows.js';
import type { StoreFile } from './store-file.js';
import type { TrackPart } from './track.js';
import { TrackWindow } from './track-window.js';

/** A day, and an hour in which it may be asked for. */
export const RECENT_MS = 25 * 3_600_000;
/** Eight bytes each: 20 MB; a day of 10,000 minions that change a hundred times takes half of it. */
const TRACK_RECORDS = 2_500_000;
/** Nobody asked for so long: the memory is given back. */
const IDLE_MS = 3_600_000;
/** Steps of pressure that are held: 8 MB and 4 MB at most. */
const STEPS = [
  { seconds: 10, heldMs: 7 * 3_600_000, records: 500_000 },
  { seconds: 60, heldMs: RECENT_MS, records: 1_000_000 },
] as const;

export class RecentPast {
  readonly track: TrackWindow;
  readonly #pressures: readonly PressureWindow[];
  /** From here on everything is known. */
  #fromMs: number;
  /** Where the file began when it was read. */
  readonly #fileFromMs: number;
  #askedMs: number;

  private constructor(
    rows: number,
    {
      fromMs,
      fileFromMs,
      nowMs,
    }: { readonly fromMs: number; readonly fileFromMs: number; readonly nowMs: number },
  ) {
    const baseMs = nowMs;
    this.#fromMs = fromMs;
    this.#fileFromMs = fileFromMs;
    this.#askedMs = nowMs;
    this.track = new TrackWindow({ baseMs, records: TRACK_RECORDS, rows });
    this.#pressures = STEPS.map(
      ({ seconds, records }) =>
        new PressureWindow({ baseMs, records, rows, stepMs: seconds * 1_000 }),
    );
  }

  /** undefined: so much happened that it does not fit. */
  static read(file: StoreFile, { rows, nowMs }: { rows: number; nowMs: number }) {
    const fromMs = nowMs - RECENT_MS;
    // All that is there, whatever the clock said when it was written.
    const toMs = Number.MAX_SAFE_INTEGER / 2;
    const begunMs = statesAt(file, fromMs);
    const recent = new RecentPast(rows, {
      fromMs: begunMs ?? Number.NEGATIVE_INFINITY,
      fileFromMs: firstStates(file),
      nowMs,
    });
    if (!readTrack(file, { fromMs, toMs }, { window: recent.track })) return undefined;
    for (const [index, window] of recent.#pressures.entries()) {
      const heldMs = STEPS[index]?.heldMs ?? 0;
      const sinceMs = Math.min(nowMs - heldMs, begunMs ?? nowMs - heldMs);
      if (!readPressure(file, { fromMs: sinceMs, toMs }, { window })) return undefined;
    }
    return recent;
  }

  /** What a timeline from `fromMs` on is folded from; undefined: the file has to be asked. */
  past(fromMs: number, { stepSeconds, nowMs }: { stepSeconds: number; nowMs: number }) {
    if (fromMs < this.#fromMs) return undefined;
    this.#askedMs = nowMs;
    // A coarser step would be as good as the minute, and is not held.
    const pressure = this.#pressures.findLast(({ stepMs }) => stepMs <= stepSeconds * 1_000);
    return pressure === undefined ? undefined : { track: this.track, pressure };
  }

  /** False: there is no room for it. */
  heard(part: TrackPart): boolean {
    const { chains } = this.track;
    // A reset is a record of everybody.
    return chains.room >= part.track.count + chains.rows && this.track.append(part);
  }

  /** False: there is no room for it, or the clock was set back. */
  sampled(seconds: number, sample: { readonly atMs: number; readonly rows: SampleRows }): boolean {
    const window = this.#pressures.find(({ stepMs }) => stepMs === seconds * 1_000);
    return window === undefined || window.put(sample);
  }

  /** False: nobody asks for it any more, or the file begins later. */
  keep(file: StoreFile, nowMs: number): boolean {
    const isCut = firstStates(file) > Math.max(this.#fromMs, this.#fileFromMs);
    if (isCut || nowMs - this.#askedMs > IDLE_MS) return false;
    this.#fromMs = Math.max(this.#fromMs, nowMs - RECENT_MS);
    this.track.trim(nowMs - RECENT_MS);
    for (const [index, window] of this.#pressures.entries()) {
      window.trim(nowMs - (STEPS[index]?.heldMs ?? 0));
    }
    return true;
  }
}

function firstStates(file: StoreFile): number {
  return file.number('SELECT min(at_ms) FROM states') ?? Number.NEGATIVE_INFINITY;
}
