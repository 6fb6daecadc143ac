/** When to look again: at changed names at once, at everything now and then, and never so often that looking is all we do. */

/** `names`: what watches told. `all`: every file is looked at. */
export type SweepKind = 'names' | 'all';

export interface Due {
  /** Monotonic, ms. */
  readonly atMs: number;
  readonly kind: SweepKind;
}

export interface Pace {
  /** A watch told something: `names` what changed, or `all`: it does not know what. */
  changed(nowMs: number, kind: SweepKind): void;
  /** A sweep that took so long has ended. */
  swept(nowMs: number, done: { readonly kind: SweepKind; readonly tookMs: number }): void;
  due(): Due;
}

/** What no watch tells (3006 and 3007 rewrite `minions/<id>/data.p`, a directory deeper) is seen after this time. */
export const SWEEP_INTERVAL_MS = 10_000;
const SWEEP_INTERVAL_MAX_MS = 60_000;
/** A sweep of 10,000 files costs about 0.1 s: the interval is stretched until sweeping takes no more than this share of a core. */
const SHARE_MAX = 0.005;
/** While changes go on, looking at them may take this share. */
const SHARE_MAX_ON_CHANGE = 0.1;
/** Changes come in bursts (keys accepted by the hundred): they are read together. */
const SETTLE_MS = 100;

export function createPace(): Pace {
  const never = Number.POSITIVE_INFINITY;
  const changedMs: Record<SweepKind, number> = { names: never, all: never };
  const endedMs: Record<SweepKind, number> = { names: -never, all: -never };
  const tookMs: Record<SweepKind, number> = { names: 0, all: 0 };
  const afterChange = (kind: SweepKind) => {
    const pauseMs = Math.min(tookMs[kind] / SHARE_MAX_ON_CHANGE, SWEEP_INTERVAL_MAX_MS);
    return Math.max(changedMs[kind] + SETTLE_MS, endedMs[kind] + pauseMs);
  };
  return {
    changed(nowMs, kind) {
      changedMs[kind] = Math.min(changedMs[kind], nowMs);
    },
    swept(nowMs, { kind, tookMs: took }) {
      endedMs[kind] = nowMs;
      tookMs[kind] = took;
      changedMs[kind] = never;
      if (kind === 'all') changedMs.names = never;
    },
    due() {
      const idleMs = Math.min(
        Math.max(tookMs.all / SHARE_MAX, SWEEP_INTERVAL_MS),
        SWEEP_INTERVAL_MAX_MS,
      );
      const allMs = Math.min(endedMs.all + idleMs, afterChange('all'));
      const namesMs = afterChange('names');
      return allMs <= namesMs ? { atMs: allMs, kind: 'all' } : { atMs: namesMs, kind: 'names' };
    },
  };
}
