/**
 * Who may own which request link: what was asked and answered lately, events that wait to be matched
 * with it, and for each minion the links that were seen at its events.
 */

/** Links remembered for one minion; the one with the fewest hits makes room. */
export const CANDIDATES = 16;

/** Parts of a dump: 80 rows each, so 20,480 links of both ports. More are taken as they are dated. */
const PARTS = 512;

/** What was asked and answered lately, in a ring: the oldest is overwritten, which is its purpose. */
export interface Exchanges {
  readonly capacity: number;
  /** Link slot; −1 = none. */
  readonly slot: Int32Array;
  /** Tells one life of that slot from the next. */
  readonly life: Uint32Array;
  /** The event of a return lies between these two, if this was a return. */
  readonly fromMonoMs: Float64Array;
  readonly toMonoMs: Float64Array;
  /** When the kernel was read that showed it: does not fall from one entry to the next. */
  readonly seenMonoMs: Float64Array;
  /** 1 when the sizes are those of one return, so that it speaks for its link. */
  readonly speaks: Uint8Array;
  /** 1 when its instants were read more than once. */
  readonly reread: Uint8Array;
  /** Index of the next one. */
  cursor: number;
  /** What was answered up to this instant is not all remembered. */
  lostMonoMs: number;
}

/** Events that came over request links and were not matched yet, in the order of their arrival. */
export interface Pending {
  readonly capacity: number;
  /** Minion slot; −1 = none, or matched. */
  readonly minion: Int32Array;
  readonly life: Uint32Array;
  readonly atMonoMs: Float64Array;
  /** Numbers of the next one and of the first that is not matched; index = number % capacity. */
  next: number;
  first: number;
}

/** Candidates of minion slot s are entries s × CANDIDATES …; 0 hits and 0 more = none. */
export interface Candidates {
  /** Link slot. */
  readonly slot: Int32Array;
  readonly life: Uint32Array;
  /** Events of the minion that this link certainly was seen at … */
  readonly hits: Uint16Array;
  /** … and those it may have been at besides. */
  readonly more: Uint16Array;
  /** Events of the minion before the first of them. */
  readonly before: Uint16Array;
  /** End of the exchange that gave the last hit: one exchange is one hit. */
  readonly lastMonoMs: Float64Array;
}

/** What a link asked and was not answered yet, by link slot. */
export interface Asking {
  /**
   * Not before this instant it was asked; NaN or 0 = nothing is; negative: not before its amount, if
   * anything is.
   */
  readonly fromMonoMs: Float64Array;
  readonly bytes: Float64Array;
  /** Segments that came until the last look. */
  readonly segments: Uint32Array;
  /** The last entry of this link in the ring. */
  readonly last: Int32Array;
  /** The earliest reading of when its last data came; NaN = none. */
  readonly readMonoMs: Float64Array;
}

/** Parts of a dump, whose rows share one instant, and how much too late they are dated at least. */
export interface Parts {
  readonly capacity: number;
  readonly rowMonoMs: Float64Array;
  readonly lateMs: Float64Array;
  count: number;
}

export interface Votes {
  readonly exchanges: Exchanges;
  readonly pending: Pending;
  readonly asking: Asking;
  readonly parts: Parts;
  readonly candidates: Candidates;
  readonly linkLife: Uint32Array;
  /** From here on columns by minion slot. */
  readonly minionLife: Uint32Array;
  /** Events that were matched. */
  readonly events: Uint16Array;
  /** Hits that a link which is no candidate any more may have. */
  readonly floor: Uint16Array;
  /** Instant of the last event that was matched; 0 = none. */
  readonly lastMonoMs: Float64Array;
  /** The link that was learned last, while it is bound to this minion. */
  readonly boundSlot: Int32Array;
  /** Events in a row that this link was not at. */
  readonly missed: Uint8Array;
  /** The first look at the kernel: what was before is not known. */
  sinceMonoMs: number;
}

export function createVotes(limits: {
  readonly links: number;
  readonly minions: number;
  readonly happenings: number;
}): Votes {
  const { links, minions, happenings } = limits;
  return {
    exchanges: createExchanges(happenings),
    pending: {
      capacity: happenings,
      minion: new Int32Array(happenings),
      life: new Uint32Array(happenings),
      atMonoMs: new Float64Array(happenings),
      next: 0,
      first: 0,
    },
    asking: {
      fromMonoMs: new Float64Array(links),
      bytes: new Float64Array(links),
      segments: new Uint32Array(links),
      last: new Int32Array(links),
      readMonoMs: new Float64Array(links),
    },
    parts: {
      capacity: PARTS,
      rowMonoMs: new Float64Array(PARTS),
      lateMs: new Float64Array(PARTS),
      count: 0,
    },
    candidates: createCandidates(minions * CANDIDATES),
    linkLife: new Uint32Array(links),
    minionLife: new Uint32Array(minions),
    events: new Uint16Array(minions),
    floor: new Uint16Array(minions),
    lastMonoMs: new Float64Array(minions),
    boundSlot: new Int32Array(minions),
    missed: new Uint8Array(minions),
    sinceMonoMs: Number.NaN,
  };
}

