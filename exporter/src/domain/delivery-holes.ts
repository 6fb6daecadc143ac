/**
 * How many messages a number of missing bytes are, from how libzmq drops (pipe.cpp): a pipe takes
 * messages until `written − confirmed` reaches the mark, and its reader confirms every half mark.
 * So holes begin at certain counts of accepted messages only, and behind each hole at least half a
 * mark is accepted in one piece. All ways to lay such holes are searched; they must agree.
 */
import type { Steps } from './steps.js';

/** What is searched: the messages of one link since it had everything. */
export interface HoleQuery {
  /** Bytes of the first n messages of the window, n from 0 on. */
  readonly ends: Float64Array;
  /** Bytes that are missing of it. */
  readonly bytes: number;
  readonly hwm: number;
  /** Messages that the pipe had accepted before the window; NaN = not known. */
  readonly written: number;
  /** Of those, how many may not have been confirmed: 0 when the pipe had been empty for long. */
  readonly unconfirmed: number;
  readonly sights: HoleSights;
}

/**
 * How far the kernel had been fed at instants within the window, oldest first. `low` messages had
 * been published for certain, `high` at most a moment later.
 */
export interface HoleSights {
  count: number;
  readonly bytes: Float64Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  /** Heartbeats that may be among these bytes. */
  pingsBytes: number;
}

export interface HolesFound {
  /** Fewest and most messages that fit; `least > most`: nothing fits. */
  least: number;
  most: number;
  /** Counts accepted before the window, modulo half a mark, that fit: how many, and the last. */
  phases: number;
  phase: number;
}

/** Room for one search, to be used again. */
export interface HoleSearch {
  /** Steps that may still be done; the search ends undecided with the last. */
  steps: number;
  /** Of these, until the next pause. */
  slice: number;
  readonly levels: readonly [Level, Level];
  readonly buckets: Int32Array;
}

/** Places where the search stands behind one hole. */
interface Level {
  count: number;
  readonly dropped: Uint32Array;
  readonly missing: Float64Array;
  /** The next hole ends within these. */
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly bucket: Uint32Array;
}

/** Half a mark, rounded up, as libzmq's `compute_lwm`. */
export function creditStep(hwm: number): number {
  return Math.floor((hwm + 1) / 2);
}

/** libzmq's encoder takes this much out of the pipe at a time, or one larger message. */
const ENCODER_BYTES = 8_192;
/** What remembering a place costs, in steps: memory all over. */
const PUT_STEPS = 5;
/** Forgetting so many places (a power of two) is a step. */
const CLEAR_SHIFT = 4;
const PLACES = 65_536;
/** Steps between two pauses: a quarter of a millisecond of CPU, cold code some times that. */
const SLICE_STEPS = 4_000;
/** What `spread` says when it did all, and when there was no room or no step left. */
const SPREAD = -1;
const GIVEN_UP = -2;

export function createHoleSearch(): HoleSearch {
  const level = (): Level => ({
    count: 0,
    dropped: new Uint32Array(PLACES),
    missing: new Float64Array(PLACES),
    low: new Uint32Array(PLACES),
    high: new Uint32Array(PLACES),
    bucket: new Uint32Array(PLACES),
  });
  return { steps: 0, slice: 0, levels: [level(), level()], buckets: new Int32Array(PLACES * 4) };
}

/** Before each search: its steps, and no places of one that was left half done. */
export function beginSearch(search: HoleSearch, steps: number): void {
  search.steps = steps;
  search.slice = SLICE_STEPS;
  search.buckets.fill(0);
}

export const NOTHING_FITS: HolesFound = {
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
  phases: 0,
  phase: Number.NaN,
};

/**
 * Adds to `found` the counts of messages that fit, until two differ. False when the search was
 * given up. In steps of SLICE_STEPS; nothing of the query may change between two. A worked example: mark 4, nothing accepted before, sizes 10 11 12 13 14 15 16 17 18, 29
 * bytes missing: the first four are accepted; 14 + 15 are one hole that ends with a credit, behind
 * which two are accepted at least. 12 + 17 are no holes: the pipe was not full after two.
 */
