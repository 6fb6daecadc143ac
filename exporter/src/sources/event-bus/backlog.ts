/** What was read of the bus and waits to be decoded, in order, with the ends of connections between. */
import { BACKLOG_MAX_BYTES, READ_OVERHEAD_BYTES } from './options.js';
import type { Piece } from './segments.js';

export type BacklogItem =
  | { readonly kind: 'bytes'; readonly piece: Piece; readonly monoMs: number }
  | { readonly kind: 'opened' | 'closed'; readonly monoMs: number };

/** Items taken from the front before the array is moved up. */
const COMPACT_AFTER = 1_024;

export class Backlog {
  #items: BacklogItem[] = [];
  #first = 0;
  #bytes = 0;
  #cost = 0;

  add(item: BacklogItem): void {
    this.#items.push(item);
    if (item.kind !== 'bytes') return;
    const size = item.piece.to - item.piece.from;
    this.#bytes += size;
    this.#cost += size + READ_OVERHEAD_BYTES;
  }

  peek(): BacklogItem | undefined {
    return this.#items[this.#first];
  }

  take(): BacklogItem | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first += 1;
    if (this.#first >= COMPACT_AFTER || this.#first === this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    if (item.kind === 'bytes') {
      const size = item.piece.to - item.piece.from;
      this.#bytes -= size;
      this.#cost -= size + READ_OVERHEAD_BYTES;
    }
    return item;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isOverfull(): boolean {
    return this.#cost > BACKLOG_MAX_BYTES;
  }
}
