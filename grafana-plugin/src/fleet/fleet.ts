/**
 * A fleet over a time range as columns: intervals of status and pressure, and marks, both row by
 * row. Times in columns are milliseconds since the start of the range.
 */
import { ABSENT, isNotOk, NEAR_MARK, NODATA, SLOW } from './statuses';

/** Kinds of marks, as bytes. */
export const CONNECT = 0;
export const DISCONNECT = 1;
export const DROP = 2;

export interface Segments {
  /** First segment of each minion, and one more at the end. */
  readonly row: Uint32Array;
  readonly start: Uint32Array;
  readonly status: Uint8Array;
  /** Share of the mark, 255 = at the mark; 0 also where it is not known. */
  readonly pressure: Uint8Array;
}

export interface Marks {
  readonly row: Uint32Array;
  readonly at: Uint32Array;
  readonly kind: Uint8Array;
  /** Messages, for drops; else 1. */
  readonly count: Uint32Array;
}

/** Something that happened to the whole fleet. `until` for what lasted. */
export interface FleetEvent {
  readonly kind: 'restart' | 'storm' | 'gap';
  readonly at: number;
  readonly until?: number;
  readonly text: string;
  /** For where there is no room. */
  readonly short: string;
}

/** What is known of a minion beside its columns. `null` = not known, never 0. */
export interface MinionFacts {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly flaps: number | null;
  readonly dropped: number | null;
  /** What its identity rests on. */
  readonly basis?: string;
  /** Sentences about the status it has at the end of the range. */
  readonly evidence?: string;
  readonly evidenceFrom?: string;
}

export interface Minion extends MinionFacts {
  readonly index: number;
  /** At the end of the range. */
  readonly now: number;
  /** Since when it has that status; 0 = since before the range began. */
  readonly since: number;
  readonly worst: number;
  readonly pressureNow: number;
  readonly pressureMax: number;
  /** Higher stands above in "worst first". */
  readonly score: number;
}

export interface Fleet {
  readonly startMs: number;
  readonly span: number;
  readonly minions: readonly Minion[];
  readonly segments: Segments;
  readonly marks: Marks;
  readonly events: readonly FleetEvent[];
  /** Messages at the mark; null = not known, then pressure is shown as a share only. */
  readonly hwm: number | null;
  /** How far apart the samples are that it was made of; null = it was told interval by interval. */
  readonly stepMs: number | null;
  /** Sentences for the reader: what was left out, who did not answer. */
  readonly notices: readonly string[];
}

/** One minion's intervals and marks, in order of time. */
export interface MinionColumns {
  readonly start: ArrayLike<number>;
  readonly status: ArrayLike<number>;
  readonly pressure: ArrayLike<number>;
  readonly markAt: ArrayLike<number>;
  readonly markKind: ArrayLike<number>;
  readonly markCount: ArrayLike<number>;
}

/** Worst first: losing now, then severity, then the newest change; the healthy by what they went through. */
function scoreOf(seen: {
  readonly now: number;
  readonly since: number;
  readonly pressureNow: number;
  readonly flaps: number;
  readonly dropped: number;
  readonly hurtShare: number;
}): number {
  const losing = seen.now > SLOW && seen.now < ABSENT && seen.pressureNow >= NEAR_MARK;
  const rank = losing ? ABSENT + 1 : seen.now;
  if (isNotOk(seen.now)) return rank * 1e12 + seen.since;
  const past = seen.dropped * 1e5 + seen.flaps * 1e3 + seen.hurtShare * 999;
  return Math.min(9e11, past) - (seen.now === NODATA ? 1 : 0);
}

class Column {
  #values: Uint32Array;
  length = 0;

  constructor(capacity: number) {
    this.#values = new Uint32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const wider = new Uint32Array(this.#values.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  words(): Uint32Array {
    return this.#values.slice(0, this.length);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#values.subarray(0, this.length));
  }
}

