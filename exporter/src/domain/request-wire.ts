/**
 * What bytes on a request link can be: the handshake, heartbeats, a reply of a handler that raised;
 * everything else is a request or a reply. ZMTP 3.1 without security, as Salt uses it.
 */

/** The master's side: greeting 64, READY of a ROUTER 43. */
export const HANDSHAKE_SENT = 107;
/**
 * The other side: greeting 64 and READY: 40 of a REQ (measured: 104 with clients and minions of
 * 3007 and 3008), 42 of a DEALER; minions of 3006 name themselves (measured: 129 and 130). The
 * smallest request (a bare ping, 30) lies above it on any of them.
 */
export const HANDSHAKE_RECEIVED_MIN = 103;
export const HANDSHAKE_RECEIVED_MAX = 131;
/** What a client and most minions send; the measured sizes of requests count from here. */
export const HANDSHAKE_RECEIVED_USUAL = 104;
/** Heartbeats: PING with its time to live, PONG without a context. */
export const PING_BYTES = 9;
export const PONG_BYTES = 7;
/**
 * `Some exception handling minion payload` with its frames: the one reply that tells of a handler
 * that raised (measured on 3006, 3007, 3008). A returned error has a size of its own and is an
 * answer.
 */
export const FAILED_REPLY_BYTES = 45;
/**
 * A process that was stopped answers all its heartbeats at once when it runs on; the time-out of 30
 * s ends the link before there are more.
 */
export const LATE_PONGS = 4;
/** Salt's heartbeat (3008.2 on request links), until a shorter one was seen. */
export const BEAT_MS = 10_000;
/** No heartbeat is faster than this. */
export const BEAT_MIN_MS = 50;

/**
 * Whether heartbeats explain a growth: so many PINGs (9) and PONGs (7) at most. A request has 30
 * bytes or more, a reply 13, and two heartbeats in one direction need a pause of the scans longer
 * than their interval.
 */
export function isBeats(growth: number, pingsMax: number, pongsMax: number): boolean {
  for (let pings = 0; pings <= pingsMax && pings * PING_BYTES <= growth; pings += 1) {
    const pongs = (growth - pings * PING_BYTES) / PONG_BYTES;
    if (Number.isInteger(pongs) && pongs <= pongsMax) return true;
  }
  return false;
}

/**
 * Whether the two directions grew by as many PINGs as PONGs, one more or less, however fast the
 * heartbeat is set.
 */
export function isBeatPair(sent: number, received: number, spanMs: number): boolean {
  const pings = sent / PING_BYTES;
  const pongs = received / PONG_BYTES;
  if (!Number.isInteger(pings) || !Number.isInteger(pongs)) return false;
  return Math.abs(pings - pongs) <= 1 && Math.max(pings, pongs) <= spanMs / BEAT_MIN_MS + 1;
}

/** Whether totals since the birth of a link are a handshake, or a part of one, and heartbeats. */
export function isHandshakeOnly(sent: number, received: number): boolean {
  if (sent <= HANDSHAKE_SENT) return received <= HANDSHAKE_RECEIVED_MAX;
  const pings = (sent - HANDSHAKE_SENT) / PING_BYTES;
  if (!Number.isInteger(pings)) return false;
  const least = HANDSHAKE_RECEIVED_MIN + (pings - LATE_PONGS) * PONG_BYTES;
  return received >= least && received <= HANDSHAKE_RECEIVED_MAX + pings * PONG_BYTES;
}
