/** Which sources of the tap, and which of their sockets, have a place among the label values. */
import { SOCKETS_PER_SOURCE_MAX, SOURCE_IDLE_MS, SOURCES_MAX } from './options.js';

interface KnownSource {
  readonly sockets: Set<string>;
  seenMonoMs: number;
}

export class SourceTable {
  readonly #known = new Map<string, KnownSource>();

  /** Gives the source a place if it has none; false when there is none left. */
  admitSource(source: string, nowMonoMs: number): boolean {
    return this.#place(source, nowMonoMs) !== undefined;
  }

  /** The same for one socket of a source. */
  admitSocket(source: string, socket: string, nowMonoMs: number): boolean {
    const known = this.#place(source, nowMonoMs);
    if (known === undefined) return false;
    if (known.sockets.has(socket)) return true;
    if (known.sockets.size >= SOCKETS_PER_SOURCE_MAX) return false;
    known.sockets.add(socket);
    return true;
  }

  #place(source: string, nowMonoMs: number): KnownSource | undefined {
    const known = this.#known.get(source);
    if (known !== undefined) {
      known.seenMonoMs = nowMonoMs;
      return known;
    }
    if (this.#known.size >= SOURCES_MAX && !this.#dropIdle(nowMonoMs)) return undefined;
    const placed: KnownSource = { sockets: new Set(), seenMonoMs: nowMonoMs };
    this.#known.set(source, placed);
    return placed;
  }

  /** First come, first kept: a stranger must not be able to push out a source that is in use. */
  #dropIdle(nowMonoMs: number): boolean {
    for (const [source, known] of this.#known) {
      if (nowMonoMs - known.seenMonoMs < SOURCE_IDLE_MS) continue;
      this.#known.delete(source);
      return true;
    }
    return false;
  }
}
