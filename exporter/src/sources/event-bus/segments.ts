/**
 * The memory that the bus is read into: pieces of one size, filled one behind the other and used
 * again, so that a read allocates nothing and what two reads brought of one frame mostly stands
 * together.
 */
import { viewOf } from './name-table.js';
import { SEGMENT_BYTES, SEGMENT_LEAST_BYTES, SEGMENTS_KEPT } from './options.js';

/** A head and the nine letters of the longest key. */
const WORDS_BEHIND_BYTES = 16;

export interface Segment {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** What one read brought: the bytes of the segment between these offsets. */
export interface Piece {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
}

export class Segments {
  #filling = createSegment(SEGMENT_BYTES);
  #filled = 0;
  readonly #free: Segment[] = [];

  /** Where the next read may write. */
  get space(): Buffer {
    if (this.#filled > SEGMENT_BYTES - SEGMENT_LEAST_BYTES) {
      this.#filling = this.#free.pop() ?? createSegment(SEGMENT_BYTES);
      this.#filled = 0;
    }
    return this.#filling.bytes.subarray(this.#filled);
  }

  /** So many bytes were written to the space that was asked for last. */
  take(bytes: number): Piece {
    const from = this.#filled;
    this.#filled += bytes;
    return { segment: this.#filling, from, to: this.#filled };
  }

  /** Nothing of it is needed any more; it may be the one that is being filled. */
  release(segment: Segment): void {
    if (segment !== this.#filling) this.#free.push(segment);
  }

  /** Nothing waits: what a burst took is given back. */
  trim(): void {
    if (this.#free.length > SEGMENTS_KEPT) this.#free.length = SEGMENTS_KEPT;
  }
}

/**
 * So many bytes, of whatever was there, and a view of some more, so that words may be read at the
 * end of what stands there.
 */
export function createSegment(size: number): Segment {
  const bytes = Buffer.allocUnsafeSlow(size + WORDS_BEHIND_BYTES);
  return { bytes: bytes.subarray(0, size), view: viewOf(bytes) };
}