/** A minion's slot begins a new life, or its link ended: what was learned is nobody's. */
export function forgetCandidates(votes: Votes, minion: number): void {
  const { hits, more } = votes.candidates;
  const first = minion * CANDIDATES;
  hits.fill(0, first, first + CANDIDATES);
  more.fill(0, first, first + CANDIDATES);
  votes.events[minion] = 0;
  votes.floor[minion] = 0;
  votes.missed[minion] = 0;
}

export interface Exchange {
  readonly slot: number;
  readonly life: number;
  readonly fromMonoMs: number;
  readonly toMonoMs: number;
  readonly seenMonoMs: number;
  readonly speaks: boolean;
}

/** Returns its index. */
export function pushExchange(ring: Exchanges, what: Exchange): number {
  const at = ring.cursor;
  if ((ring.slot[at] ?? -1) >= 0) {
    ring.lostMonoMs = Math.max(ring.lostMonoMs, ring.toMonoMs[at] ?? 0);
  }
  ring.slot[at] = what.slot;
  ring.life[at] = what.life;
  ring.fromMonoMs[at] = what.fromMonoMs;
  ring.toMonoMs[at] = what.toMonoMs;
  ring.seenMonoMs[at] = what.seenMonoMs;
  ring.speaks[at] = what.speaks ? 1 : 0;
  ring.reread[at] = 0;
  ring.cursor = (at + 1) % ring.capacity;
  return at;
}

/** Full: the oldest goes; an event that is not matched says nothing. */
export function pushPending(
  pending: Pending,
  event: { readonly minion: number; readonly life: number; readonly atMonoMs: number },
): void {
  if (pending.next - pending.first >= pending.capacity) pending.first += 1;
  const at = pending.next % pending.capacity;
  pending.minion[at] = event.minion;
  pending.life[at] = event.life;
  pending.atMonoMs[at] = event.atMonoMs;
  pending.next += 1;
}

export interface Hit {
  readonly slot: number;
  readonly life: number;
  /** False: it may have been there. */
  readonly speaks: boolean;
  readonly points: number;
  readonly fromMonoMs: number;
  readonly toMonoMs: number;
}

/**
 * One event more that this link was at. When no entry is free the one with the fewest hits goes; a
 * link that comes later may have had as many as that.
 */
export function addHit(votes: Votes, minion: number, hit: Hit): void {
  const { candidates } = votes;
  const at = entryFor(votes, minion, hit);
  const fresh = !(hit.fromMonoMs <= (candidates.lastMonoMs[at] ?? 0));
  if (hit.speaks && fresh) {
    candidates.hits[at] = (candidates.hits[at] ?? 0) + hit.points;
    candidates.lastMonoMs[at] = hit.toMonoMs;
  } else {
    candidates.more[at] = (candidates.more[at] ?? 0) + hit.points;
  }
}

function entryFor(votes: Votes, minion: number, hit: Hit): number {
  const { slot, life, hits, more, before, lastMonoMs } = votes.candidates;
  const first = minion * CANDIDATES;
  let room = first;
  let least = Number.POSITIVE_INFINITY;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const most = (hits[at] ?? 0) + (more[at] ?? 0);
    if (most > 0 && slot[at] === hit.slot && life[at] === hit.life) return at;
    if (most < least) {
      room = at;
      least = most;
    }
  }
  votes.floor[minion] = Math.max(votes.floor[minion] ?? 0, least);
  slot[room] = hit.slot;
  life[room] = hit.life;
  hits[room] = 0;
  more[room] = votes.floor[minion] ?? 0;
  before[room] = Math.max(0, (votes.events[minion] ?? 0) - 1);
  lastMonoMs[room] = Number.NEGATIVE_INFINITY;
  return room;
}

/** So many events that older ones should weigh less: all figures are halved. */
export function halve(votes: Votes, minion: number): void {
  const { hits, more, before } = votes.candidates;
  const first = minion * CANDIDATES;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const half = (hits[at] ?? 0) >>> 1;
    more[at] = half > 0 || (more[at] ?? 0) > 1 ? ((more[at] ?? 0) + 1) >>> 1 : 0;
    hits[at] = half;
    before[at] = (before[at] ?? 0) >>> 1;
  }
  votes.events[minion] = (votes.events[minion] ?? 0) >>> 1;
  votes.floor[minion] = ((votes.floor[minion] ?? 0) + 1) >>> 1;
}

function createExchanges(capacity: number): Exchanges {
  return {
    capacity,
    slot: new Int32Array(capacity).fill(-1),
    life: new Uint32Array(capacity),
    fromMonoMs: new Float64Array(capacity),
    toMonoMs: new Float64Array(capacity),
    seenMonoMs: new Float64Array(capacity),
    speaks: new Uint8Array(capacity),
    reread: new Uint8Array(capacity),
    cursor: 0,
    lostMonoMs: Number.NEGATIVE_INFINITY,
  };
}

function createCandidates(entries: number): Candidates {
  return {
    slot: new Int32Array(entries),
    life: new Uint32Array(entries),
    hits: new Uint16Array(entries),
    more: new Uint16Array(entries),
    before: new Uint16Array(entries),
    lastMonoMs: new Float64Array(entries),
  };
}
