/**
 * Whether the process behind a publish link runs, not only its host: answers to heartbeats, a window
 * that stays closed, a queue that drains too slowly.
 *
 * The kernel of the host acknowledges what nobody reads; a PONG (7 bytes received) comes from the
 * process. A subscriber sends nothing else after its subscriptions.
 */
import { NO_MINION } from './address-table.js';
import { BASE_KNOWN } from './delivery-table.js';
import type { LinkLine } from './link-line.js';
import type { Liveness } from './liveness-table.js';
import { SEND_WINDOW_UNKNOWN } from './observations.js';
import type { State } from './state.js';

/** Bytes of a PONG. */
const PONG_BYTES = 7;
/** Salt's interval, until the publisher's own was seen. */
const INTERVAL_MS = 10_000;
/**
 * A process is stalled when it left two heartbeats unanswered: one can be late, as the process
 * waits for a processor. With Salt's 10 s: 22 s after its last answer, which is 12 to 22 s after the
 * fault; the publisher ends the link 31 to 36 s after it (measured).
 */
export const MISSED_BEATS = 2;
/** Nobody asks for a heartbeat so seldom: a longer pause was one of the process. */
const GAP_MAX_MS = 60_000;
/** What scans, jiffies and a busy machine may add to it. */
export const BEAT_SLACK_MS = 2_000;
/**
 * A window may be closed this long: a reader that takes its messages in turns opens it within a
 * second or two, and Salt gives a request 5 s before it counts as unanswered.
 */
export const BLOCKED_AFTER_MS = 5_000;
/**
 * A message that the host did not acknowledge after this long is more than a round trip and a lost
 * segment (1.7 s with three time-outs); in quiet times lag is 0 at every scan.
 */
export const SLOW_LAG_SECONDS = 2;
/** Who was behind is so until it is nearly there, or each burst would make two events. */
export const CAUGHT_UP_LAG_SECONDS = 0.5;
/** A link drains when something was acknowledged within this time. */
export const DRAINING_MS = 3_000;

/** A slot was given to a connection seen for the first time. */
export function openLiveness(state: State, slot: number): void {
  const { liveness } = state;
  liveness.rowMonoMs[slot] = Number.NaN;
  liveness.answers[slot] = 0;
  liveness.gapMs[slot] = Number.NaN;
  liveness.blockedMonoMs[slot] = Number.NaN;
  liveness.drainMonoMs[slot] = Number.NaN;
  liveness.window[slot] = Number.NaN;
  liveness.widestWindow[slot] = Number.NaN;
}

/** Figures of a publish link; before they are taken into the link table. */
export function noteLiveness(state: State, slot: number, line: LinkLine): void {
  const { liveness, links } = state;
  const { sockets, row } = line;
  const rowMs = sockets.rowMonoMs[row] ?? line.at.monoMs;
  const acked = sockets.bytesAcked[row] ?? 0;
  const isFirst = Number.isNaN(liveness.rowMonoMs[slot] ?? Number.NaN);
  if (isFirst) {
    liveness.signMonoMs[slot] = rowMs;
    liveness.signAcked[slot] = acked;
  } else {
    const received = (sockets.bytesReceived[row] ?? 0) - (links.bytesReceived[slot] ?? 0);
    if (received > 0) notePong(state, slot, { line, received, rowMs });
    if (acked > (liveness.acked[slot] ?? 0)) liveness.drainMonoMs[slot] = rowMs;
  }
  noteWindow(liveness, slot, sockets.sendWindow[row] ?? SEND_WINDOW_UNKNOWN);
  noteBlocked(liveness, slot, { isBlocked: isBlocked(line), acked, rowMs });
  liveness.acked[slot] = acked;
  liveness.rowMonoMs[slot] = rowMs;
}

/** Its host answers and its process does not; `Number.NaN` or the instant since when. */
export function stalledSince(state: State, slot: number): number {
  const { liveness } = state;
  const rowMs = liveness.rowMonoMs[slot] ?? Number.NaN;
  const blockedMs = liveness.blockedMonoMs[slot] ?? Number.NaN;
  if (rowMs - blockedMs >= BLOCKED_AFTER_MS) return blockedMs;
  const intervalMs = intervalOf(state, slot);
  const signMs = liveness.signMonoMs[slot] ?? Number.NaN;
  const asked = liveness.answers[slot] === 1 || isPinged(state, slot);
  if (!asked || !(rowMs - signMs > MISSED_BEATS * intervalMs + BEAT_SLACK_MS)) return Number.NaN;
  // The host took what was sent since: a probe of TCP's says nothing, for then nothing was asked.
  const drainMs = liveness.drainMonoMs[slot] ?? Number.NaN;
  const takes = (liveness.acked[slot] ?? 0) > (liveness.signAcked[slot] ?? 0);
  return takes && rowMs - drainMs <= intervalMs + BEAT_SLACK_MS ? signMs : Number.NaN;
}

