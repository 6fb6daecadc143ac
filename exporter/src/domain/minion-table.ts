/**
 * One slot per minion that has an accepted key or is expected, in columns; ids are untrusted text
 * and only passed through.
 */
import type { InventoryMinion } from './observations.js';
import { inSteps, type Steps, sortInSteps } from './steps.js';
import { MINION_STATUSES } from './vocabulary.js';

export const STATUS_UNKNOWN = MINION_STATUSES.indexOf('unknown');

/**
 * How an address came to name a minion, strongest first; `more` decides only where nobody has it in
 * its main grains.
 */
export const CLASS_STATIC = 0;
export const CLASS_NAT = 1;
export const CLASS_GRAINS = 2;
export const CLASS_MORE = 3;

/**
 * What the inventory says of one minion, addresses as entries of the address table; plain lists,
 * typed ones cost more to make.
 */
export interface MinionFacts {
  /** What these facts were read from, or the latest that says the same; undefined before the first. */
  source: InventoryMinion | undefined;
  /** Every entry that these facts keep in use. */
  readonly held: readonly number[];
  /** Addresses that can name it, with the class of each in `classes`. */
  readonly addresses: readonly number[];
  readonly classes: readonly number[];
  /** What Salt's own presence compares: cached `ipv4` and `ipv6`. */
  readonly grainAddresses: readonly number[];
  readonly cached: boolean;
  readonly hasKey: boolean;
  readonly expected: boolean;
  /** One of its addresses is the master's own. */
  readonly onMasterHost: boolean;
  /** The operator's NAT map names it. */
  readonly behindNat: boolean;
  readonly grainsWallMs: number | undefined;
  readonly keyWallMs: number | undefined;
}

export const NO_FACTS: MinionFacts = {
  source: undefined,
  held: [],
  addresses: [],
  classes: [],
  grainAddresses: [],
  cached: false,
  hasKey: false,
  expected: false,
  onMasterHost: false,
  behindNat: false,
  grainsWallMs: undefined,
  keyWallMs: undefined,
};

/** Slot s is index s of every column; times are NaN when there is none. */
export interface MinionTable {
  readonly capacity: number;
  readonly slots: Map<string, number>;
  readonly ids: string[];
  readonly facts: MinionFacts[];
  /** Slots in the order of their ids, and the ids in that order: what a frozen epoch lists. */
  order: Int32Array;
  orderedIds: readonly string[];
  // counters
  readonly connects: Float64Array;
  readonly disconnects: Float64Array;
  readonly flaps: Float64Array;
  readonly retransmits: Float64Array;
  /** Messages that the publisher dropped, at the high water mark and with a link. */
  readonly droppedHwm: Float64Array;
  readonly droppedDisconnect: Float64Array;
  /** Times that the known ledger of a link of its own broke off. */
  readonly ledgerBreaks: Float64Array;
  /** Bytes of its requests and of the replies to them. */
  readonly requestBytes: Float64Array;
  readonly replyBytes: Float64Array;
  /** Returns that said they went well, and that did not. */
  readonly goodReturns: Float64Array;
  readonly failedReturns: Float64Array;
  // instants
  /** Stamp of its last return, and of the last event of any kind. */
  readonly lastReturnWallMs: Float64Array;
  readonly lastHeardWallMs: Float64Array;
  /** Stamp of the last return of a canary's ping. */
  readonly lastPingWallMs: Float64Array;
  /** When it last answered any canary job; when the last one was sent if that was not answered. */
  readonly lastCanaryWallMs: Float64Array;
  readonly missedCanaryWallMs: Float64Array;
  readonly lastConnectWallMs: Float64Array;
  readonly lastDisconnectWallMs: Float64Array;
  readonly lastAckMonoMs: Float64Array;
  readonly lastAckWallMs: Float64Array;
  /** Last answer to a heartbeat. */
  readonly lastPongMonoMs: Float64Array;
  readonly lastPongWallMs: Float64Array;
  /** Since when it has no publish link of its own; NaN while it has one. */
  readonly linklessMonoMs: Float64Array;
  readonly linklessWallMs: Float64Array;
  /** 1 once a publish link was its own in this process. */
  readonly everLinked: Uint8Array;
  // flaps
  readonly openDisconnectMonoMs: Float64Array;
  readonly openConnectMonoMs: Float64Array;
  readonly stormMonoMs: Float64Array;
  // status
  readonly status: Uint8Array;
  readonly statusSinceWallMs: Float64Array;
  readonly candidate: Uint8Array;
  readonly candidateMonoMs: Float64Array;
  readonly candidateWallMs: Float64Array;
  readonly lastProblemMonoMs: Float64Array;
  /** Established publish links of its own, right at every instant. */
  readonly establishedLinks: Int32Array;
  // survey: what the links say now
  readonly publishLinks: Uint32Array;
  readonly requestLinks: Uint32Array;
  readonly publishBasis: Uint8Array;
  readonly requestBasis: Uint8Array;
  readonly silentLinks: Uint32Array;
  /**
   * Latest instant after which one of its silent links had something unacknowledged; NaN = no link
   * is silent.
   */
  readonly silentMonoMs: Float64Array;
  readonly rttMicros: Float64Array;
  /** Publish links whose host answers and whose process does not; that drain and are behind. */
  readonly stalledLinks: Uint32Array;
  readonly slowLinks: Uint32Array;
  /** Since when a stalled one gives no sign; NaN = none is. */
  readonly stalledMonoMs: Float64Array;
  /** Age of its oldest unanswered request at the scan; NaN = none. */
  readonly requestWaitMs: Float64Array;
  /** Number of the last inventory that lists it. */
  readonly listed: Uint32Array;
  readonly free: Int32Array;
  freeCount: number;
  high: number;
  evicted: number;
}

