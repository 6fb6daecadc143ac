/**
 * Heartbeats among the messages: a ZMTP PING is 9 bytes that the kernel counts like any others. The
 * interval is learned from idle links, so that the number of PINGs in a stall has bounds.
 */

/** Flags, size, `\x04PING`, two bytes of time to live. */
export const PING_BYTES = 9;
/** Flags, size, `\x04PONG`; the answer, on the way back. */
export const PONG_BYTES = 7;
/** Nobody sets a shorter interval: libzmq's own is in milliseconds, Salt's 10 s. */
const INTERVAL_MIN_MS = 50;
/** While nothing is known yet. */
const INTERVAL_GUESS_MS = 100;
/** A publisher that sent none for so long on an idle link sends none: Salt's interval is 10 s. */
const NONE_AFTER_MS = 30_000;
/** libzmq's timers are late, never early; ours are jiffies. */
const JITTER_MS = 25;

export interface Heartbeat {
  /** NaN until two PINGs of one idle link were seen. */
  intervalMs: number;
  /** Longest time a link was watched without a PING; no interval is shorter while there is none. */
  silenceMs: number;
  /** A PING was seen on some link. */
  seen: boolean;
}

export function createHeartbeat(): Heartbeat {
  return { intervalMs: Number.NaN, silenceMs: 0, seen: false };
}

/** A PING left at `sentMonoMs`, the one before it on this link at `beforeMonoMs`. */
export function learnInterval(heartbeat: Heartbeat, elapsedMs: number): void {
  if (!(elapsedMs >= INTERVAL_MIN_MS)) return;
  const { intervalMs } = heartbeat;
  if (Number.isNaN(intervalMs) || elapsedMs < intervalMs) heartbeat.intervalMs = elapsedMs;
  // Another master, another setting: towards the longer one slowly.
  else heartbeat.intervalMs += (elapsedMs - intervalMs) / 8;
}

/** Most PINGs that one link can have been sent within a time. 10 s apart, 25 s → 4. */
export function pingsAtMost(heartbeat: Heartbeat, elapsedMs: number): number {
  const { intervalMs, silenceMs, seen } = heartbeat;
  if (!seen && silenceMs >= NONE_AFTER_MS) return 0;
  if (!(elapsedMs > 0)) return 1;
  const shortest = Number.isNaN(intervalMs)
    ? Math.max(INTERVAL_GUESS_MS, silenceMs)
    : Math.max(INTERVAL_MIN_MS, intervalMs - JITTER_MS);
  return Math.floor(elapsedMs / shortest) + 2;
}

/**
 * How many PINGs `bytes` are, or −1 when they are none: a multiple of nine, and no more than the
 * time allows.
 */
export function pingsIn(heartbeat: Heartbeat, bytes: number, elapsedMs: number): number {
  const pings = bytes / PING_BYTES;
  return Number.isInteger(pings) && pings >= 0 && pings <= pingsAtMost(heartbeat, elapsedMs)
    ? pings
    : -1;
}
