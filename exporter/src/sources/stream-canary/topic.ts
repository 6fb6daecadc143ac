/**
 * For whom a message is: with `zmq_filtering` Salt sends two frames, the first `broadcast`, `syndic`
 * or the hexadecimal `sha1(id)` of one minion.
 */
import { TOPIC_ALL, TOPIC_BROADCAST, TOPIC_MINION, TOPIC_SYNDIC } from '../../domain/vocabulary.js';

export interface Topic {
  /** Index into STREAM_TOPICS. */
  readonly kind: number;
  /** First 64 bits of the digest; 0 with other kinds. */
  readonly high: number;
  readonly low: number;
}

const ALL: Topic = { kind: TOPIC_ALL, high: 0, low: 0 };
const BROADCAST: Topic = { kind: TOPIC_BROADCAST, high: 0, low: 0 };
const SYNDIC: Topic = { kind: TOPIC_SYNDIC, high: 0, low: 0 };
const DIGEST = /^[0-9a-f]{40}$/;
const DIGEST_CHARACTERS = 40;

/** Anything that is not exactly what Salt sends is for all: nothing is filtered then. */
export function topicOf(frames: readonly Uint8Array[]): Topic {
  const [first] = frames;
  if (frames.length !== 2 || first === undefined || first.length > DIGEST_CHARACTERS) return ALL;
  const text = Buffer.from(first.buffer, first.byteOffset, first.length).toString('latin1');
  if (text === 'broadcast') return BROADCAST;
  if (text === 'syndic') return SYNDIC;
  if (!DIGEST.test(text)) return ALL;
  return {
    kind: TOPIC_MINION,
    high: Number.parseInt(text.slice(0, 8), 16),
    low: Number.parseInt(text.slice(8, 16), 16),
  };
}
