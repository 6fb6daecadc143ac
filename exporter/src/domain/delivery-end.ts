/** What dies with a link: the messages of its queue, and what its kernel never got acknowledged. */
import type { Instant } from '../lib/clock.js';
import { countDropped, countLost } from './delivery-drops.js';
import { PING_BYTES } from './delivery-heartbeat.js';
import { isForgotten, movedBytes, pingRange } from './delivery-position.js';
import { BASE_KNOWN } from './delivery-table.js';
import { leastToOverflow } from './delivery-tally.js';
import { windowSizes } from './delivery-window.js';
import { PEER_OWN } from './identity.js';
import { noteHole } from './lives.js';
import type { State } from './state.js';
import { countAtInstant, NO_KEY } from './stream-index.js';

/**
 * When the publish daemon dies all links end within 30 ms, ours among them; what ends this soon
 * after ours is judged by what we read until then.
 */
const TOGETHER_MS = 2_000;
/** What was missing for this long at the end was not on its way any more. */
const MISSING_AGE_MS = 1_000;

/**
 * The destroy event of a publish link, its last figures taken: the only end that books losses. What
 * was proven missing before was dropped at the mark; all else is lost with the link, although of a
 * long queue the end may never have been in it: nothing published later came through to prove that.
 */
export function bookEnd(state: State, slot: number, at: Instant): void {
  const { delivery, links } = state;
  const { columns, index } = delivery;
  columns.endTo[slot] = Number.NaN;
  if (columns.stage[slot] !== BASE_KNOWN || columns.era[slot] !== delivery.era) return;
  if (links.peer[slot] === PEER_OWN || isForgotten(delivery, slot)) return;
  if (at.monoMs - delivery.endedMonoMs > TOGETHER_MS) return;
  const rowMs = columns.rowMonoMs[slot] ?? at.monoMs;
  const from = columns.syncCount[slot] ?? 0;
  const to = Math.max(from, countAtInstant(index, rowMs));
  const key = columns.topicKey[slot] ?? NO_KEY;
  const sizes = windowSizes(delivery, key, { from, to });
  if (sizes === undefined) {
    delivery.undecided += 1;
    return;
  }
  const hole = holeAtEnd(state, slot);
  const passed = movedBytes(delivery, slot) + hole.bytes;
  const rest = countBehind(state, slot, { sizes, passed });
  const isWhole = rest.messages === 0 && hole.messages === 0;
  if (isWhole) {
    columns.endTo[slot] = to;
    return;
  }
  if (!isPlain(state, slot, { sizes, rest, hole })) {
    delivery.undecided += 1;
    return;
  }
  delivery.decided += 1;
  columns.endTo[slot] = key === NO_KEY ? to - rest.messages : Number.NaN;
  if (hole.messages > 0) {
    countDropped(state, slot, { reason: 'hwm', messages: hole.messages });
    const counted = columns.missingCounted[slot] ?? to;
    noteHole(state, slot, { from, to: counted, messages: hole.messages });
  }
  if (rest.messages > 0)
    countDropped(state, slot, { reason: 'disconnect', messages: rest.messages });
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
  /** Messages that are not whole. */
  readonly messages: number;
  readonly isBoundary: boolean;
}

/** What was seen missing while the link was idle, long enough before its end. */
function holeAtEnd(state: State, slot: number): Hole {
  const { columns } = state.delivery;
  const bytes = columns.missingBytes[slot] ?? 0;
  const none = { messages: 0, bytes: 0 };
  const age = (columns.rowMonoMs[slot] ?? 0) - (columns.missingSinceMonoMs[slot] ?? 0);
  const isLost = (columns.missingRounds[slot] ?? 0) > 0 || age >= MISSING_AGE_MS;
  if (bytes === 0 || !isLost) return none;
  const key = columns.topicKey[slot] ?? NO_KEY;
  const hwm = state.config?.options.get('pub_hwm');
  const messages = countLost(state.delivery, { slot, key }, hwm);
  if (!(messages >= 0)) return none;
  return { messages, bytes };
}

/**
 * Messages that are not whole behind `passed` bytes, of which some are PINGs and one may be the FIN
 * that the peer acknowledged. Where the number of PINGs matters, the one that leaves the link at the
 * end of a message is right: a link that was idle at its end stands there.
 */
function countBehind(
  state: State,
  slot: number,
  sought: { readonly sizes: Float64Array; readonly passed: number },
): Behind {
  const { least, most } = pingRange(state.delivery, slot);
  let first: Behind | undefined;
  for (let pings = least; pings <= most; pings += 1) {
    const found = behind(sought.sizes, sought.passed - pings * PING_BYTES);
    if (found.isBoundary) return found;
    first ??= found;
  }
  return first ?? behind(sought.sizes, sought.passed);
}

function behind(sizes: Float64Array, passed: number): Behind {
  let sum = 0;
  let whole = 0;
  while (whole < sizes.length && sum + (sizes[whole] ?? 0) <= passed) {
    sum += sizes[whole] ?? 0;
    whole += 1;
  }
  const rest = passed - sum;
  return { messages: sizes.length - whole, isBoundary: rest === 0 || rest === 1 };
}
