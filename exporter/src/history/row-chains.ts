/**
 * Records of many rows, each row's in the order in which they came: chains of blocks in one array of
 * a fixed size, of which only what is used takes memory. Public arrays are for loops over a chain.
 */

/** Records of a block; two cells each. */
export const BLOCK = 16;
const CELLS = 2;
/** No block. */
export const END = -1;
const OFFSET_MOST = 2_147_483_647;

export class RowChains {
  /** Record r: milliseconds after a base that the owner knows at 2 r, what happened at 2 r + 1. */
  readonly cells: Int32Array;
  /** The same memory, for owners whose records are fractions. */
  readonly floats: Float32Array;
  /** Block that follows in the chain. */
  readonly nexts: Int32Array;
  /** By row. */
  heads = new Int32Array(0);
  tails = new Int32Array(0);
  /** Records in the last block; the others are full. */
  fills = new Uint8Array(0);
  readonly #blocks: number;
  #used = 0;
  #free = END;
  #freed = 0;

  constructor(records: number, rows: number) {
    // Each row may leave its last block nearly empty.
    this.#blocks = Math.ceil(records / BLOCK) + rows;
    this.cells = new Int32Array(this.#blocks * BLOCK * CELLS);
    this.floats = new Float32Array(this.cells.buffer);
    this.nexts = new Int32Array(this.#blocks);
    this.reach(rows);
  }

  get rows(): number {
    return this.heads.length;
  }

  /** Records in all chains are no more. */
  get most(): number {
    return (this.#used - this.#freed) * BLOCK;
  }

  /** So many records find room, wherever they go. */
  get room(): number {
    return this.#blocks - this.#used + this.#freed;
  }

  /** Rows below it exist from here on. */
  reach(rows: number): void {
    if (rows <= this.heads.length) return;
    const length = Math.max(rows, this.heads.length * 2);
    const heads = new Int32Array(length).fill(END);
    const tails = new Int32Array(length).fill(END);
    const fills = new Uint8Array(length);
    heads.set(this.heads);
    tails.set(this.tails);
    fills.set(this.fills);
    this.heads = heads;
    this.tails = tails;
    this.fills = fills;
  }

  /** Cell of the row's last record; −1 = it has none. */
  last(row: number): number {
    const fill = this.fills[row] ?? 0;
    return fill === 0 ? -1 : ((this.tails[row] ?? 0) * BLOCK + fill - 1) * CELLS;
  }

  /** Cell of a new record whose time is written; −1: there is no room. */
  append(row: number, offsetMs: number): number {
    let tail = this.tails[row] ?? END;
    let fill = this.fills[row] ?? 0;
    if (tail === END || fill === BLOCK) {
      const block = this.#take();
      if (block === END) return -1;
      if (tail === END) this.heads[row] = block;
      else this.nexts[tail] = block;
      this.tails[row] = block;
      tail = block;
      fill = 0;
    }
    const cell = (tail * BLOCK + fill) * CELLS;
    // Beyond 24 days is no record of a window: a clock that was set while something happened.
    this.cells[cell] = Math.max(-OFFSET_MOST, Math.min(OFFSET_MOST, offsetMs));
    this.fills[row] = fill + 1;
    return cell;
  }

  /** Takes the last record back; not the first one of a block. False: it stays. */
  takeBack(row: number): boolean {
    const fill = this.fills[row] ?? 0;
    if (fill < 2) return false;
    this.fills[row] = fill - 1;
    return true;
  }

  /** Gives back full blocks that end before an instant, each after `each` saw its cells `from … to`. */
  trim(row: number, beforeMs: number, each: (from: number, to: number) => void): void {
    let head = this.heads[row] ?? END;
    while (head !== (this.tails[row] ?? END)) {
      const from = head * BLOCK * CELLS;
      const to = from + BLOCK * CELLS;
      if ((this.cells[to - CELLS] ?? 0) >= beforeMs) break;
      each(from, to);
      const next = this.nexts[head] ?? END;
      this.nexts[head] = this.#free;
      this.#free = head;
      this.#freed += 1;
      head = next;
    }
    this.heads[row] = head;
  }

  /** The base moves on by so much. */
  shift(ms: number): void {
    const end = this.#used * BLOCK * CELLS;
    for (let cell = 0; cell < end; cell += CELLS) {
      this.cells[cell] = Math.max(-OFFSET_MOST, (this.cells[cell] ?? 0) - ms);
    }
  }

  #take(): number {
    let block = this.#free;
    if (block !== END) {
      this.#free = this.nexts[block] ?? END;
      this.#freed -= 1;
    } else if (this.#used < this.#blocks) {
      block = this.#used;
      this.#used += 1;
    } else {
      return END;
    }
    this.nexts[block] = END;
    return block;
  }
}
