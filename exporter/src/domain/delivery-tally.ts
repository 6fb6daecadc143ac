/** How many messages a link lacks, told from their bytes, the sizes in the index and its trail. */
import { countByBounds } from './delivery-count.js';
import { PING_BYTES } from './delivery-heartbeat.js';
import {
  beginSearch,
  creditStep,
  findHoles,
  type HoleQuery,
  type HolesFound,
  NOTHING_FITS,
} from './delivery-holes.js';
import type { Sought, Tally } from './delivery-question.js';
import type { Delivery } from './delivery-table.js';
import { sightsOf } from './delivery-trail.js';
import { messagesBetween, windowEnds } from './delivery-window.js';
import type { Steps } from './steps.js';

/** One search: 40 ms of CPU, in slices of less than a millisecond. */
const STEPS_PER_LINK = 400_000;
/** The same where bounds leave one number, that only has to be possible. */
const STEPS_TO_CONFIRM = 50_000;

/** Where nobody knows the mark holes can begin behind any message. */
const UNKNOWN_MARK = 1;

const UNTOLD: Tally = { messages: Number.NaN, written: Number.NaN };

/**
 * The one number of messages that all answers agree on. Where the mark is not known only bounds
 * decide. It has the search of the ledger for itself until it ends, and what it searches stays as it
 * was at its beginning.
 */
export function* tallySteps(
  delivery: Delivery,
  sought: Sought,
  mark: number | undefined,
): Steps<Tally> {
  const { key, span, lag, pings } = sought;
  const hwm = mark ?? UNKNOWN_MARK;
  const ends = windowEnds(delivery, key, span)?.slice();
  if (ends === undefined || !canOverflow(delivery, sought, mark)) return UNTOLD;
  const hidden = { least: pings.least * PING_BYTES, most: pings.most * PING_BYTES };
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
  const byBounds = countByBounds(ends, lag, hidden);
  beginSearch(search, Number.isNaN(byBounds) ? STEPS_PER_LINK : STEPS_TO_CONFIRM);
  let complete = true;
  for (let k = pings.least; complete && k <= pings.most && found.least >= found.most; k += 1) {
    complete = yield* findHoles(search, { ...query, bytes: lag + k * PING_BYTES }, found);
  }
  if (complete && found.least === found.most) {
    return { messages: found.least, written: found.phases === 1 ? found.phase : Number.NaN };
  }
  // Given up; what lies within narrow bounds needs no search, but a pipe that can have been full.
  const isGivenUp = !complete && ends.length > leastToOverflow(hwm);
  return isGivenUp ? { ...UNTOLD, messages: byBounds } : UNTOLD;
}

/** Fewer messages cannot have filled the pipe: no hole, whatever it had accepted before. */
export function canOverflow(
  { index }: Delivery,
  { key, span, unconfirmed }: Sought,
  mark: number | undefined,
): boolean {
  return messagesBetween(index, key, span) + unconfirmed >= leastToOverflow(mark ?? UNKNOWN_MARK);
}

/**
 * Fewest messages that can overflow a pipe: it is full when the mark is reached, counted in messages
 * that the reader has not confirmed, and it confirms every half mark. Mark 1,000 → 501; no mark →
 * never.
 */
export function leastToOverflow(hwm: number): number {
  return hwm > 0 ? hwm - creditStep(hwm) + 1 : Number.POSITIVE_INFINITY;
}