export function createMinionTable(capacity: number): MinionTable {
  const f64 = () => new Float64Array(capacity);
  const u8 = () => new Uint8Array(capacity);
  const u32 = () => new Uint32Array(capacity);
  return {
    capacity,
    slots: new Map(),
    ids: [],
    facts: [],
    order: new Int32Array(0),
    orderedIds: [],
    connects: f64(),
    disconnects: f64(),
    flaps: f64(),
    retransmits: f64(),
    droppedHwm: f64(),
    droppedDisconnect: f64(),
    ledgerBreaks: f64(),
    requestBytes: f64(),
    replyBytes: f64(),
    goodReturns: f64(),
    failedReturns: f64(),
    lastReturnWallMs: f64(),
    lastHeardWallMs: f64(),
    lastPingWallMs: f64(),
    lastCanaryWallMs: f64(),
    missedCanaryWallMs: f64(),
    lastConnectWallMs: f64(),
    lastDisconnectWallMs: f64(),
    lastAckMonoMs: f64(),
    lastAckWallMs: f64(),
    lastPongMonoMs: f64(),
    lastPongWallMs: f64(),
    linklessMonoMs: f64(),
    linklessWallMs: f64(),
    everLinked: u8(),
    openDisconnectMonoMs: f64(),
    openConnectMonoMs: f64(),
    stormMonoMs: f64(),
    status: u8(),
    statusSinceWallMs: f64(),
    candidate: u8(),
    candidateMonoMs: f64(),
    candidateWallMs: f64(),
    lastProblemMonoMs: f64(),
    establishedLinks: new Int32Array(capacity),
    publishLinks: u32(),
    requestLinks: u32(),
    publishBasis: u8(),
    requestBasis: u8(),
    silentLinks: u32(),
    silentMonoMs: f64(),
    rttMicros: f64(),
    stalledLinks: u32(),
    slowLinks: u32(),
    stalledMonoMs: f64(),
    requestWaitMs: f64(),
    listed: u32(),
    free: new Int32Array(capacity),
    freeCount: 0,
    high: 0,
    evicted: 0,
  };
}

/** A fresh slot for a new id, or −1 when the table is full. */
export function addMinion(
  table: MinionTable,
  id: string,
  now: { monoMs: number; wallMs: number },
): number {
  if (table.freeCount === 0 && table.high >= table.capacity) {
    table.evicted += 1;
    return -1;
  }
  const slot = table.freeCount > 0 ? (table.free[--table.freeCount] ?? 0) : table.high++;
  table.slots.set(id, slot);
  table.ids[slot] = id;
  table.facts[slot] = NO_FACTS;
  for (const column of [
    table.connects,
    table.disconnects,
    table.flaps,
    table.retransmits,
    table.droppedHwm,
    table.droppedDisconnect,
    table.ledgerBreaks,
    table.requestBytes,
    table.replyBytes,
    table.goodReturns,
    table.failedReturns,
  ]) {
    column[slot] = 0;
  }
  for (const column of [
    table.lastReturnWallMs,
    table.lastHeardWallMs,
    table.lastPingWallMs,
    table.lastCanaryWallMs,
    table.missedCanaryWallMs,
    table.lastConnectWallMs,
    table.lastDisconnectWallMs,
    table.lastAckMonoMs,
    table.lastAckWallMs,
    table.lastPongMonoMs,
    table.lastPongWallMs,
    table.openDisconnectMonoMs,
    table.openConnectMonoMs,
    table.stormMonoMs,
    table.lastProblemMonoMs,
    table.silentMonoMs,
    table.rttMicros,
    table.stalledMonoMs,
    table.requestWaitMs,
  ]) {
    column[slot] = Number.NaN;
  }
  table.linklessMonoMs[slot] = now.monoMs;
  table.linklessWallMs[slot] = now.wallMs;
  table.everLinked[slot] = 0;
  table.status[slot] = STATUS_UNKNOWN;
  table.candidate[slot] = STATUS_UNKNOWN;
  table.statusSinceWallMs[slot] = now.wallMs;
  table.candidateMonoMs[slot] = now.monoMs;
  table.candidateWallMs[slot] = now.wallMs;
  table.establishedLinks[slot] = 0;
  table.publishLinks[slot] = 0;
  table.requestLinks[slot] = 0;
  table.silentLinks[slot] = 0;
  table.stalledLinks[slot] = 0;
  table.slowLinks[slot] = 0;
  table.listed[slot] = 0;
  return slot;
}

/**
 * Ends a minion; whatever refers to its slot must be cleared by the caller before the next
 * `addMinion`.
 */
export function dropMinion(table: MinionTable, slot: number): void {
  const id = table.ids[slot];
  if (id === undefined || table.slots.get(id) !== slot) return;
  table.slots.delete(id);
  table.ids[slot] = '';
  table.facts[slot] = NO_FACTS;
  table.free[table.freeCount++] = slot;
}

/** Order and ordered ids change together, in the last step; `size` rows a step. */
export function* orderSteps(table: MinionTable, size: number): Steps {
  const ids = yield* sortInSteps([...table.slots.keys()], size);
  const order = new Int32Array(ids.length);
  yield* inSteps(ids.length, size, (from, to) => {
    for (let row = from; row < to; row += 1) order[row] = table.slots.get(ids[row] ?? '') ?? 0;
  });
  table.orderedIds = ids;
  table.order = order;
}
