/**
 * Who may own which request link: recent exchanges, recent events, and the votes that their
 * coincidences gave.
 */

/** Candidates remembered for one link and for one minion; one with a single vote makes room. */
export const CANDIDATES = 8;

/** Things that happened lately, in a ring: the oldest is overwritten, which is its purpose. */
export interface Happenings {
  readonly capacity: number;
  /** Link slot or minion slot; −1 = none. */
  readonly who: Int32Array;
  /** Tells one life of that slot from the next. */
  readonly life: Uint32Array;
  readonly fromMonoMs: Float64Array;
  readonly toMonoMs: Float64Array;
  cursor: number;
}

/** Candidates of slot s are entries s × CANDIDATES … of the four columns; 0 votes = none. */
export interface Candidates {
  readonly who: Int32Array;
  readonly life: Uint32Array;
  readonly votes: Uint32Array;
  /** Events of the minion, counted when this entry began. */
  readonly eventsBefore: Uint32Array;
  /** Instant of the minion's event that gave the last vote. */
  readonly lastMonoMs: Float64Array;
}

export interface Votes {
  readonly exchanges: Happenings;
  readonly events: Happenings;
  /** Minions by link slot, and links by minion slot. */
  readonly ofLink: Candidates;
  readonly ofMinion: Candidates;
  readonly linkLife: Uint32Array;
  readonly minionLife: Uint32Array;
  readonly minionEvents: Uint32Array;
  /** Instant of the last event of a minion that voted; NaN = none. */
  readonly minionLastMonoMs: Float64Array;
}

export function createVotes(limits: {
  readonly links: number;
  readonly minions: number;
  readonly happenings: number;
}): Votes {
  return {
    exchanges: createHappenings(limits.happenings),
    events: createHappenings(limits.happenings),
    ofLink: createCandidates(limits.links),
    ofMinion: createCandidates(limits.minions),
    linkLife: new Uint32Array(limits.links),
    minionLife: new Uint32Array(limits.minions),
    minionEvents: new Uint32Array(limits.minions),
    minionLastMonoMs: new Float64Array(limits.minions).fill(Number.NaN),
  };
}

/** A slot begins a new life: what is known of the last one is nobody's. */
export function forgetCandidates(candidates: Candidates, slot: number): void {
  candidates.votes.fill(0, slot * CANDIDATES, (slot + 1) * CANDIDATES);
}

export function pushHappening(
  ring: Happenings,
  what: { readonly who: number; readonly life: number; readonly fromMs: number; toMs: number },
): void {
  const at = ring.cursor;
  ring.who[at] = what.who;
  ring.life[at] = what.life;
  ring.fromMonoMs[at] = what.fromMs;
  ring.toMonoMs[at] = what.toMs;
  ring.cursor = (at + 1) % ring.capacity;
}

export interface Voter {
  readonly who: number;
  readonly life: number;
  /** Events of the minion so far. */
  readonly events: number;
  /** Instant of the event that votes. */
  readonly atMs: number;
  /** Votes of events closer than this to the last one are one vote. */
  readonly spacingMs: number;
}

/**
 * One vote more for `who`; returns how many it has now. One event votes once, however many exchanges
 * of a busy link lie around it. When no entry is free the first with a single vote goes; when there
 * is none, or the event has voted, nothing is kept (0).
 */
export function addVote(candidates: Candidates, slot: number, voter: Voter): number {
  const { who, life, votes, eventsBefore, lastMonoMs } = candidates;
  const first = slot * CANDIDATES;
  let room = -1;
  let roomVotes = 2;
  for (let at = first; at < first + CANDIDATES; at += 1) {
    const has = votes[at] ?? 0;
    if (has > 0 && who[at] === voter.who && life[at] === voter.life) {
      if (Math.abs(voter.atMs - (lastMonoMs[at] ?? 0)) < voter.spacingMs) return 0;
      votes[at] = has + 1;
      lastMonoMs[at] = voter.atMs;
      return has + 1;
    }
    if (has < roomVotes) {
      room = at;
      roomVotes = has;
    }
  }
  if (room < 0) return 0;
  who[room] = voter.who;
  life[room] = voter.life;
  votes[room] = 1;
  eventsBefore[room] = voter.events;
  lastMonoMs[room] = voter.atMs;
  return 1;
}

/**
 * By how many votes `who` leads all others of this slot that still are there; negative when it does
 * not lead.
 */
export function leadOf(
  candidates: Candidates,
  slot: number,
  voter: { readonly who: number; readonly isAlive: (who: number, life: number) => boolean },
): number {
  const { who, life, votes } = candidates;
  let own = 0;
  let other = 0;
  for (let at = slot * CANDIDATES; at < (slot + 1) * CANDIDATES; at += 1) {
    const has = votes[at] ?? 0;
    if (has === 0 || !voter.isAlive(who[at] ?? -1, life[at] ?? 0)) continue;
    if (who[at] === voter.who) own = has;
    else other = Math.max(other, has);
  }
  return own - other;
}

function createHappenings(capacity: number): Happenings {
  return {
    capacity,
    who: new Int32Array(capacity).fill(-1),
    life: new Uint32Array(capacity),
    fromMonoMs: new Float64Array(capacity),
    toMonoMs: new Float64Array(capacity),
    cursor: 0,
  };
}

function createCandidates(slots: number): Candidates {
  const entries = slots * CANDIDATES;
  return {
    who: new Int32Array(entries),
    life: new Uint32Array(entries),
    votes: new Uint32Array(entries),
    eventsBefore: new Uint32Array(entries),
    lastMonoMs: new Float64Array(entries),
  };
}
