/** How many messages a link lacks, told from their bytes, the sizes in the index and its trail. */
import { countByBounds } from './delivery-count.js';
import { PING_BYTES } from './delivery-heartbeat.js';
import {
  creditStep,
  findHoles,
  type HoleQuery,
  type HolesFound,
  NOTHING_FITS,
} from './delivery-holes.js';
import type { Delivery } from './delivery-table.js';
import { sightsOf } from './delivery-trail.js';
import { windowEnds } from './delivery-window.js';

/**
 * One search: 4 to 6 ms of CPU, cold code twice that. It holds up the program's thread, but only for
 * a loss that is proven.
 */
export const STEPS_PER_LINK = 50_000;
/** All searches of one scan: a second one waits for the next unless the first was short. */
const STEPS_PER_SCAN = 100_000;

/** To be counted with the next scan. */
export const NOT_COUNTED = -1;

export interface Sought {
  readonly slot: number;
  readonly key: number;
  /** Bytes that are missing; heartbeats may hide some of them. */
  readonly lag: number;
  readonly span: { readonly from: number; readonly to: number };
  /** What the pipe had accepted when the window began, and not confirmed of it. */
  readonly written: number;
  readonly unconfirmed: number;
  /** Bytes that the link moved between its sync and the window. */
  readonly skipped: number;
  /** Heartbeats among them: as many as since the sync, or one. */
  readonly pings: { readonly least: number; readonly most: number };
}

export interface Tally {
  /** NaN = cannot be told; NOT_COUNTED. */
  readonly messages: number;
  /** What the pipe had accepted when the window ended; NaN = not known. */
  readonly written: number;
}

const UNTOLD: Tally = { messages: Number.NaN, written: Number.NaN };

export function beginTallies(delivery: Delivery): void {
  delivery.searchSteps = STEPS_PER_SCAN;
}

/**
 * The one number of messages that all answers agree on. Where the mark is not known only bounds
 * decide.
 */
export function tally(delivery: Delivery, sought: Sought, mark: number | undefined): Tally {
  const { key, span, lag, pings } = sought;
  // Where nobody knows the mark holes can begin behind any message.
  const hwm = mark ?? 1;
  const ends = windowEnds(delivery, key, span);
  if (ends === undefined || hwm <= 0) return UNTOLD;
  // Fewer cannot have filled the pipe: no hole, whatever it had accepted before.
  if (ends.length - 1 + sought.unconfirmed < leastToOverflow(hwm)) return UNTOLD;
  const hidden = { least: pings.least * PING_BYTES, most: pings.most * PING_BYTES };
  if (delivery.searchSteps < STEPS_PER_LINK) return { ...UNTOLD, messages: NOT_COUNTED };
  const found: HolesFound = { ...NOTHING_FITS };
  const query: Omit<HoleQuery, 'bytes'> = {
    ends,
    hwm,
    written: sought.written,
    unconfirmed: sought.unconfirmed,
    sights: sightsOf(delivery, sought, span),
  };
  if (mark === undefined) query.sights.count = 0;
  const { search } = delivery;
  search.steps = STEPS_PER_LINK;
  let complete = true;
  for (let k = pings.least; complete && k <= pings.most && found.least >= found.most; k += 1) {
    complete = findHoles(search, { ...query, bytes: lag + k * PING_BYTES }, found);
  }
  delivery.searchSteps -= STEPS_PER_LINK - Math.max(0, search.steps);
  if (complete && found.least === found.most) {
    return { messages: found.least, written: found.phases === 1 ? found.phase : Number.NaN };
  }
  // Given up; what lies within narrow bounds needs no search, but a pipe that can have been full.
  const isGivenUp = !complete && ends.length > leastToOverflow(hwm);
  return isGivenUp ? { ...UNTOLD, messages: countByBounds(ends, lag, hidden) } : UNTOLD;
}

/**
 * Fewest messages that can overflow a pipe: it is full when the mark is reached, counted in messages
 * that the reader has not confirmed, and it confirms every half mark. Mark 1,000 → 501; no mark →
 * never.
 */
export function leastToOverflow(hwm: number): number {
  return hwm > 0 ? hwm - creditStep(hwm) + 1 : Number.POSITIVE_INFINITY;
}
