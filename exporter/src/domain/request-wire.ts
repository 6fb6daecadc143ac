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
/** The usual reply to a minion, with its frames: so many times that size are so many exchanges. */
const USUAL_REPLY_BYTES = 103;
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
 * Whether heartbeats of one size explain a growth, `most` at most. A request has 30 bytes or more, a
 * reply 13, and two heartbeats in one direction need a pause of the scans longer than their
 * interval.
 */
export function isBeats(growth: number, size: number, most: number): boolean {
  const beats = growth / size;
  return Number.isInteger(beats) && beats >= 0 && beats <= most;
}

/**
 * Whether the two directions grew by as many PINGs as PONGs, one more or less, and by those of a
 * peer that sends a heartbeat of its own.
 */
export function isBeatPair(sent: number, received: number, most: number): boolean {
  for (let theirs = 0; theirs <= 1; theirs += 1) {
    const pings = (sent - theirs * PONG_BYTES) / PING_BYTES;
    const pongs = (received - theirs * PING_BYTES) / PONG_BYTES;
    if (!Number.isInteger(pings) || !Number.isInteger(pongs) || pings < 0 || pongs < 0) continue;
    if (Math.abs(pings - pongs) <= 1 && Math.max(pings, pongs) <= most) return true;
  }
  return false;
}

/** Whether what was sent is the usual reply, more than once; `fin`: 1 when a FIN may be in it. */
export function isSeveral(sent: number, fin: 0 | 1): boolean {
  for (let ends = 0; ends <= fin; ends += 1) {
    const replies = (sent - ends) / USUAL_REPLY_BYTES;
    if (replies >= 2 && Number.isInteger(replies)) return true;
  }
  return false;
}

/** Whether totals since the birth of a link are a handshake, or a part of one, and heartbeats. */
export function isHandshakeOnly(sent: number, received: number, most: number): boolean {
  if (sent <= HANDSHAKE_SENT) return received <= HANDSHAKE_RECEIVED_MAX;
  const pings = (sent - HANDSHAKE_SENT) / PING_BYTES;
  if (!Number.isInteger(pings) || pings > most) return false;
  const least = HANDSHAKE_RECEIVED_MIN + (pings - LATE_PONGS) * PONG_BYTES;
  return received >= least && received <= HANDSHAKE_RECEIVED_MAX + pings * PONG_BYTES;
}
