/** Messages that were read and not told yet, in columns that a new batch starts anew. */
import type { StreamMessages } from '../../domain/observations.js';
import type { Topic } from './topic.js';

/** A batch this long is told at once: 32 bytes a message, and a step of the domain. */
export const BATCH_MESSAGES_MAX = 4_096;
const FIRST_CAPACITY = 64;

export class MessageBatch {
  #wireBytes = new Float64Array(FIRST_CAPACITY);
  #arrivedMonoMs = new Float64Array(FIRST_CAPACITY);
  #topic = new Uint8Array(FIRST_CAPACITY);
  #topicHigh = new Uint32Array(FIRST_CAPACITY);
  #topicLow = new Uint32Array(FIRST_CAPACITY);
  #messages = 0;
  #bytes = 0;

  get isFull(): boolean {
    return this.#messages >= BATCH_MESSAGES_MAX;
  }

  add(message: { wireBytes: number; arrivedMonoMs: number }, topic: Topic): void {
    const at = this.#messages;
    if (at === this.#wireBytes.length) this.#grow(at * 2);
    this.#wireBytes[at] = message.wireBytes;
    this.#arrivedMonoMs[at] = message.arrivedMonoMs;
    this.#topic[at] = topic.kind;
    this.#topicHigh[at] = topic.high;
    this.#topicLow[at] = topic.low;
    this.#messages += 1;
    this.#bytes += message.wireBytes;
  }

  /** What was added since the last call, copied, or undefined when it is nothing. */
  take(): StreamMessages | undefined {
    const messages = this.#messages;
    if (messages === 0) return undefined;
    const taken: StreamMessages = {
      kind: 'stream_messages',
      messages,
      bytes: this.#bytes,
      wireBytes: this.#wireBytes.slice(0, messages),
      arrivedMonoMs: this.#arrivedMonoMs.slice(0, messages),
      topic: this.#topic.slice(0, messages),
      topicHigh: this.#topicHigh.slice(0, messages),
      topicLow: this.#topicLow.slice(0, messages),
    };
    this.#messages = 0;
    this.#bytes = 0;
    return taken;
  }

  #grow(capacity: number): void {
    const wider = <T extends Float64Array | Uint32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#wireBytes = wider(new Float64Array(capacity), this.#wireBytes);
    this.#arrivedMonoMs = wider(new Float64Array(capacity), this.#arrivedMonoMs);
    this.#topic = wider(new Uint8Array(capacity), this.#topic);
    this.#topicHigh = wider(new Uint32Array(capacity), this.#topicHigh);
    this.#topicLow = wider(new Uint32Array(capacity), this.#topicLow);
  }
}
