/**
 * Jobs that are open, and the latest that closed, in columns; which minions each job expects, heard
 * and misses as one bit a minion. A full table takes the place of its oldest closed job, and when
 * every job is open that of the oldest open one, whose open pairs are then booked nowhere, and
 * counted as evicted.
 */
import type { FunctionRow } from './job-functions.js';

export const JOB_FREE = 0;
export const JOB_OPEN = 1;
export const JOB_CLOSED = 2;

/** The pairs of a bit set: index into the sets of a job. */
export interface PairSets {
  /** `new` names the minion. */
  readonly expected: Uint32Array;
  readonly returned: Uint32Array;
  /** Closed without a return. */
  readonly missing: Uint32Array;
  /** A `find_job` was answered: it runs. */
  readonly runs: Uint32Array;
  /** A `find_job` was answered: it runs no more. */
  readonly gone: Uint32Array;
  /** A `find_job` was published for it and is not answered. */
  readonly asked: Uint32Array;
}

export interface JobTable extends PairSets {
  readonly capacity: number;
  /** Words of 32 minions that one set of one job takes. */
  readonly words: number;
  readonly slots: Map<string, number>;
  readonly jids: string[];
  readonly phase: Uint8Array;
  readonly functions: FunctionRow[];
  /** Place of its function in the table of statuses; −1 = it is none of the chosen ones. */
  readonly statusPair: Int32Array;
  /** 1: nobody's work (`find_job`): booked nowhere. */
  readonly internal: Uint8Array;
  /** 1: it closed, and how it ended is booked. */
  readonly ended: Uint8Array;
  /** 1: the bus was not heard for a while since it began: who is silent may have returned. */
  readonly blind: Uint8Array;
  /** When it was published, by its stamp where that can be. */
  readonly newMonoMs: Float64Array;
  readonly newWallMs: Float64Array;
  /** When a `find_job` last said that it runs somewhere; NaN = never. */
  readonly runsMonoMs: Float64Array;
  /** When a `find_job` was last published for it; NaN = never. */
  readonly askedMonoMs: Float64Array;
  readonly expectedCount: Int32Array;
  readonly returnedCount: Int32Array;
  readonly missingCount: Int32Array;
  /** Number of this job in the order of their beginnings. */
  readonly order: Float64Array;
  begun: number;
  open: number;
  /** Jobs that lost their place while pairs were open, and those pairs. */
  evictedJobs: number;
  evictedPairs: number;
}

export function createJobTable(capacity: number, minions: number): JobTable {
  const words = Math.ceil(minions / 32);
  const bits = () => new Uint32Array(capacity * words);
  const f64 = () => new Float64Array(capacity);
  const i32 = () => new Int32Array(capacity);
  return {
    capacity,
    words,
    slots: new Map(),
    jids: [],
    phase: new Uint8Array(capacity),
    functions: [],
    statusPair: i32().fill(-1),
    internal: new Uint8Array(capacity),
    ended: new Uint8Array(capacity),
    blind: new Uint8Array(capacity),
    newMonoMs: f64(),
    newWallMs: f64(),
    runsMonoMs: f64(),
    askedMonoMs: f64(),
    expectedCount: i32(),
    returnedCount: i32(),
    missingCount: i32(),
    order: f64(),
    expected: bits(),
    returned: bits(),
    missing: bits(),
    runs: bits(),
    gone: bits(),
    asked: bits(),
    begun: 0,
    open: 0,
    evictedJobs: 0,
    evictedPairs: 0,
  };
}

/** A job begins; whoever stood in its place is forgotten. */
export function beginJob(
  table: JobTable,
  job: {
    readonly jid: string;
    readonly function: FunctionRow;
    readonly statusPair: number;
    readonly internal: boolean;
    readonly monoMs: number;
    readonly wallMs: number;
  },
): number {
  const slot = roomFor(table);
  if (table.phase[slot] !== JOB_FREE) forgetJob(table, slot);
  table.slots.set(job.jid, slot);
  table.jids[slot] = job.jid;
  table.phase[slot] = JOB_OPEN;
  table.functions[slot] = job.function;
  table.statusPair[slot] = job.statusPair;
  table.internal[slot] = job.internal ? 1 : 0;
  table.ended[slot] = 0;
  table.blind[slot] = 0;
  table.newMonoMs[slot] = job.monoMs;
  table.newWallMs[slot] = job.wallMs;
  table.runsMonoMs[slot] = Number.NaN;
  table.askedMonoMs[slot] = Number.NaN;
  table.expectedCount[slot] = 0;
  table.returnedCount[slot] = 0;
  table.missingCount[slot] = 0;
  table.order[slot] = table.begun;
  table.begun += 1;
  table.open += 1;
  return slot;
}

