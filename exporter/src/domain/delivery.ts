/**
 * The delivery ledger: what was published and what each publish link acknowledged of it; decides
 * what is lag, what waits in libzmq, what was dropped.
 */
import type { Instant } from '../lib/clock.js';
import { wasSeenOpening } from './delivery-base.js';
import { breakLedger } from './delivery-breaks.js';
import { noteClosing, openClosing } from './delivery-closing.js';
import { closeEnds, giveUpEnd } from './delivery-end.js';
import { setFigures } from './delivery-figures.js';
import { clearAnnouncements, endEra, matchMessages } from './delivery-gap.js';
import { forgetHeartbeat } from './delivery-heartbeat.js';
import { BASE_KNOWN, BASE_NONE } from './delivery-table.js';
import { leastToOverflow } from './delivery-tally.js';
import { isFiltering } from './delivery-window.js';
import { openFiltered } from './filtered.js';
import { PEER_OWN } from './identity.js';
import type { LinkLine } from './link-line.js';
import type { StreamLink, StreamMessages } from './observations.js';
import type { State } from './state.js';
import { appendMessages, arrivalOf, endOf, firstMessage, NO_KEY } from './stream-index.js';

/**
 * A pipe that was full arrives in one go: in this time, and what its bytes take over loopback and
 * through our reading.
 */
const AT_ONCE_MS = 25;
const AT_ONCE_BYTES_PER_MS = 500_000;
/** A burst is what comes within this time: a healthy link takes what it was sent long before. */
const BURST_MS = 1_000;

/** A slot was given to a connection seen for the first time; its figures follow by `noteDelivery`. */
export function openDelivery(state: State, slot: number): void {
  const { delivery } = state;
  const { columns } = delivery;
  columns.noted[slot] = 0;
  columns.stage[slot] = BASE_NONE;
  columns.broken[slot] = 0;
  columns.served[slot] = 0;
  columns.topicKey[slot] = NO_KEY;
  columns.era[slot] = delivery.era;
  const seenOpening = wasSeenOpening(state, state.links.openedMonoMs[slot] ?? Number.NaN);
  columns.written[slot] = seenOpening ? 0 : Number.NaN;
  columns.trailCount[slot] = 0;
  columns.acked[slot] = Number.NaN;
  columns.received[slot] = Number.NaN;
  columns.empty[slot] = 0;
  columns.rowMonoMs[slot] = Number.NaN;
  columns.missingBytes[slot] = 0;
  columns.excessBytes[slot] = 0;
  setFigures(delivery, slot, Number.NaN);
  openClosing(delivery, slot);
  openFiltered(state, slot);
  if (delivery.ownSlot === slot) delivery.ownSlot = -1;
}

/** Figures of a publish link in a dump or in its destroy event (then `noteEnd` follows). */
export function noteDelivery(state: State, slot: number, line: LinkLine): void {
  const { delivery, scans, links } = state;
  const { columns } = delivery;
  const { sockets, row, at } = line;
  const rowMs = sockets.rowMonoMs[row] ?? at.monoMs;
  columns.beforeAcked[slot] = columns.acked[slot] ?? Number.NaN;
  columns.beforeHanded[slot] = (columns.acked[slot] ?? Number.NaN) + (columns.sendQueue[slot] ?? 0);
  columns.beforeEmpty[slot] = columns.empty[slot] ?? 0;
  columns.beforeMonoMs[slot] = columns.rowMonoMs[slot] ?? Number.NaN;
  const beforeReceived = columns.received[slot] ?? Number.NaN;
  columns.noted[slot] = scans.generation;
  columns.acked[slot] = sockets.bytesAcked[row] ?? Number.NaN;
  columns.received[slot] = sockets.bytesReceived[row] ?? Number.NaN;
  const sendQueue = sockets.sendQueue[row] ?? 0;
  columns.sendQueue[slot] = sendQueue;
  columns.empty[slot] = sendQueue === 0 && sockets.unacked[row] === 0 ? 1 : 0;
  columns.rowMonoMs[slot] = Math.min(Number.isNaN(rowMs) ? at.monoMs : rowMs, at.monoMs);
  columns.receivedMonoMs[slot] = rowMs - (sockets.lastDataReceivedMs[row] ?? 0);
  columns.sentMonoMs[slot] = rowMs - (sockets.lastDataSentMs[row] ?? 0);
  noteClosing(delivery, slot, { sockets, row, before: beforeReceived });
  if (links.peer[slot] === PEER_OWN) noteOwn(state, slot);
}

