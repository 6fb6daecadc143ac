/**
 * Heartbeats among the messages: a ZMTP PING is 9 bytes that the kernel counts like any others. The
 * interval is learned from idle links, so that the number of PINGs in a stall has bounds.
 */

/** Flags, size, `\x04PING`, two bytes of time to live. */
export const PING_BYTES = 9;
/** Flags, size, `\x04PONG`; the answer, on the way back. */
export const PONG_BYTES = 7;
/** Nobody sets a shorter interval: Salt's is 10 s. */
const INTERVAL_MIN_MS = 50;
/** libzmq's timers are late, never early; ours are jiffies. */
const JITTER_MS = 25;
/**
 * Time that idle links were watched without one PING, added up over links, after which the
 * publisher sends none: Salt's interval is 10 s.
 */
const NONE_AFTER_MS = 120_000;

export interface Heartbeat {
  /** The shortest that was measured; NaN until two PINGs of one idle link were seen. */
  intervalMs: number;
  /** A PING was seen on some link. */
  seen: boolean;
  /** Time that idle links were watched without a PING, while none was seen anywhere. */
  watchedMs: number;
}

export function createHeartbeat(): Heartbeat {
  return { intervalMs: Number.NaN, seen: false, watchedMs: 0 };
}

/** Another publisher may send them differently. */
export function forgetHeartbeat(heartbeat: Heartbeat): void {
  heartbeat.intervalMs = Number.NaN;
  heartbeat.seen = false;
  heartbeat.watchedMs = 0;
}

/** `pings` intervals went by on one link in this time; a publisher that stood still makes it longer. */
export function learnInterval(heartbeat: Heartbeat, elapsedMs: number, pings: number): void {
  const sampleMs = elapsedMs / pings;
  if (!(sampleMs >= INTERVAL_MIN_MS) || sampleMs >= heartbeat.intervalMs) return;
  heartbeat.intervalMs = sampleMs;
}

/** Most PINGs that one link can have been sent within a time. 10 s apart, 25 s → 4. */
export function pingsAtMost(heartbeat: Heartbeat, elapsedMs: number): number {
  const { intervalMs, seen, watchedMs } = heartbeat;
  if (!seen && watchedMs >= NONE_AFTER_MS) return 0;
  if (!(elapsedMs > 0)) return 1;
  const shortest = Number.isNaN(intervalMs) ? INTERVAL_MIN_MS : intervalMs - JITTER_MS;
  return Math.floor(elapsedMs / Math.max(INTERVAL_MIN_MS, shortest)) + 2;
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
