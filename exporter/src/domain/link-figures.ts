/**
 * What the kernel's figures of one connection say: retransmissions, acknowledgements, and since
 * when it is silent.
 */
import { NO_MINION } from './address-table.js';
import { noteDelivery } from './delivery.js';
import type { LinkLine } from './link-line.js';
import { noteLiveness } from './liveness.js';
import { noteRequests } from './requests.js';
import type { State } from './state.js';
import { PUBLISH } from './vocabulary.js';

/**
 * Two reads of one and the same acknowledgement differ by a jiffy and the length of a dump; less is
 * no news.
 */
const ACK_JITTER_MS = 25;
/**
 * A connection that never had an acknowledgement shows the age of the machine; no link is that old
 * and silent.
 */
const ACK_AGE_MAX_MS = 30 * 86_400_000;

/** Takes row `row` (with tcp_info) into slot `slot`, read at `at`. */
export function noteFigures(state: State, slot: number, line: LinkLine): void {
  const { links, minions } = state;
  const { sockets, row, at } = line;
  const minion = links.minion[slot] ?? NO_MINION;
  links.hasInfo[slot] = 1;
  const total = sockets.totalRetransmits[row] ?? 0;
  const before = links.totalRetransmits[slot] ?? 0;
  // A kernel counter never falls; a smaller value is a fault of the reader and starts anew without
  // booking.
  if (total > before && minion !== NO_MINION) {
    minions.retransmits[minion] = (minions.retransmits[minion] ?? 0) + (total - before);
  }
  links.totalRetransmits[slot] = total;
  links.backoff[slot] = sockets.backoff[row] ?? 0;
  links.probes[slot] = sockets.probes[row] ?? 0;
  links.unacked[slot] = sockets.unacked[row] ?? 0;
  if (links.port[slot] === PUBLISH) noteLiveness(state, slot, line);
  links.bytesReceived[slot] = sockets.bytesReceived[row] ?? 0;
  links.rttMicros[slot] = sockets.rttMicros[row] ?? 0;
  noteAck(state, slot, line);
  noteInFlight(state, slot, line);
  if (links.port[slot] === PUBLISH) noteDelivery(state, slot, line);
  else noteRequests(state, slot, line);
  if (minion !== NO_MINION && links.port[slot] === PUBLISH) {
    const ackMs = links.ackMonoMs[slot] ?? Number.NaN;
    const knownMs = minions.lastAckMonoMs[minion] ?? Number.NaN;
    if (ackMs > knownMs || (Number.isNaN(knownMs) && !Number.isNaN(ackMs))) {
      minions.lastAckMonoMs[minion] = ackMs;
      minions.lastAckWallMs[minion] = at.wallMs - (at.monoMs - ackMs);
    }
  }
}

function noteAck(state: State, slot: number, line: LinkLine): void {
  const ageMs = line.sockets.lastAckReceivedMs[line.row] ?? Number.POSITIVE_INFINITY;
  if (ageMs > ACK_AGE_MAX_MS) return;
  const ackMs = line.at.monoMs - ageMs;
  const knownMs = state.links.ackMonoMs[slot] ?? Number.NaN;
  if (Number.isNaN(knownMs) || ackMs > knownMs + ACK_JITTER_MS) state.links.ackMonoMs[slot] = ackMs;
}

/**
 * When the oldest unacknowledged byte was sent: exact while nothing was retransmitted (the kernel's
 * "last data sent" is then the first sending too), else not before the last scan at which nothing
 * was in flight. Probes (keepalive) carry no data and count alike.
 */
function noteInFlight(state: State, slot: number, line: LinkLine): void {
  const { links } = state;
  const probed = (links.probes[slot] ?? 0) > 0;
  if (links.unacked[slot] === 0 && !probed) {
    links.cleanMonoMs[slot] = line.at.monoMs;
    links.sentMonoMs[slot] = Number.NaN;
    return;
  }
  if (!Number.isNaN(links.sentMonoMs[slot] ?? Number.NaN)) return;
  const cleanMs = links.cleanMonoMs[slot] ?? Number.NaN;
  const earliestMs = Number.isNaN(cleanMs) ? (links.ackMonoMs[slot] ?? Number.NaN) : cleanMs;
  const sentMs = line.at.monoMs - (line.sockets.lastDataSentMs[line.row] ?? 0);
  const exact = links.backoff[slot] === 0 && !(sentMs < earliestMs);
  links.sentMonoMs[slot] = exact ? sentMs : earliestMs;
}
