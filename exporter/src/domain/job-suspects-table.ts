/**
 * Returns that are held against the request link of their minion, in a ring, and when each minion's
 * request links last said anything.
 */

/** Returns that wait to be judged, or were judged lately: of 10,000 minions in one second. */
const REMEMBERED_MAX = 16_384;

/** In place of a verdict: it waits for the links to be looked at. */
export const SUSPECT_WAITS = 0;
/** Its minion's links spoke around its time. */
export const SUSPECT_SPOKE = 1;
/** Nothing tells. */
export const SUSPECT_UNCLEAR = 2;
/** Its minion's links stood idle: it never sent this. */
export const SUSPECT_CONTRADICTED = 3;

export interface Suspects {
  readonly capacity: number;
  /** Of the job, its slot and its number; index = number of the return % capacity. */
  readonly job: Int32Array;
  readonly order: Float64Array;
  readonly minion: Int32Array;
  /** When Salt fired it, and when it was read. */
  readonly firedMonoMs: Float64Array;
  readonly arrivedMonoMs: Float64Array;
  /** SUSPECT_*. */
  readonly verdict: Uint8Array;
  /** 1: the pair had been given up when it came; 1: the pair had returned before. */
  readonly late: Uint8Array;
  readonly again: Uint8Array;
  /** Numbers of the next return, and of the first that is not judged. */
  next: number;
  first: number;
  /** By minion: the last row of its request links that showed more than heartbeats; NaN = none. */
  readonly spokeMonoMs: Float64Array;
  /** By minion: when a link of its ended whose request nobody had answered; NaN = none did. */
  readonly abandonedMonoMs: Float64Array;
  /** The same of links that are nobody's, and of those that were learned: any of them may be its. */
  strangerMonoMs: number;
  learnedMonoMs: number;
  /** Happenings that the kernel lost, as counted at the last look, and when that last grew. */
  lost: number;
  lostMonoMs: number;
}

export function createSuspects(limits: {
  readonly minions: number;
  readonly happenings: number;
}): Suspects {
  const capacity = Math.min(REMEMBERED_MAX, limits.happenings * 4);
  const perMinion = () => new Float64Array(limits.minions).fill(Number.NaN);
  return {
    capacity,
    job: new Int32Array(capacity),
    order: new Float64Array(capacity),
    minion: new Int32Array(capacity),
    firedMonoMs: new Float64Array(capacity),
    arrivedMonoMs: new Float64Array(capacity),
    verdict: new Uint8Array(capacity),
    late: new Uint8Array(capacity),
    again: new Uint8Array(capacity),
    next: 0,
    first: 0,
    spokeMonoMs: perMinion(),
    abandonedMonoMs: perMinion(),
    strangerMonoMs: Number.NEGATIVE_INFINITY,
    learnedMonoMs: Number.NEGATIVE_INFINITY,
    lost: 0,
    lostMonoMs: Number.NEGATIVE_INFINITY,
  };
}

/** The place of the next return, which waits for its verdict. Full: the oldest goes, believed. */
export function placeForReturn(suspects: Suspects): number {
  const at = suspects.next % suspects.capacity;
  suspects.verdict[at] = SUSPECT_WAITS;
  suspects.next += 1;
  suspects.first = Math.max(suspects.first, suspects.next - suspects.capacity);
  return at;
}

/** Places of what is remembered of this pair's returns, the latest first. */
export function returnsOf(
  suspects: Suspects,
  pair: { readonly job: number; readonly order: number; readonly minion: number },
): readonly number[] {
  const { next, capacity, job, order, minion } = suspects;
  const places: number[] = [];
  for (let number = next - 1; number >= Math.max(0, next - capacity); number -= 1) {
    const at = number % capacity;
    if (minion[at] !== pair.minion || job[at] !== pair.job || order[at] !== pair.order) continue;
    places.push(at);
  }
  return places;
}

/** The slot of the minion table is given to another minion. */
export function forgetSuspects(suspects: Suspects, minion: number): void {
  suspects.spokeMonoMs[minion] = Number.NaN;
  suspects.abandonedMonoMs[minion] = Number.NaN;
}