export function hasPair(
  table: JobTable,
  set: Uint32Array,
  at: { slot: number; minion: number },
): boolean {
  const word = set[at.slot * table.words + (at.minion >>> 5)] ?? 0;
  return (word & (1 << (at.minion & 31))) !== 0;
}

export function addPair(
  table: JobTable,
  set: Uint32Array,
  at: { slot: number; minion: number },
): void {
  const index = at.slot * table.words + (at.minion >>> 5);
  set[index] = (set[index] ?? 0) | (1 << (at.minion & 31));
}

export function dropPair(
  table: JobTable,
  set: Uint32Array,
  at: { slot: number; minion: number },
): void {
  const index = at.slot * table.words + (at.minion >>> 5);
  set[index] = (set[index] ?? 0) & ~(1 << (at.minion & 31));
}

/** A return was not its minion's: the pair is open again, and so is its job. */
export function reopenPair(table: JobTable, at: { slot: number; minion: number }): void {
  dropPair(table, table.returned, at);
  table.returnedCount[at.slot] = (table.returnedCount[at.slot] ?? 0) - 1;
  if (table.phase[at.slot] !== JOB_CLOSED) return;
  table.phase[at.slot] = JOB_OPEN;
  table.open += 1;
}

/** Pairs whose minion did not return and was not given up, as the bits of one word. */
export function pendingBits(table: JobTable, index: number): number {
  const { expected, returned, missing } = table;
  return (expected[index] ?? 0) & ~(returned[index] ?? 0) & ~(missing[index] ?? 0);
}

export function pendingCount(table: JobTable, slot: number): number {
  return (
    (table.expectedCount[slot] ?? 0) -
    (table.returnedCount[slot] ?? 0) -
    (table.missingCount[slot] ?? 0)
  );
}

/** A slot of the minion table is given to another minion: no job expects that one. */
export function forgetPairsOf(table: JobTable, minion: number): void {
  for (const slot of table.slots.values()) {
    const at = { slot, minion };
    if (!hasPair(table, table.expected, at)) continue;
    lessen(table.expectedCount, slot);
    if (hasPair(table, table.returned, at)) lessen(table.returnedCount, slot);
    else if (hasPair(table, table.missing, at)) lessen(table.missingCount, slot);
    for (const set of setsOf(table)) {
      dropPair(table, set, at);
    }
  }
}

export function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return (((fours + (fours >>> 4)) & 0x0f0f_0f0f) * 0x0101_0101) >>> 24;
}

/** A late return is still told from a stranger's while its job is remembered. */
function roomFor(table: JobTable): number {
  if (table.slots.size < table.capacity) return table.phase.indexOf(JOB_FREE);
  let best = 0;
  for (let slot = 1; slot < table.capacity; slot += 1) {
    const closed = table.phase[slot] === JOB_CLOSED;
    const bestClosed = table.phase[best] === JOB_CLOSED;
    const older = (table.order[slot] ?? 0) < (table.order[best] ?? 0);
    if (closed === bestClosed ? older : closed) best = slot;
  }
  return best;
}

function forgetJob(table: JobTable, slot: number): void {
  if (table.phase[slot] === JOB_OPEN) {
    table.open -= 1;
    const pending = pendingCount(table, slot);
    if (pending > 0) table.evictedJobs += 1;
    table.evictedPairs += pending;
  }
  table.slots.delete(table.jids[slot] ?? '');
  table.phase[slot] = JOB_FREE;
  const from = slot * table.words;
  for (const set of setsOf(table)) {
    set.fill(0, from, from + table.words);
  }
}

function lessen(counts: Int32Array, slot: number): void {
  counts[slot] = (counts[slot] ?? 0) - 1;
}

function setsOf(table: JobTable): readonly Uint32Array[] {
  return [table.expected, table.returned, table.missing, table.runs, table.gone, table.asked];
}
