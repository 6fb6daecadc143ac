/**
 * Addresses as small integers: interned, counted by use, each with the identity that the inventory
 * gives it.
 */
import { type AddressWords, parseAddress } from './address-text.js';
import { IDENTITY_BASES } from './vocabulary.js';

/** The entry that stands for "no address known": identifies nobody, is never freed. */
export const NO_ADDRESS = 0;
export const NO_MINION = -1;

export const BASIS_STATIC = IDENTITY_BASES.indexOf('static');
export const BASIS_GRAINS = IDENTITY_BASES.indexOf('grains');
export const BASIS_AMBIGUOUS = IDENTITY_BASES.indexOf('ambiguous');
export const BASIS_UNKNOWN = IDENTITY_BASES.indexOf('unknown');

/** Entry e is index e of every column. */
export interface AddressTable {
  readonly capacity: number;
  /** Open addressing with linear probing: entry, or 0 for an empty bucket. */
  readonly buckets: Int32Array;
  readonly words: Uint32Array;
  /** How many links and inventory lists name it; freed at 0. */
  readonly uses: Uint32Array;
  /** The one minion it identifies, or NO_MINION. */
  readonly minion: Int32Array;
  readonly basis: Uint8Array;
  /** Minions that it could be, when several can. */
  readonly candidates: Uint32Array;
  /**
   * Class of naming (minion table) that decided it; only minions that name it so can be behind it.
   */
  readonly decider: Uint8Array;
  /** Established connections from it, by port; written by the survey. */
  readonly publishLinks: Uint32Array;
  readonly requestLinks: Uint32Array;
  /** 1 once a publish link was opened from it. */
  readonly subscribed: Uint8Array;
  readonly free: Int32Array;
  freeCount: number;
  /** Entries 1 … high − 1 have been used. */
  high: number;
  size: number;
  evicted: number;
  /** 127.0.0.1 and ::1: a peer with one of them stands for the master's own host. */
  loopback4: number;
  loopback6: number;
}

export function createAddressTable(capacity: number): AddressTable {
  let buckets = 16;
  while (buckets < capacity * 2) buckets *= 2;
  const table: AddressTable = {
    capacity,
    buckets: new Int32Array(buckets),
    words: new Uint32Array(capacity * 4),
    uses: new Uint32Array(capacity),
    minion: new Int32Array(capacity),
    basis: new Uint8Array(capacity),
    candidates: new Uint32Array(capacity),
    decider: new Uint8Array(capacity),
    publishLinks: new Uint32Array(capacity),
    requestLinks: new Uint32Array(capacity),
    subscribed: new Uint8Array(capacity),
    free: new Int32Array(capacity),
    freeCount: 0,
    high: 1,
    size: 0,
    evicted: 0,
    loopback4: NO_ADDRESS,
    loopback6: NO_ADDRESS,
  };
  table.minion[NO_ADDRESS] = NO_MINION;
  table.basis[NO_ADDRESS] = BASIS_UNKNOWN;
  table.loopback4 = acquireText(table, '127.0.0.1');
  table.loopback6 = acquireText(table, '::1');
  return table;
}

/** Entry of four words at `offset`, NO_ADDRESS when it is not in the table. */
export function findAddress(table: AddressTable, words: ArrayLike<number>, offset: number): number {
  const mask = table.buckets.length - 1;
  let bucket = hashWords(words, offset) & mask;
  for (;;) {
    const entry = table.buckets[bucket] ?? 0;
    if (entry === 0 || sameWords(table, entry, { words, offset })) return entry;
    bucket = (bucket + 1) & mask;
  }
}

/**
 * One use more of the address at `offset`; NO_ADDRESS when the table is full. Each acquire wants
 * one release.
 */
export function acquireAddress(
  table: AddressTable,
  words: ArrayLike<number>,
  offset: number,
): number {
  const found = findAddress(table, words, offset);
  if (found !== NO_ADDRESS) {
    table.uses[found] = (table.uses[found] ?? 0) + 1;
    return found;
  }
  if (table.freeCount === 0 && table.high >= table.capacity) {
    table.evicted += 1;
    return NO_ADDRESS;
  }
  const entry = table.freeCount > 0 ? (table.free[--table.freeCount] ?? 0) : table.high++;
  for (let i = 0; i < 4; i += 1) table.words[entry * 4 + i] = words[offset + i] ?? 0;
  table.uses[entry] = 1;
  table.minion[entry] = NO_MINION;
  table.basis[entry] = BASIS_UNKNOWN;
  table.candidates[entry] = 0;
  table.publishLinks[entry] = 0;
  table.requestLinks[entry] = 0;
  table.subscribed[entry] = 0;
  table.size += 1;
  const mask = table.buckets.length - 1;
  let bucket = hashWords(words, offset) & mask;
  while (table.buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
  table.buckets[bucket] = entry;
  return entry;
}

/** Text that is no address is NO_ADDRESS. */
export function acquireText(table: AddressTable, text: string): number {
  const words = parseAddress(text);
  return words === undefined ? NO_ADDRESS : acquireAddress(table, words, 0);
}

export function releaseAddress(table: AddressTable, entry: number): void {
  if (entry === NO_ADDRESS) return;
  const uses = (table.uses[entry] ?? 0) - 1;
  table.uses[entry] = Math.max(uses, 0);
  if (uses > 0) return;
  unlinkBucket(table, entry);
  table.free[table.freeCount++] = entry;
  table.size -= 1;
}

export function wordsOf(table: AddressTable, entry: number): AddressWords {
  const word = (i: number) => table.words[entry * 4 + i] ?? 0;
  return [word(0), word(1), word(2), word(3)];
}

export function isIpv4(table: AddressTable, entry: number): boolean {
  const [a, b, c] = wordsOf(table, entry);
  return a === 0 && b === 0 && c === 0xffff;
}

/** Removes by shifting later members of the probe chain back, so that no tombstones pile up. */
function unlinkBucket(table: AddressTable, entry: number): void {
  const { buckets } = table;
  const mask = buckets.length - 1;
  let hole = hashWords(table.words, entry * 4) & mask;
  while (buckets[hole] !== entry) hole = (hole + 1) & mask;
  let probe = hole;
  for (;;) {
    probe = (probe + 1) & mask;
    const moved = buckets[probe] ?? 0;
    if (moved === 0) break;
    const home = hashWords(table.words, moved * 4) & mask;
    if (((probe - home) & mask) >= ((probe - hole) & mask)) {
      buckets[hole] = moved;
      hole = probe;
    }
  }
  buckets[hole] = 0;
}

function sameWords(
  table: AddressTable,
  entry: number,
  key: { words: ArrayLike<number>; offset: number },
): boolean {
  for (let i = 0; i < 4; i += 1) {
    if (table.words[entry * 4 + i] !== key.words[key.offset + i]) return false;
  }
  return true;
}

/** Mixes all four words; addresses of one rack differ in the low bits of the last word only. */
function hashWords(words: ArrayLike<number>, offset: number): number {
  let hash = Math.imul(words[offset] ?? 0, 0x9e3779b1);
  for (let i = 1; i < 4; i += 1) {
    hash = Math.imul(hash ^ (words[offset + i] ?? 0) ^ (hash >>> 15), 0x85ebca6b);
  }
  return (hash ^ (hash >>> 13)) >>> 0;
}
