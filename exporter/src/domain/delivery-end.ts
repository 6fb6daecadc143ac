/** What dies with a link: the messages of its queue, and what its kernel never got acknowledged. */
import type { Instant } from '../lib/clock.js';
import { firstSent } from './delivery-base.js';
import { breakLedger } from './delivery-breaks.js';
import { closingOf } from './delivery-closing.js';
import { countDropped, countLost } from './delivery-drops.js';
import { isWitnessOpen } from './delivery-gap.js';
import { PING_BYTES } from './delivery-heartbeat.js';
import { isForgotten, movedBytes, pingRange, type ScanView } from './delivery-position.js';
import { NOT_COUNTED } from './delivery-question.js';
import { isSubscribed } from './delivery-show.js';
import { BASE_KNOWN, BASE_NONE, type LinkEnd } from './delivery-table.js';
import { leastToOverflow } from './delivery-tally.js';
import { windowSizes } from './delivery-window.js';
import { PEER_OWN } from './identity.js';
import { noteHole, noteLife, noteLifeEnd } from './lives.js';
import type { State } from './state.js';
import { inSteps, type Steps } from './steps.js';
import { countAtInstant, NO_KEY } from './stream-index.js';

/**
 * When the publish daemon dies all links end within 30 ms, ours among them; what ends this soon
 * after ours is judged by what we read until then.
 */
const TOGETHER_MS = 2_000;
/** What was missing for this long at the end was not on its way any more. */
const MISSING_AGE_MS = 1_000;
/** An end that cannot be judged for so long is not: its connection is forgotten five seconds later. */
const PATIENCE_MS = 10_000;

/**
 * The destroy event of a publish link was read: the only end that books losses. `isFinal`: it told
 * the last figures. Judged by a scan soon after, when all that was published before is read.
 */
export function noteEnd(
  state: State,
  slot: number,
  { at, isFinal }: { readonly at: Instant; readonly isFinal: boolean },
): void {
  const { delivery, links } = state;
  const { columns } = delivery;
  columns.endTo[slot] = Number.NaN;
  const life = noteLife(state, slot, { monoMs: at.monoMs, destroyed: true });
  const isOther = links.peer[slot] !== PEER_OWN;
  const isKnown = columns.stage[slot] === BASE_KNOWN;
  const isMeasured = isFinal && columns.era[slot] === delivery.era && !isForgotten(delivery, slot);
  const isInTime = !(at.monoMs - delivery.endedMonoMs > TOGETHER_MS);
  if (isOther && isKnown && isMeasured && isInTime) {
    const closing = closingOf(delivery, slot, (links.rttMicros[slot] ?? 0) / 1_000);
    delivery.ends.set(slot, { at, life, ...closing });
    return;
  }
  columns.stage[slot] = BASE_NONE;
  const isSent = isSubscribed(delivery) && delivery.index.count > firstSent(state, slot);
  if (isOther && (isKnown || isSent)) breakLedger(state, slot, 'history');
}

/**
 * Judges the ends whose time has come; `view`: of the scan at hand, undefined while our own
 * subscription is not there: then nothing more is to come.
 */
export function* endSteps(state: State, at: Instant, view: ScanView | undefined): Steps {
  const slots = [...state.delivery.ends.keys()];
  yield* inSteps(slots.length, state.limits.rowsPerStep, (from, to) => {
    for (let n = from; n < to; n += 1) judgeEnd(state, slots[n] ?? -1, { at, view });
  });
}

/** The same for one link, if it ended. */
export function judgeEnd(
  state: State,
  slot: number,
  { at, view }: { readonly at: Instant; readonly view: ScanView | undefined },
): void {
  const { delivery } = state;
  const end = delivery.ends.get(slot);
  if (end === undefined) return;
  const nowMs = at.monoMs;
  const isRead =
    view === undefined || (view.caughtUp && nowMs >= end.possiblyMonoMs + view.settleMs);
  const isSure = isRead && !isWitnessOpen(delivery, nowMs);
  if (delivery.columns.era[slot] !== delivery.era) giveUpEnd(state, slot);
  else if (isSure && bookEnd(state, slot, end)) finishEnd(state, slot);
  else if (nowMs - end.at.monoMs > PATIENCE_MS) giveUpEnd(state, slot);
}

/** Its connection is forgotten, or all are measured anew: what it lost is in no counter. */
export function giveUpEnd(state: State, slot: number): void {
  if (!state.delivery.ends.has(slot)) return;
  breakLedger(state, slot, 'history');
  finishEnd(state, slot);
}

/** All that wait, at once: nothing of their time is read any more. */
export function closeEnds(state: State, at: Instant): void {
  for (const slot of [...state.delivery.ends.keys()]) {
    judgeEnd(state, slot, { at, view: undefined });
    giveUpEnd(state, slot);
  }
}

function finishEnd(state: State, slot: number): void {
  const { columns, ends } = state.delivery;
  const life = ends.get(slot)?.life;
  ends.delete(slot);
  if (life !== undefined) noteLifeEnd(state, life, columns.endTo[slot] ?? Number.NaN);
  columns.stage[slot] = BASE_NONE;
}

/**
 * What was proven missing before was dropped at the mark; all else is lost with the link, although of
 * a long queue the end may never have been in it: nothing published later came through to prove that.
 * What was published while nobody knows whether the link was still there is not booked. False: not
 * counted yet.
 */
