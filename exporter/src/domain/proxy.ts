/**
 * Whether the host of a minion acknowledges, or something between: a proxy takes what the publisher
 * sends and delivers it when it can, so that what it acknowledged says nothing of the minion.
 *
 * A proxy is two connections. The acknowledgement of a heartbeat comes from the near one, its answer
 * (a PONG) from the far end: it takes longer by the far way. A host answers a heartbeat as fast as it
 * acknowledges it, once its process wakes up: its kernel lets the acknowledgement wait for the answer
 * for 40 ms, so both come in one segment.
 *
 * A worked example: TCP's round trip is 4 ms, and of 24 answers the shortest took 63 ms, twenty
 * others 63 to 70 and three 90: a proxy 60 ms before the minion. A busy process has answers of 5 ms and
 * of 200 among them, and one that only runs now and then has no two alike: both are none.
 */

import type { Instant } from '../lib/clock.js';
import { NO_ADDRESS, NO_MINION } from './address-table.js';
import { PING_BYTES, PONG_BYTES } from './delivery-heartbeat.js';
import { proxyText } from './evidence.js';
import { PROXY_FOUND, PROXY_UNKNOWN } from './proxy-table.js';
import { recordEvent } from './recent-events.js';
import type { State } from './state.js';
import { MINION_STATUSES } from './vocabulary.js';

/** Two ages, each in jiffies of up to 10 ms. */
const BEHIND_MIN_MS = 20;
/**
 * Four minutes of Salt's heartbeats. A container whose processor time is rationed by the tenth of a
 * second can be hit in one phase by some heartbeats running; they drift by a millisecond each.
 */
const ANSWERS_NEEDED = 24;
/** Of these so many are alike; ways have their jams. */
const ALIKE_SHARE = 2 / 3;
/** Alike: within a jiffy or two of the shortest, or a part of it. */
const ALIKE_MS = 12;
const ALIKE_PART = 0.15;
/** Salt's time-out is 30 s; an answer that is later belongs to another heartbeat. */
const ANSWER_MAX_MS = 9_000;
/** Heartbeats between two looks; a longer pause says nothing. */
const BEATS_MAX = 4;
/** Counters of a byte end here: what is older weighs half. */
const COUNT_MAX = 240;

/** A slot was given to a connection seen for the first time. */
export function openProxy(state: State, slot: number): void {
  const { proxies } = state;
  proxies.acked[slot] = Number.NaN;
  proxies.verdict[slot] = PROXY_UNKNOWN;
  proxies.answers[slot] = 0;
  proxies.alike[slot] = 0;
}

/**
 * Takes the last row of a publish link; true when something else than its host acknowledges for it.
 * `isEmpty`: nothing waits in the master's kernel.
 */
export function isProxied(state: State, slot: number, at: Instant): boolean {
  const { proxies, delivery, links } = state;
  const { columns } = delivery;
  if (columns.empty[slot] === 1) {
    const acked = columns.acked[slot] ?? 0;
    const received = columns.received[slot] ?? 0;
    const beats = (acked - (proxies.acked[slot] ?? Number.NaN)) / PING_BYTES;
    const answers = (received - (proxies.received[slot] ?? Number.NaN)) / PONG_BYTES;
    // Its answer is on its way.
    if (beats === 1 && answers === 0) return isFound(state, slot);
    const once = links.totalRetransmits[slot] === proxies.retransmits[slot];
    const whole = Number.isInteger(beats) && beats >= 1 && beats <= BEATS_MAX;
    if (whole && answers === beats && once) noteAnswer(state, slot, at);
    proxies.acked[slot] = acked;
    proxies.received[slot] = received;
    proxies.retransmits[slot] = links.totalRetransmits[slot] ?? 0;
  }
  return isFound(state, slot);
}

/** Found by its answers, or named by the operator. */
function isFound({ proxies, inventory, links }: State, slot: number): boolean {
  const address = links.address[slot] ?? NO_ADDRESS;
  const isNamed = address !== NO_ADDRESS && inventory.proxies.has(address);
  return isNamed || proxies.verdict[slot] === PROXY_FOUND;
}

/** The last data either way were a heartbeat and its answer. */
function noteAnswer(state: State, slot: number, at: Instant): void {
  const { proxies, delivery, links } = state;
  const { columns } = delivery;
  const answerMs = (columns.receivedMonoMs[slot] ?? 0) - (columns.sentMonoMs[slot] ?? 0);
  if (!(answerMs >= 0 && answerMs <= ANSWER_MAX_MS)) return;
  const leastMs = proxies.answerMs[slot] ?? 0;
  const isFirst = proxies.answers[slot] === 0;
  const spanMs = Math.max(ALIKE_MS, leastMs * ALIKE_PART);
  const behindMs = answerMs - (links.rttMicros[slot] ?? 0) / 1_000;
  if (behindMs < BEHIND_MIN_MS) {
    // As fast as it was acknowledged: its host, or a proxy too near to be told from it.
    openProxy(state, slot);
    return;
  }
  if (isFirst || answerMs < leastMs - spanMs) {
    proxies.verdict[slot] = PROXY_UNKNOWN;
    proxies.answers[slot] = 1;
    proxies.alike[slot] = 1;
    proxies.answerMs[slot] = answerMs;
    proxies.behindMs[slot] = behindMs;
    return;
  }
  if ((proxies.answers[slot] ?? 0) >= COUNT_MAX) halve(state, slot);
  proxies.answers[slot] = (proxies.answers[slot] ?? 0) + 1;
  if (answerMs <= leastMs + spanMs) proxies.alike[slot] = (proxies.alike[slot] ?? 0) + 1;
  proxies.answerMs[slot] = Math.min(leastMs, answerMs);
  proxies.behindMs[slot] = Math.min(proxies.behindMs[slot] ?? behindMs, behindMs);
  decide(state, slot, at);
}

function decide(state: State, slot: number, at: Instant): void {
  const { proxies, links, minions } = state;
  const answers = proxies.answers[slot] ?? 0;
  if (answers < ANSWERS_NEEDED || proxies.verdict[slot] === PROXY_FOUND) return;
  if ((proxies.alike[slot] ?? 0) < answers * ALIKE_SHARE) return;
  proxies.verdict[slot] = PROXY_FOUND;
  proxies.found += 1;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) return;
  recordEvent(state.recent, {
    wallMs: at.wallMs,
    kind: 'status',
    minion: minions.ids[minion],
    status: MINION_STATUSES[minions.status[minion] ?? 0],
    evidence: proxyText(proxies.answerMs[slot] ?? 0, proxies.behindMs[slot] ?? 0),
  });
}

function halve({ proxies }: State, slot: number): void {
  proxies.answers[slot] = (proxies.answers[slot] ?? 0) >> 1;
  proxies.alike[slot] = (proxies.alike[slot] ?? 0) >> 1;
}
