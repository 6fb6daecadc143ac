/**
 * Which messages of the index a link was sent: all, or with `zmq_filtering` those for everybody and
 * those for its minion. The rest of the ledger asks here and knows nothing of topics.
 */
import { NO_MINION } from './address-table.js';
import type { Delivery } from './delivery-table.js';
import { PEER_OWN } from './identity.js';
import type { State } from './state.js';
import { endOf, firstMessage, NO_KEY, type StreamIndex } from './stream-index.js';
import { TOPIC_ALL, TOPIC_BROADCAST, TOPIC_MINION } from './vocabulary.js';

/** Longest run of messages that is looked at one by one. */
export const WINDOW_MAX = 262_144;

/** Whether the publisher sends each minion its own part only. */
export function isFiltering(state: State): boolean {
  return state.config?.zmqFiltering === true;
}

/**
 * Key of the topic of the link in `slot`: NO_KEY when everything is for it, undefined where the
 * publisher filters and nobody knows whose link it is. Our own has no topic: it is sent everything.
 */
export function topicOfLink(state: State, slot: number): number | undefined {
  if (!isFiltering(state) || state.links.peer[slot] === PEER_OWN) return NO_KEY;
  const minion = state.links.minion[slot] ?? NO_MINION;
  return minion === NO_MINION ? undefined : state.filtered.keyOfMinion[minion];
}

/** Whether message `n` is sent to that topic. */
export function isFor(index: StreamIndex, key: number, n: number): boolean {
  if (key === NO_KEY || index.topics === undefined) return true;
  const at = n % index.capacity;
  const kind = index.topics.kind[at];
  if (kind === TOPIC_ALL || kind === TOPIC_BROADCAST) return true;
  return kind === TOPIC_MINION && index.topics.key[at] === key;
}

/** Bytes of the messages after `from` up to and with `to` that are for that topic. */
export function bytesBetween(
  index: StreamIndex,
  key: number,
  span: { readonly from: number; readonly to: number },
): number {
  if (span.to <= span.from) return 0;
  if (key === NO_KEY || index.topics === undefined) {
    return endOf(index, span.to) - endOf(index, span.from);
  }
  let bytes = 0;
  for (let n = span.from + 1; n <= span.to; n += 1) {
    if (isFor(index, key, n)) bytes += endOf(index, n) - endOf(index, n - 1);
  }
  return bytes;
}

/** Messages after `from` up to and with `to` that are for that topic. */
export function messagesBetween(
  index: StreamIndex,
  key: number,
  span: { readonly from: number; readonly to: number },
): number {
  if (key === NO_KEY || index.topics === undefined) return Math.max(0, span.to - span.from);
  let messages = 0;
  for (let n = span.from + 1; n <= span.to; n += 1) messages += isFor(index, key, n) ? 1 : 0;
  return messages;
}

/**
 * Where each message after `from` up to and with `to` for that topic ends, from 0 on, in the
 * ledger's own array: valid until the next call. Undefined when they are too many, or not all there
 * any more.
 */
export function windowEnds(
  delivery: Delivery,
  key: number,
  span: { readonly from: number; readonly to: number },
): Float64Array | undefined {
  const sizes = windowSizes(delivery, key, span);
  if (sizes === undefined) return undefined;
  const ends = delivery.window.subarray(0, sizes.length + 1);
  let end = 0;
  for (let n = 0; n <= sizes.length; n += 1) {
    const size = ends[n] ?? 0;
    ends[n] = end;
    end += size;
  }
  return ends;
}

/**
 * Sizes of the messages after `from` up to and with `to` for that topic, in the ledger's own
 * array: valid until the next call. Undefined when they are too many, or not all there any more.
 */
export function windowSizes(
  delivery: Delivery,
  key: number,
  span: { readonly from: number; readonly to: number },
): Float64Array | undefined {
  const { index } = delivery;
  const most = span.to - span.from;
  if (most > WINDOW_MAX || span.from + 1 < firstMessage(index)) return undefined;
  if (delivery.window.length <= most) delivery.window = new Float64Array(Math.max(1_024, most * 2));
  let length = 0;
  for (let n = span.from + 1; n <= span.to; n += 1) {
    if (!isFor(index, key, n)) continue;
    delivery.window[length] = endOf(index, n) - endOf(index, n - 1);
    length += 1;
  }
  return delivery.window.subarray(0, length);
}