function bookEnd(state: State, slot: number, end: LinkEnd): boolean {
  const { delivery } = state;
  const { columns, index } = delivery;
  const key = columns.topicKey[slot] ?? NO_KEY;
  const from = columns.syncCount[slot] ?? 0;
  const to = Math.max(from, countAtInstant(index, end.surelyMonoMs));
  const sizes = windowSizes(delivery, key, { from, to });
  if (sizes === undefined) {
    leaveUndecided(state, slot);
    return true;
  }
  const hole = holeAtEnd(state, slot);
  if (hole === undefined) return false;
  const passed = movedBytes(delivery, slot) + hole.bytes;
  const rest = countBehind(state, slot, { sizes, passed });
  const isWhole = rest.most === 0 && hole.messages === 0;
  if (!isWhole && !isPlain(state, slot, { sizes, rest, hole })) {
    leaveUndecided(state, slot);
    return true;
  }
  const last = Math.max(to, countAtInstant(index, end.possiblyMonoMs));
  const later = last > to ? windowSizes(delivery, key, { from, to: last }) : undefined;
  const isOpen = countBehind(state, slot, { sizes: later ?? sizes, passed }).most > rest.messages;
  const isExact = rest.most === rest.messages;
  if (isExact && (key === NO_KEY || isWhole)) columns.endTo[slot] = to - rest.messages;
  if (isOpen) leaveUndecided(state, slot);
  else if (!isWhole) delivery.decided += 1;
  if (hole.messages > 0) {
    countDropped(state, slot, { reason: 'hwm', messages: hole.messages });
    const counted = columns.missingCounted[slot] ?? to;
    noteHole(state, slot, { from, to: counted, messages: hole.messages });
  }
  if (rest.messages > 0)
    countDropped(state, slot, { reason: 'disconnect', messages: rest.messages });
  return true;
}

function leaveUndecided(state: State, slot: number): void {
  state.delivery.undecided += 1;
  breakLedger(state, slot, 'loss');
}

/**
 * Whether the bytes can be told in messages at all. No hole is possible before half a mark of
 * messages; if those behind it are of one size, it does not matter which are missing. Else the
 * stream must have come through without a hole: it has when it ended before that, and has not when
 * the kernel is empty and the link does not stand at the end of a message.
 */
function isPlain(
  state: State,
  slot: number,
  end: { readonly sizes: Float64Array; readonly rest: Behind; readonly hole: Hole },
): boolean {
  const { sizes, rest, hole } = end;
  const least = leastToOverflow(state.config?.options.get('pub_hwm') ?? 1);
  if (hole.messages > 0 || sizes.length < least) return true;
  const first = sizes[least - 1] ?? 0;
  if (sizes.every((size, n) => n < least - 1 || size === first)) return true;
  if (state.delivery.columns.empty[slot] === 1 && !rest.isBoundary) return false;
  return sizes.length - rest.messages < least;
}

interface Hole {
  readonly messages: number;
  readonly bytes: number;
}

interface Behind {
  /** Messages that are not whole: so many at least, and at most. */
  readonly messages: number;
  readonly most: number;
  readonly isBoundary: boolean;
}

/** What was seen missing while the link was idle, long enough before its end; undefined: not counted yet. */
function holeAtEnd(state: State, slot: number): Hole | undefined {
  const { columns } = state.delivery;
  const bytes = columns.missingBytes[slot] ?? 0;
  const none = { messages: 0, bytes: 0 };
  const age = (columns.rowMonoMs[slot] ?? 0) - (columns.missingSinceMonoMs[slot] ?? 0);
  const isLost = (columns.missingRounds[slot] ?? 0) > 0 || age >= MISSING_AGE_MS;
  if (bytes === 0 || !isLost) return none;
  const key = columns.topicKey[slot] ?? NO_KEY;
  const hwm = state.config?.options.get('pub_hwm');
  const messages = countLost(state.delivery, { slot, key }, hwm);
  if (messages === NOT_COUNTED) return undefined;
  if (!(messages >= 0)) return none;
  return { messages, bytes };
}

/**
 * Messages that are not whole behind `passed` bytes, of which some are PINGs and one may be the FIN
 * that the peer acknowledged. Where the number of PINGs matters, the one that leaves the link at the
 * end of a message is right on a link that was idle at its end. One that was not can have ended within
 * any message: 350 bytes with one to six PINGs of messages of 100 are three whole or two.
 */
function countBehind(
  state: State,
  slot: number,
  sought: { readonly sizes: Float64Array; readonly passed: number },
): Behind {
  const { least, most } = pingRange(state.delivery, slot);
  const { sizes, passed } = sought;
  const first = behind(sizes, passed - least * PING_BYTES);
  if (state.delivery.columns.empty[slot] !== 1) {
    return { ...first, most: behind(sizes, passed - most * PING_BYTES).messages };
  }
  for (let pings = least; pings <= most; pings += 1) {
    const found = behind(sizes, passed - pings * PING_BYTES);
    if (found.isBoundary) return found;
  }
  return first;
}

function behind(sizes: Float64Array, passed: number): Behind {
  let sum = 0;
  let whole = 0;
  while (whole < sizes.length && sum + (sizes[whole] ?? 0) <= passed) {
    sum += sizes[whole] ?? 0;
    whole += 1;
  }
  const rest = passed - sum;
  const messages = sizes.length - whole;
  return { messages, most: messages, isBoundary: rest === 0 || rest === 1 };
}