/**
 * Bytes that its host had taken and its process had not read, when the host spoke last: by so much
 * the window that it announces is below its widest. It says so late when little was read; NaN = not
 * known.
 */
export function unreadBytes({ liveness }: State, slot: number): number {
  return (liveness.widestWindow[slot] ?? Number.NaN) - (liveness.window[slot] ?? Number.NaN);
}

/** It is behind by its ledger, and moves. `wasBehind`: its minion was slow or stalled before. */
export function isSlow(state: State, slot: number, wasBehind: boolean): boolean {
  const { liveness, delivery } = state;
  const { columns, era } = delivery;
  if (columns.stage[slot] !== BASE_KNOWN || columns.era[slot] !== era) return false;
  const lag = columns.lagSeconds[slot] ?? Number.NaN;
  if (!(lag > (wasBehind ? CAUGHT_UP_LAG_SECONDS : SLOW_LAG_SECONDS))) return false;
  const rowMs = liveness.rowMonoMs[slot] ?? Number.NaN;
  return rowMs - (liveness.drainMonoMs[slot] ?? Number.NaN) <= DRAINING_MS;
}

/**
 * Answers to heartbeats since the last look: not more than were sent since the last sign. Other
 * growth is a subscription.
 */
function notePong(
  state: State,
  slot: number,
  grown: { readonly line: LinkLine; readonly received: number; readonly rowMs: number },
): void {
  const { liveness, links, minions, delivery } = state;
  const { line, received, rowMs } = grown;
  const pongs = received / PONG_BYTES;
  if (!delivery.heartbeat.seen || !Number.isInteger(pongs)) return;
  const { intervalMs } = delivery.heartbeat;
  const interval = Number.isNaN(intervalMs) ? INTERVAL_MS : intervalMs;
  const signMs = liveness.signMonoMs[slot] ?? rowMs;
  if (pongs > (rowMs - signMs + BEAT_SLACK_MS) / interval + 1) return;
  const pongMs = rowMs - (line.sockets.lastDataReceivedMs[line.row] ?? 0);
  if (liveness.answers[slot] === 1) liveness.gapMs[slot] = pongMs - signMs;
  liveness.signMonoMs[slot] = pongMs;
  liveness.signAcked[slot] = line.sockets.bytesAcked[line.row] ?? 0;
  liveness.answers[slot] = 1;
  liveness.beats = true;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION || pongMs <= (minions.lastPongMonoMs[minion] ?? Number.NaN)) return;
  minions.lastPongMonoMs[minion] = pongMs;
  minions.lastPongWallMs[minion] = line.at.wallMs - (line.at.monoMs - pongMs);
}

/** The publisher's interval, or the longer one in which this link answers; NaN = not known. */
function intervalOf(state: State, slot: number): number {
  const { intervalMs } = state.delivery.heartbeat;
  const gapMs = state.liveness.gapMs[slot] ?? Number.NaN;
  return gapMs > intervalMs ? Math.min(gapMs, GAP_MAX_MS) : intervalMs;
}

/** PINGs were seen to leave on this link, and others answer theirs. */
function isPinged(state: State, slot: number): boolean {
  return state.liveness.beats && state.delivery.columns.pinged[slot] === 1;
}

/** Something waits to be sent, nothing is on its way: the peer's window has no room for it. */
function isBlocked({ sockets, row }: LinkLine): boolean {
  const nothingUnderWay = sockets.unacked[row] === 0;
  const window = sockets.sendWindow[row] ?? SEND_WINDOW_UNKNOWN;
  const waits = (sockets.notSent[row] ?? 0) > 0;
  const closed = window === 0 && (sockets.sendQueue[row] ?? 0) > 0;
  return nothingUnderWay && (waits || closed);
}

function noteWindow(liveness: Liveness, slot: number, window: number): void {
  if (window === SEND_WINDOW_UNKNOWN) return;
  const widest = liveness.widestWindow[slot] ?? Number.NaN;
  liveness.window[slot] = window;
  if (!(widest >= window)) liveness.widestWindow[slot] = window;
}

function noteBlocked(
  liveness: Liveness,
  slot: number,
  now: { readonly isBlocked: boolean; readonly acked: number; readonly rowMs: number },
): void {
  const sinceMs = liveness.blockedMonoMs[slot] ?? Number.NaN;
  if (!now.isBlocked) liveness.blockedMonoMs[slot] = Number.NaN;
  else if (Number.isNaN(sinceMs) || now.acked !== liveness.acked[slot]) {
    liveness.blockedMonoMs[slot] = now.rowMs;
  }
}
