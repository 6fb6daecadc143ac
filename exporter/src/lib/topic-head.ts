/** Head of the digest that names a receiver in a filtered stream: the first 64 bits of SHA-1. */
import { createHash } from 'node:crypto';

export interface TopicHead {
  readonly high: number;
  readonly low: number;
}

/** `m1` → the first two words of `sha1("m1")`, big-endian. */
export function topicHead(text: string): TopicHead {
  const digest = createHash('sha1').update(text, 'utf8').digest();
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}
