/** When to look again: at once when a watch says so, now and then in any case, and never so often that looking is all we do. */

/** What no watch tells (3006 and 3007 rewrite `minions/<id>/data.p`, a directory deeper) is seen after this time. */
export const SWEEP_INTERVAL_MS = 10_000;
/** 10,000 files cost about 0.1 s a sweep: stretched until sweeping takes no more than this share of a core. */
const SHARE_MAX = 0.005;
const SWEEP_INTERVAL_MAX_MS = 60_000;
/** Changes come in bursts (keys accepted by the hundred): they are read together. */
const SETTLE_MS = 100;
/** While changes go on, sweeping may take this share. */
const SHARE_MAX_ON_CHANGE = 0.1;
/** Salt makes a minion's directory first and writes its grains into it a moment later, which no watch tells. */
const FOLLOW_UP_MS = 2_000;

export interface Pace {
  /** A watch told something. */
  changed(nowMs: number): void;
  /** A sweep that took so long has ended. */
  swept(nowMs: number, tookMs: number): void;
  /** When the next sweep is due, ms on the same clock. */
  dueMs(): number;
}

export function createPace(): Pace {
  let endedMs = Number.NEGATIVE_INFINITY;
  let tookMs = 0;
  let changedMs: number | undefined;
  let followUpMs = Number.POSITIVE_INFINITY;
  return {
    changed(nowMs) {
      changedMs ??= nowMs;
    },
    swept(nowMs, took) {
      followUpMs = changedMs === undefined ? Number.POSITIVE_INFINITY : nowMs + FOLLOW_UP_MS;
      changedMs = undefined;
      endedMs = nowMs;
      tookMs = took;
    },
    dueMs() {
      const idle = clamp(tookMs / SHARE_MAX, SWEEP_INTERVAL_MS, SWEEP_INTERVAL_MAX_MS);
      const busy = Math.min(tookMs / SHARE_MAX_ON_CHANGE, SWEEP_INTERVAL_MAX_MS);
      const onChange =
        changedMs === undefined
          ? Number.POSITIVE_INFINITY
          : Math.max(changedMs + SETTLE_MS, endedMs + busy);
      return Math.min(endedMs + idle, onChange, Math.max(followUpMs, endedMs + busy));
    },
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
