/**
 * The publish stream as our own subscription read it: where each message ends, when it came, for
 * whom it was. A ring of fixed memory; the oldest message goes first.
 */
import type { StreamMessages } from './observations.js';
import { STREAM_TOPICS, TOPIC_ALL, TOPIC_MINION } from './vocabulary.js';

/**
 * Messages have numbers, 1, 2, 3 …, that are never used again; message n stands at index
 * `n % capacity`. Offsets are bytes since the index began, exact up to 2^53: eight years at 35 MB a
 * second.
 */
export interface StreamIndex {
  readonly capacity: number;
  /** Offset at which the message ends. */
  readonly endBytes: Float64Array;
  /** CLOCK_MONOTONIC, never falling from one message to the next. */
  readonly arrivedMonoMs: Float64Array;
  /**
   * For whom: TOPIC_* and the head of the digest. Made with the first message that is not for all:
   * without `zmq_filtering` nothing else is ever read.
   */
  topics: StreamTopics | undefined;
  /** Number of the last message; 0 before the first. */
  count: number;
  bytes: number;
  lastArrivedMonoMs: number;
  /** Size of the smallest message so far. */
  smallestBytes: number;
  /** Messages whose size was no size of a message; they are in no figure. */
  refused: number;
}

export interface StreamTopics {
  readonly kind: Uint8Array;
  readonly key: Float64Array;
}

/** Key of a topic that is no minion's. */
export const NO_KEY = -1;

export function createStreamIndex(capacity: number): StreamIndex {
  return {
    capacity,
    endBytes: new Float64Array(capacity),
    arrivedMonoMs: new Float64Array(capacity),
    topics: undefined,
    count: 0,
    bytes: 0,
    lastArrivedMonoMs: Number.NEGATIVE_INFINITY,
    smallestBytes: Number.POSITIVE_INFINITY,
    refused: 0,
  };
}

/** Appends messages in the order in which they were read. */
export function appendMessages(index: StreamIndex, messages: StreamMessages): void {
  const told = Number.isInteger(messages.messages) ? Math.max(0, messages.messages) : 0;
  const most = Math.min(told, messages.wireBytes.length, messages.arrivedMonoMs.length);
  for (let m = 0; m < most; m += 1) {
    const size = messages.wireBytes[m] ?? 0;
    if (!(size > 0 && size <= MESSAGE_MAX_BYTES)) {
      index.refused += 1;
      continue;
    }
    const kind = messages.topic[m] ?? TOPIC_ALL;
    if (kind !== TOPIC_ALL && index.topics === undefined) index.topics = createTopics(index);
    append(index, size, messages.arrivedMonoMs[m] ?? Number.NaN);
    if (index.topics === undefined) continue;
    const at = index.count % index.capacity;
    index.topics.kind[at] = kind < STREAM_TOPICS.length ? kind : TOPIC_ALL;
    const isMinion = kind === TOPIC_MINION;
    index.topics.key[at] = isMinion
      ? topicKey(messages.topicHigh[m] ?? 0, messages.topicLow[m] ?? 0)
      : NO_KEY;
  }
}

/** 53 bits of a digest as one number: two of 10,000 minions share them once in 10^8 fleets. */
export function topicKey(high: number, low: number): number {
  return high * 2 ** 21 + (low >>> 11);
}

/** Number of the oldest message that is still there; 1 before the ring was full. */
export function firstMessage(index: StreamIndex): number {
  return Math.max(1, index.count - index.capacity + 2);
}

/** Offset at which message `n` ends; `n` from `firstMessage − 1` on, 0 is the beginning. */
export function endOf(index: StreamIndex, n: number): number {
  return n <= 0 ? 0 : (index.endBytes[n % index.capacity] ?? 0);
}

export function arrivalOf(index: StreamIndex, n: number): number {
  return index.arrivedMonoMs[n % index.capacity] ?? Number.NaN;
}

/**
 * Messages that end at or before an offset: those that a link whose position it is has received
 * whole. Sizes 10, 20, 30: 29 → 1, 30 → 2, 31 → 2. At least `firstMessage − 1`.
 */
export function countAtOffset(index: StreamIndex, offset: number): number {
  if (offset >= index.bytes) return index.count;
  let low = firstMessage(index) - 1;
  let high = index.count;
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2);
    if (endOf(index, middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Messages read at or before an instant; at least `firstMessage − 1`. */
export function countAtInstant(index: StreamIndex, monoMs: number): number {
  if (monoMs >= index.lastArrivedMonoMs) return index.count;
  let low = firstMessage(index) - 1;
  let high = index.count;
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2);
    if (arrivalOf(index, middle) <= monoMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Larger than anything libzmq sends (2^31 a frame) and small enough that sums stay exact. */
const MESSAGE_MAX_BYTES = 2 ** 40;

function append(index: StreamIndex, size: number, arrivedMonoMs: number): void {
  index.count += 1;
  index.bytes += size;
  if (size < index.smallestBytes) index.smallestBytes = size;
  const last = index.lastArrivedMonoMs;
  // A clock that does not go forward, or no number: as late as the one before.
  const arrived = Number.isNaN(arrivedMonoMs) ? last : Math.max(arrivedMonoMs, last);
  const at = index.count % index.capacity;
  index.endBytes[at] = index.bytes;
  index.arrivedMonoMs[at] = arrived;
  index.lastArrivedMonoMs = arrived;
}

/** What was read before the first topic was for all. */
function createTopics(index: StreamIndex): StreamTopics {
  return {
    kind: new Uint8Array(index.capacity),
    key: new Float64Array(index.capacity).fill(NO_KEY),
  };
}