/** Nothing can tell of the connection in `slot` any more. */
export function forgetDelivery(state: State, slot: number): void {
  const { columns, ends, era } = state.delivery;
  if (ends.has(slot)) giveUpEnd(state, slot);
  else if (columns.stage[slot] === BASE_KNOWN && columns.era[slot] === era) {
    // Its destroy event was lost.
    breakLedger(state, slot, 'history');
  }
  columns.stage[slot] = BASE_NONE;
}

export function applyStreamMessages(state: State, messages: StreamMessages): void {
  const { delivery } = state;
  const before = delivery.index.count;
  appendMessages(delivery.index, messages);
  matchMessages(delivery, messages);
  noteBursts(state, before);
  if (mayHaveOverflowed(state, before)) endEra(delivery);
}

/** Between the end of one subscription and the beginning of the next the index has a hole. */
export function applyStreamLink(state: State, link: StreamLink, now: Instant): void {
  const { delivery } = state;
  state.survey.dirty = true;
  clearAnnouncements(delivery);
  if (!link.subscribed) {
    if (Number.isNaN(delivery.endedMonoMs)) delivery.endedMonoMs = link.monoMs;
    return;
  }
  closeEnds(state, now);
  endEra(delivery);
  forgetHeartbeat(delivery.heartbeat);
  delivery.endedMonoMs = Number.NaN;
  delivery.subscribedMonoMs = link.monoMs;
  delivery.subscribedCount = delivery.index.count;
}

/** The newest of our connections: an older one is on its way out, or another exporter's. */
function noteOwn(state: State, slot: number): void {
  const { delivery, links } = state;
  const known = delivery.ownSlot;
  const isNewer =
    known < 0 ||
    links.peer[known] !== PEER_OWN ||
    delivery.columns.noted[known] !== state.scans.generation ||
    (links.openedMonoMs[slot] ?? 0) > (links.openedMonoMs[known] ?? 0);
  if (isNewer) delivery.ownSlot = slot;
}

/**
 * Whether our own pipe can have overflowed with nobody to witness it: more messages came at once
 * than half the mark, and the bus announces none. Then all links may have missed the same ones, and
 * nothing can be said of any.
 */
function mayHaveOverflowed(state: State, from: number): boolean {
  const { index, gap } = state.delivery;
  const hwm = state.config?.options.get('pub_hwm');
  const witnessed = state.bus.connected === true && !Number.isNaN(gap.lastAnnouncedMonoMs);
  if (hwm === undefined || (witnessed && !isFiltering(state))) return false;
  const most = leastToOverflow(hwm);
  for (let n = Math.max(from + 1, firstMessage(index) + most); n <= index.count; n += 1) {
    const bytes = endOf(index, n) - endOf(index, n - most);
    const spanMs = arrivalOf(index, n) - arrivalOf(index, n - most + 1);
    if (spanMs <= AT_ONCE_MS + bytes / AT_ONCE_BYTES_PER_MS) return true;
  }
  return false;
}

/** Most messages within a second, by a window that ends with each message of `from + 1` on. */
function noteBursts(state: State, from: number): void {
  const { burst, index } = state.delivery;
  burst.windowFirst = Math.max(burst.windowFirst, firstMessage(index));
  for (let n = Math.max(from + 1, burst.windowFirst); n <= index.count; n += 1) {
    const fromMs = arrivalOf(index, n) - BURST_MS;
    while (burst.windowFirst < n && arrivalOf(index, burst.windowFirst) < fromMs) {
      burst.windowFirst += 1;
    }
    burst.most = Math.max(burst.most, n - burst.windowFirst + 1);
  }
}
