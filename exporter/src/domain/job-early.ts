/**
 * Returns whose `new` was not heard yet: the bus keeps no order, and after a stall a return may come
 * before the announcement of its job. What nobody announces is a minion's own: `salt-call`.
 */
/** One return, without what it returned. */
export interface Return {
  readonly minion: number;
  /** When it was read. */
  readonly monoMs: number;
  readonly failed: boolean;
  readonly stampWallMs: number;
  /** The same instant on the clock of `monoMs`. */
  readonly firedMonoMs: number;
  /** `JOB_RUNS`, `JOB_GONE` or 0, with the jid that was asked for. */
  readonly found: number;
  readonly about: string | undefined;
}

/** A return of 10,000 minions that overtakes its announcement would need more; then some count as late-told only. */
const EARLY_MAX = 4_096;
/** Salt's own bus was seen to hold events back for 10 s. */
const KEPT_MS = 60_000;

interface EarlyReturn {
  readonly jid: string;
  readonly told: Return;
}

export interface Early {
  /** In a ring. */
  readonly returns: (EarlyReturn | undefined)[];
  next: number;
  size: number;
}

export function createEarly(): Early {
  return { returns: [], next: 0, size: 0 };
}

export function keepEarly(early: Early, jid: string, told: Return): void {
  if (early.returns[early.next] === undefined) early.size += 1;
  early.returns[early.next] = { jid, told };
  early.next = (early.next + 1) % EARLY_MAX;
}

/** Those of this job, which are forgotten with it; `nowMonoMs` ends what waited too long. */
export function takeEarly(early: Early, jid: string, nowMonoMs: number): readonly Return[] {
  if (early.size === 0) return [];
  const taken: Return[] = [];
  for (const [at, kept] of early.returns.entries()) {
    if (kept === undefined) continue;
    const isOld = nowMonoMs - kept.told.monoMs > KEPT_MS;
    if (!isOld && kept.jid !== jid) continue;
    if (!isOld) taken.push(kept.told);
    early.returns[at] = undefined;
    early.size -= 1;
  }
  return taken;
}
