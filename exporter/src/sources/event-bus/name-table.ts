/**
 * Numbers for names that are read from bytes: a name that is known costs a hash and a comparison,
 * and makes no string. What is no UTF-8 is U+FFFD in the text that is told of it.
 */
import type { NameNews } from '../../domain/bus-batch.js';
import { NAME_MAX_CHARACTERS } from './options.js';

/** In place of a number: the table is full, and `renew` begins it anew. */
export const TABLE_FULL = -2;

/** A UTF-16 unit takes three bytes of UTF-8 at most; what stands behind them is in no text. */
export const KEY_MAX_BYTES = NAME_MAX_CHARACTERS * 3;
const ARENA_FIRST_BYTES = 65_536;
/** A table with this many places to begin with; doubled when more than half of them are taken. */
const FIRST_SLOTS = 1_024;

export interface NameTableOptions {
  /** 65,536 at most. */
  readonly names: number;
  /** Bytes of all names together. */
  readonly bytes: number;
  /** Draws a multiplier: who does not know them cannot choose names that meet in one place. */
  readonly random: () => number;
}

/** Bytes, and a view of the same. */
export interface Bytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export class NameTable {
  readonly #options: NameTableOptions;
  /** Number + 1 of the name in a place, 0: none. Small, because it is read in no order. */
  #slots = new Int32Array(FIRST_SLOTS);
  /** Two for each four bytes of a name, and one for its length. */
  readonly #multipliers: Int32Array;
  readonly #starts: Int32Array;
  #arena: Buffer;
  #view: DataView;
  #count = 0;
  #used = 0;
  #generation = 0;
  #told = 0;
  #fresh: string[] = [];
  /** The name that was asked for last: events of one job follow each other. */
  #last = -1;
  /** The name that is asked for. */
  #asked: DataView;
  #askedStart = 0;
  #askedLength = 0;

  constructor(options: NameTableOptions) {
    this.#options = options;
    this.#multipliers = Int32Array.from(
      { length: KEY_MAX_BYTES / 2 + 3 },
      () => Math.floor(options.random() * 0x1_0000_0000) | 0,
    );
    this.#starts = new Int32Array(options.names + 1);
    this.#arena = Buffer.allocUnsafeSlow(ARENA_FIRST_BYTES);
    this.#view = viewOf(this.#arena);
    this.#asked = this.#view;
  }

  /** Whether so many more names of so many bytes together surely find room. */
  hasRoomFor(names: number, bytes: number): boolean {
    const { names: namesMax, bytes: bytesMax } = this.#options;
    return this.#count + names <= namesMax && this.#used + bytes <= bytesMax;
  }

  /** Number of the name that stands between these offsets, or TABLE_FULL. */
  number(source: Bytes, start: number, end: number): number {
    const length = Math.min(end - start, KEY_MAX_BYTES);
    this.#asked = source.view;
    this.#askedStart = start;
    this.#askedLength = length;
    if (this.#last >= 0 && this.#isAsked(this.#last)) return this.#last;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let place = this.#hash() & mask;
    for (;;) {
      const number = (slots[place] ?? 0) - 1;
      if (number < 0) return this.#add(place, source.bytes.subarray(start, start + length));
      if (this.#isAsked(number)) {
        this.#last = number;
        return number;
      }
      place = (place + 1) & mask;
    }
  }

  /** Names that were added since the last call. */
  takeNews(): NameNews {
    const news = { generation: this.#generation, first: this.#told, texts: this.#fresh };
    this.#told = this.#count;
    this.#fresh = [];
    return news;
  }

  /** Begins anew; to be called after the news of this generation were taken and told. */
  renew(): void {
    this.#generation += 1;
    this.#slots = new Int32Array(FIRST_SLOTS);
    this.#count = 0;
    this.#used = 0;
    this.#told = 0;
    this.#fresh = [];
    this.#last = -1;
  }

  #add(place: number, key: Buffer): number {
    const number = this.#count;
    if (number >= this.#options.names || this.#used + key.length > this.#options.bytes)
      return TABLE_FULL;
    this.#makeRoom(this.#used + key.length);
    this.#arena.set(key, this.#used);
    this.#used += key.length;
    this.#slots[place] = number + 1;
    this.#starts[number + 1] = this.#used;
    this.#count = number + 1;
    this.#fresh.push(textOf(key));
    this.#last = number;
    if (this.#count * 2 > this.#slots.length) this.#double();
    return number;
  }

  #double(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    this.#asked = this.#view;
    for (let number = 0; number < this.#count; number += 1) {
      this.#askedStart = this.#starts[number] ?? 0;
      this.#askedLength = (this.#starts[number + 1] ?? 0) - this.#askedStart;
      let place = this.#hash() & mask;
      while (slots[place] !== 0) place = (place + 1) & mask;
      slots[place] = number + 1;
    }
    this.#slots = slots;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#arena.length) return;
    const arena = Buffer.allocUnsafeSlow(Math.min(this.#arena.length * 2, this.#options.bytes));
    this.#arena.copy(arena, 0, 0, this.#used);
    this.#arena = arena;
    this.#view = viewOf(arena);
    this.#makeRoom(bytes);
  }

  #isAsked(number: number): boolean {
    const from = this.#starts[number] ?? 0;
    const length = this.#askedLength;
    if ((this.#starts[number + 1] ?? 0) - from !== length) return false;
    const known = this.#view;
    const asked = this.#asked;
    const start = this.#askedStart;
    let at = 0;
    for (; at + 4 <= length; at += 4)
      if (known.getInt32(from + at) !== asked.getInt32(start + at)) return false;
    for (; at < length; at += 1)
      if (known.getUint8(from + at) !== asked.getUint8(start + at)) return false;
    return true;
  }

  /**
   * The upper half of Σ multiplier × 16 bits of the name: no two names meet more often than chance
   * would have it, whoever chose them (multilinear hashing, Lemire and Kaser 2014).
   */
  #hash(): number {
    const multipliers = this.#multipliers;
    const view = this.#asked;
    const start = this.#askedStart;
    const length = this.#askedLength;
    let sum = Math.imul(multipliers[0] ?? 0, length) + (multipliers[1] ?? 0);
    let next = 2;
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      const word = view.getInt32(start + at);
      sum =
        (sum +
          Math.imul(multipliers[next] ?? 0, word & 0xffff) +
          Math.imul(multipliers[next + 1] ?? 0, word >>> 16)) |
        0;
      next += 2;
    }
    for (; at < length; at += 1) {
      sum = (sum + Math.imul(multipliers[next] ?? 0, view.getUint8(start + at))) | 0;
      next += 1;
    }
    // 17 bits: what the largest table has places for.
    return sum >>> 15;
  }
}

/** Cut to so many UTF-16 units, not within a character. */
function textOf(key: Buffer): string {
  const text = key.toString('utf8');
  if (text.length <= NAME_MAX_CHARACTERS) return text;
  const last = text.charCodeAt(NAME_MAX_CHARACTERS - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? NAME_MAX_CHARACTERS - 1 : NAME_MAX_CHARACTERS);
}

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
