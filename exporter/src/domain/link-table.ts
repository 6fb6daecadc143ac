/**
 * Every connection that must be remembered, by socket cookie, in columns: no object per connection.
 */

/** Where a connection stands in its life. */
export const PHASE_FREE = 0;
/** Established; its connect is not booked yet, because nobody knows whose it is. */
export const PHASE_WAITING = 1;
/** Established; its connect is booked, or is older than this process. */
export const PHASE_UP = 2;
/** Its disconnect is booked, the kernel still lists it (FIN_WAIT1, CLOSE_WAIT …). */
export const PHASE_LEFT = 3;
/** Its disconnect is booked because a complete scan did not list it. */
export const PHASE_MISSING = 4;
/** Its destroy event was read. */
export const PHASE_DEAD = 5;
/** It was missing from one scan and is back: established, its disconnect is already booked. */
export const PHASE_REVIVED = 6;

/** Slot s is index s of every column. */
export interface LinkTable {
  readonly capacity: number;
  /** Open addressing with linear probing: slot + 1, or 0 for an empty bucket. */
  readonly buckets: Int32Array;
  readonly cookieLow: Uint32Array;
  readonly cookieHigh: Uint32Array;
  readonly phase: Uint8Array;
  /** Index into PORTS. */
  readonly port: Uint8Array;
  readonly address: Int32Array;
  /** Whose it is now, or NO_MINION; with the index into IDENTITY_BASES and into PEERS. */
  readonly minion: Int32Array;
  readonly basis: Uint8Array;
  readonly peer: Uint8Array;
  /** Binding that overrides the address: minion slot or NO_MINION, and the basis it rests on. */
  readonly boundMinion: Int32Array;
  readonly boundBasis: Uint8Array;
  /** Generation of the last scan that listed it. */
  readonly seen: Uint32Array;
  /** First sight, both clocks. */
  readonly openedMonoMs: Float64Array;
  readonly openedWallMs: Float64Array;
  /** Since when it is MISSING or DEAD. */
  readonly goneMonoMs: Float64Array;
  /** 1 when the kernel gave figures for it in the last scan. */
  readonly hasInfo: Uint8Array;
  readonly backoff: Uint8Array;
  readonly probes: Uint8Array;
  readonly unacked: Uint32Array;
  readonly totalRetransmits: Uint32Array;
  readonly bytesReceived: Float64Array;
  readonly rttMicros: Uint32Array;
  /** Instant of the last acknowledgement; NaN before the first figures. */
  readonly ackMonoMs: Float64Array;
  /** Last scan at which nothing was unacknowledged; NaN = never. */
  readonly cleanMonoMs: Float64Array;
  /**
   * Not before this instant the oldest unacknowledged byte was sent; NaN = nothing is
   * unacknowledged.
   */
  readonly sentMonoMs: Float64Array;
  readonly free: Int32Array;
  freeCount: number;
  /** Slots 0 … high − 1 have been used. */
  high: number;
  size: number;
  /** Slots whose connect waits for an identity. */
  waiting: number;
  /** Slots in PHASE_DEAD. */
  dead: number;
  evicted: number;
}

export function createLinkTable(capacity: number): LinkTable {
  let buckets = 16;
  while (buckets < capacity * 2) buckets *= 2;
  const u32 = () => new Uint32Array(capacity);
  const u8 = () => new Uint8Array(capacity);
  const f64 = () => new Float64Array(capacity);
  const i32 = () => new Int32Array(capacity);
  return {
    capacity,
    buckets: new Int32Array(buckets),
    cookieLow: u32(),
    cookieHigh: u32(),
    phase: u8(),
    port: u8(),
    address: i32(),
    minion: i32(),
    basis: u8(),
    peer: u8(),
    boundMinion: i32(),
    boundBasis: u8(),
    seen: u32(),
    openedMonoMs: f64(),
    openedWallMs: f64(),
    goneMonoMs: f64(),
    hasInfo: u8(),
    backoff: u8(),
    probes: u8(),
    unacked: u32(),
    totalRetransmits: u32(),
    bytesReceived: f64(),
    rttMicros: u32(),
    ackMonoMs: f64(),
    cleanMonoMs: f64(),
    sentMonoMs: f64(),
    free: i32(),
    freeCount: 0,
    high: 0,
    size: 0,
    waiting: 0,
    dead: 0,
    evicted: 0,
  };
}

/** Slot of a cookie, or −1. */
export function findLink(table: LinkTable, low: number, high: number): number {
  const { buckets, cookieLow, cookieHigh } = table;
  const mask = buckets.length - 1;
  let bucket = hashCookie(low, high) & mask;
  for (;;) {
    const slot = (buckets[bucket] ?? 0) - 1;
    if (slot < 0) return -1;
    if (cookieLow[slot] === low && cookieHigh[slot] === high) return slot;
    bucket = (bucket + 1) & mask;
  }
}

/**
 * A new slot with cleared figures, or −1 when the table is full. The cookie must not be in the
 * table.
 */
export function insertLink(table: LinkTable, low: number, high: number): number {
  if (table.freeCount === 0 && table.high >= table.capacity) return -1;
  const slot = table.freeCount > 0 ? (table.free[--table.freeCount] ?? 0) : table.high++;
  const { buckets } = table;
  const mask = buckets.length - 1;
  let bucket = hashCookie(low, high) & mask;
  while (buckets[bucket] !== 0) bucket = (bucket + 1) & mask;
  buckets[bucket] = slot + 1;
  table.size += 1;
  table.cookieLow[slot] = low;
  table.cookieHigh[slot] = high;
  table.boundMinion[slot] = -1;
  table.hasInfo[slot] = 0;
  table.backoff[slot] = 0;
  table.probes[slot] = 0;
  table.unacked[slot] = 0;
  table.totalRetransmits[slot] = 0;
  table.bytesReceived[slot] = 0;
  table.rttMicros[slot] = 0;
  table.goneMonoMs[slot] = Number.NaN;
  table.ackMonoMs[slot] = Number.NaN;
  table.cleanMonoMs[slot] = Number.NaN;
  table.sentMonoMs[slot] = Number.NaN;
  return slot;
}

/** Forgets a slot; its address must be released by the caller. */
export function removeLink(table: LinkTable, slot: number): void {
  const { buckets, cookieLow, cookieHigh } = table;
  const mask = buckets.length - 1;
  let hole = hashCookie(cookieLow[slot] ?? 0, cookieHigh[slot] ?? 0) & mask;
  while (buckets[hole] !== slot + 1) hole = (hole + 1) & mask;
  let probe = hole;
  for (;;) {
    probe = (probe + 1) & mask;
    const moved = (buckets[probe] ?? 0) - 1;
    if (moved < 0) break;
    const home = hashCookie(cookieLow[moved] ?? 0, cookieHigh[moved] ?? 0) & mask;
    if (((probe - home) & mask) >= ((probe - hole) & mask)) {
      buckets[hole] = moved + 1;
      hole = probe;
    }
  }
  buckets[hole] = 0;
  if (table.phase[slot] === PHASE_DEAD) table.dead -= 1;
  table.phase[slot] = PHASE_FREE;
  table.free[table.freeCount++] = slot;
  table.size -= 1;
}

/** WAITING, UP and REVIVED are established connections. */
export function isEstablished(phase: number): boolean {
  return phase === PHASE_UP || phase === PHASE_WAITING || phase === PHASE_REVIVED;
}

/** Cookies of one boot are consecutive numbers, so multiplication alone spreads them well. */
function hashCookie(low: number, high: number): number {
  const hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) >>> 0;
}