export function* findHoles(
  search: HoleSearch,
  query: HoleQuery,
  found: HolesFound,
): Steps<boolean> {
  const step = creditStep(query.hwm);
  if (!Number.isNaN(query.written)) return yield* findFrom(search, query, found);
  for (let phase = 0; phase < step; phase += 1) {
    if (!(yield* findFrom(search, { ...query, written: phase + step }, found))) return false;
    if (found.least < found.most) return true;
  }
  return true;
}

function* findFrom(search: HoleSearch, query: HoleQuery, found: HolesFound): Steps<boolean> {
  const { ends, written, hwm } = query;
  const step = creditStep(hwm);
  const messages = ends.length - 1;
  const fits = (dropped: number) => {
    found.least = Math.min(found.least, dropped);
    found.most = Math.max(found.most, dropped);
    const phase = (((written + messages - dropped) % step) + step) % step;
    if (found.phases === 0 || found.phase !== phase) found.phases += 1;
    found.phase = phase;
  };
  const from = firstFull(query) - written;
  const read = from - hwm + step;
  const start = read >= 1 ? (ends[Math.min(read - 1, messages)] ?? 0) : -1;
  let [at, next] = search.levels;
  at.count = 0;
  next.count = 0;
  put(search, at, { dropped: 0, missing: 0, ...bounds(query, start) });
  let goesOn = true;
  for (let accepted = from; goesOn && at.count > 0; accepted += step) {
    clear(search, at);
    takeSteps(search, at.count >> CLEAR_SHIFT);
    next.count = 0;
    for (let place = 0; goesOn && place < at.count; place += 1) {
      let end = 0;
      do {
        if (search.slice <= 0) {
          yield;
          search.slice = SLICE_STEPS;
        }
        end = spread(search, { query, at, place, next, accepted, end }, fits);
      } while (end >= 0);
      goesOn = end === SPREAD;
      if (found.least < found.most) break;
    }
    [at, next] = [next, at];
    if (found.least < found.most) break;
  }
  clear(search, at);
  return goesOn;
}

/**
 * Accepted messages, counted as `written` is, at which the pipe can be full for the first time: what
 * had been confirmed when it was last empty, and the mark.
 */
function firstFull({ written, unconfirmed, hwm }: HoleQuery): number {
  const step = creditStep(hwm);
  const full = Math.floor((written - unconfirmed) / step) * step + hwm;
  return full >= written ? full : full + Math.ceil((written - full) / step) * step;
}

interface Standing {
  readonly query: HoleQuery;
  readonly at: Level;
  readonly place: number;
  readonly next: Level;
  /** Messages of the window that are accepted before the pipe is full. */
  readonly accepted: number;
  /** Holes that end before this message were looked at. */
  readonly end: number;
}

/**
 * All holes that can begin where the search stands; none is one of them. SPREAD, GIVEN_UP, or where
 * it is to go on after a pause.
 */