/** Collects minions one after the other; equal neighbours become one interval. */
export class FleetBuilder {
  readonly #startMs: number;
  readonly #span: number;
  readonly #minions: Minion[] = [];
  readonly #row = new Column(1024);
  readonly #start = new Column(16_384);
  readonly #status = new Column(16_384);
  readonly #pressure = new Column(16_384);
  readonly #markRow = new Column(1024);
  readonly #markAt = new Column(4096);
  readonly #markKind = new Column(4096);
  readonly #markCount = new Column(4096);

  constructor(startMs: number, span: number) {
    this.#startMs = startMs;
    this.#span = Math.max(1, span);
  }

  add(facts: MinionFacts, columns: MinionColumns): void {
    this.#row.push(this.#start.length);
    this.#markRow.push(this.#markAt.length);
    const seen = this.#addSegments(columns);
    for (let k = 0; k < columns.markAt.length; k++) {
      this.#markAt.push(this.#clamp(columns.markAt[k]));
      this.#markKind.push(columns.markKind[k]);
      this.#markCount.push(columns.markCount[k]);
    }
    const { hurt, ...kept } = seen;
    const past = { flaps: facts.flaps ?? 0, dropped: facts.dropped ?? 0 };
    const score = scoreOf({ ...kept, ...past, hurtShare: hurt / this.#span });
    this.#minions.push({ ...facts, ...kept, index: this.#minions.length, score });
  }

  #clamp(time: number): number {
    return Math.max(0, Math.min(this.#span, Math.round(time)));
  }

  #addSegments({ start, status, pressure }: MinionColumns) {
    const seen = { now: NODATA, since: 0, worst: 0, pressureNow: 0, pressureMax: 0, hurt: 0 };
    let beforeGap = -1;
    let written = 0;
    const count = Math.max(1, start.length);
    for (let k = 0; k < count; k++) {
      const code = start.length === 0 ? NODATA : status[k];
      const share = start.length === 0 ? 0 : pressure[k];
      const from = k === 0 ? 0 : this.#clamp(start[k]);
      const until = k + 1 < start.length ? this.#clamp(start[k + 1]) : this.#span;
      if (code !== seen.now || written === 0) {
        // A gap in the recording does not end a state that is the same on both sides.
        const goesOn = seen.now === NODATA && code === beforeGap;
        if (code !== NODATA && !goesOn) seen.since = from;
        if (seen.now !== NODATA) beforeGap = seen.now;
      }
      if (written === 0 || code !== seen.now || share !== seen.pressureNow) {
        this.#start.push(from);
        this.#status.push(code);
        this.#pressure.push(share);
        written += 1;
      }
      seen.now = code;
      seen.pressureNow = share;
      if (code > seen.worst) seen.worst = code;
      if (share > seen.pressureMax) seen.pressureMax = share;
      if (code >= SLOW) seen.hurt += until - from;
    }
    return seen;
  }

  build(rest: Pick<Fleet, 'events' | 'hwm' | 'stepMs' | 'notices'>): Fleet {
    this.#row.push(this.#start.length);
    this.#markRow.push(this.#markAt.length);
    return {
      ...rest,
      startMs: this.#startMs,
      span: this.#span,
      minions: this.#minions,
      segments: {
        row: this.#row.words(),
        start: this.#start.words(),
        status: this.#status.bytes(),
        pressure: this.#pressure.bytes(),
      },
      marks: {
        row: this.#markRow.words(),
        at: this.#markAt.words(),
        kind: this.#markKind.bytes(),
        count: this.#markCount.words(),
      },
    };
  }
}

/** Index of the segment of minion `i` that holds `time`. */
export function seek({ row, start }: Segments, i: number, time: number): number {
  let low = row[i];
  let high = row[i + 1] - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (start[middle] <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where segment `k` of minion `i` ends. */
export function endOf(fleet: Fleet, i: number, k: number): number {
  return k + 1 < fleet.segments.row[i + 1] ? fleet.segments.start[k + 1] : fleet.span;
}
