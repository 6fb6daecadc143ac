/** What dies with a link: the messages of its queue, and what its kernel never got acknowledged. */
import type { Instant } from '../lib/clock.js';
import { countDropped, pingRange } from './delivery-drops.js';
import { PING_BYTES } from './delivery-heartbeat.js';
import { isForgotten, movedBytes } from './delivery-position.js';
import { BASE_KNOWN } from './delivery-table.js';
import { windowSizes } from './delivery-window.js';
import { PEER_OWN } from './identity.js';
import type { State } from './state.js';
import { countAtInstant, NO_KEY } from './stream-index.js';

/**
 * When the publish daemon dies all links end within 30 ms, ours among them; what ends this soon
 * after ours is judged by what we read until then.
 */
const TOGETHER_MS = 2_000;
/** What was missing for this long at the end was not on its way any more. */
const MISSING_AGE_MS = 1_000;

/** The destroy event of a publish link, its last figures taken: the only end that books losses. */
export function bookEnd(state: State, slot: number, at: Instant): void {
  const { delivery, links } = state;
  const { columns, index } = delivery;
  if (columns.stage[slot] !== BASE_KNOWN || columns.era[slot] !== delivery.era) return;
  if (links.peer[slot] === PEER_OWN || isForgotten(delivery, slot)) return;
  if (at.monoMs - delivery.endedMonoMs > TOGETHER_MS) return;
  const rowMs = columns.rowMonoMs[slot] ?? at.monoMs;
  const from = columns.syncCount[slot] ?? 0;
  const to = Math.max(from, countAtInstant(index, rowMs));
  const sizes = windowSizes(delivery, columns.topicKey[slot] ?? NO_KEY, { from, to });
  if (sizes === undefined) {
    delivery.undecided += 1;
    return;
  }
  const hole = holeAtEnd(state, slot);
  if (hole.messages > 0) countDropped(state, slot, { reason: 'hwm', messages: hole.messages });
  const lost = countBehind(state, slot, { sizes, passed: movedBytes(delivery, slot) + hole.bytes });
  if (lost > 0) countDropped(state, slot, { reason: 'disconnect', messages: lost });
}

/** What was seen missing while the link was idle, long enough before its end. */
function holeAtEnd(state: State, slot: number): { messages: number; bytes: number } {
  const { columns } = state.delivery;
  const bytes = columns.missingBytes[slot] ?? 0;
  const messages = columns.missingMessages[slot] ?? Number.NaN;
  const none = { messages: 0, bytes: 0 };
  if (bytes === 0 || Number.isNaN(messages)) return none;
  const age = (columns.rowMonoMs[slot] ?? 0) - (columns.missingSinceMonoMs[slot] ?? 0);
  if ((columns.missingRounds[slot] ?? 0) === 0 && age < MISSING_AGE_MS) return none;
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
): number {
  const { least, most } = pingRange(state.delivery, slot);
  let first = -1;
  for (let pings = least; pings <= most; pings += 1) {
    const passed = sought.passed - pings * PING_BYTES;
    const found = behind(sought.sizes, passed);
    if (found.isBoundary) return found.messages;
    if (first < 0) first = found.messages;
  }
  return Math.max(0, first);
}

function behind(sizes: Float64Array, passed: number): { messages: number; isBoundary: boolean } {
  let sum = 0;
  let whole = 0;
  while (whole < sizes.length && sum + (sizes[whole] ?? 0) <= passed) {
    sum += sizes[whole] ?? 0;
    whole += 1;
  }
  const rest = passed - sum;
  return { messages: sizes.length - whole, isBoundary: rest === 0 || rest === 1 };
}