function spread(
  search: HoleSearch,
  { query, at, place, next, accepted, end: begun }: Standing,
  fits: (dropped: number) => void,
): number {
  const { ends, bytes, hwm } = query;
  const messages = ends.length - 1;
  const step = creditStep(hwm);
  takeSteps(search, 1);
  if (search.steps < 0) return GIVEN_UP;
  const dropped = at.dropped[place] ?? 0;
  const missing = at.missing[place] ?? 0;
  const from = accepted + dropped;
  const need = bytes - missing;
  if (from >= messages) {
    if (need === 0) fits(dropped);
    return SPREAD;
  }
  const endOf = (n: number) => ends[n] ?? 0;
  const base = endOf(from);
  const to = Math.min(messages, Math.max(from, at.high[place] ?? 0));
  const first = Math.max(from, at.low[place] ?? 0, begun);
  // The credit that ends the next hole is sent for this message, which begins here.
  const isEven = 2 * step === hwm;
  const start = isEven && from === 0 ? -1 : endOf(isEven ? from - 1 : from) - missing;
  const limits = bounds(query, start);
  for (let end = first; end <= to; end += 1) {
    const sum = endOf(end) - base;
    if (sum > need) break;
    if (search.slice <= 0) return end;
    takeSteps(search, 1);
    if (search.steps < 0) return GIVEN_UP;
    const count = dropped + end - from;
    if (end + step >= messages) {
      const last = lastHole(ends, base + need, { from: end, to });
      if (last >= 0) fits(dropped + last - from);
      return SPREAD;
    }
    const left = need - sum;
    const behind = end + step;
    if (left > endOf(messages) - endOf(behind)) continue;
    if (behind + step >= messages) {
      // Behind it there is room for one more hole only.
      const range = { from: Math.max(behind, limits.low), to: Math.max(behind, limits.high) };
      const last = lastHole(ends, endOf(behind) + left, range);
      if (last >= 0) fits(count + last - behind);
    } else if (!put(search, next, { dropped: count, missing: missing + sum, ...limits })) {
      return GIVEN_UP;
    }
  }
  return SPREAD;
}

function takeSteps(search: HoleSearch, steps: number): void {
  search.steps -= steps;
  search.slice -= steps;
}

/** The message with which the last hole ends: where its bytes are all that was missing; −1 = none. */
function lastHole(
  ends: Float64Array,
  offset: number,
  range: { readonly from: number; readonly to: number },
): number {
  let low = range.from;
  let high = range.to;
  if (low > high) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return ends[low] === offset ? low : -1;
}

/**
 * Where a hole ends that ends with the credit for a message that begins at `start`. While the kernel
 * had less than an encoder's fill before it, it was not read, and nothing published by then can have
 * been accepted behind the hole; once the kernel had a part of it, nothing later was dropped.
 */
function bounds({ sights, ends }: HoleQuery, start: number): { low: number; high: number } {
  let low = 0;
  for (let n = sights.count - 1; n >= 0; n -= 1) {
    if ((sights.bytes[n] ?? 0) + ENCODER_BYTES > start) continue;
    low = sights.low[n] ?? 0;
    break;
  }
  for (let n = 0; n < sights.count; n += 1) {
    if ((sights.bytes[n] ?? 0) - sights.pingsBytes <= start) continue;
    return { low, high: sights.high[n] ?? 0 };
  }
  return { low, high: ends.length - 1 };
}

interface Place {
  readonly dropped: number;
  readonly missing: number;
  readonly low: number;
  readonly high: number;
}

/** Two ways to the same place are one, with the wider bounds. False when there is no room. */
function put(search: HoleSearch, level: Level, { dropped, missing, low, high }: Place): boolean {
  const { buckets } = search;
  takeSteps(search, PUT_STEPS);
  const mask = buckets.length - 1;
  let bucket = (Math.imul(missing | 0, 0x9e3779b1) ^ Math.imul(dropped, 0x85ebca6b)) & mask;
  for (; ; bucket = (bucket + 1) & mask) {
    const known = (buckets[bucket] ?? 0) - 1;
    if (known < 0) break;
    if (level.dropped[known] !== dropped || level.missing[known] !== missing) continue;
    level.low[known] = Math.min(level.low[known] ?? 0, low);
    level.high[known] = Math.max(level.high[known] ?? 0, high);
    return true;
  }
  const place = level.count;
  if (place >= PLACES) return false;
  buckets[bucket] = place + 1;
  level.count += 1;
  level.dropped[place] = dropped;
  level.missing[place] = missing;
  level.low[place] = low;
  level.high[place] = high;
  level.bucket[place] = bucket;
  return true;
}

/** Its places are in no bucket any more. */
function clear({ buckets }: HoleSearch, level: Level): void {
  for (let place = 0; place < level.count; place += 1) buckets[level.bucket[place] ?? 0] = 0;
}
