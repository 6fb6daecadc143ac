/**
 * Answers of sock_diag, straight from the receive buffer into columns: pure, never throws, makes no
 * object per socket.
 */
import { type ListenerRow, SEND_WINDOW_UNKNOWN } from '../../domain/observations.js';
import { PORTS, PUBLISH, REQUEST } from '../../domain/vocabulary.js';
import {
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HEADER_BYTES,
  NLMSG_NOOP,
  type ReceiveViews,
} from '../../lib/netlink.js';
import type { KernelErrorReason, ReasonCounts } from './reasons.js';
import {
  AF_INET,
  AF_INET6,
  INET_DIAG_INFO,
  SOCK_DIAG_BY_FAMILY,
  STATE_LISTEN,
  type WatchedPorts,
} from './request.js';
import { growTable, type SocketTable } from './socket-table.js';

/** struct inet_diag_msg; offsets below are from its start. */
const DIAG_MESSAGE_BYTES = 72;
const ATTRIBUTE_HEADER_BYTES = 4;
/** The last field of tcp_info we read is notsent_bytes at 144; it is there since Linux 4.6. */
const TCP_INFO_BYTES = 148;
/** tcpi_snd_wnd at 228 is there since Linux 5.4. */
const TCP_INFO_WINDOW_BYTES = 232;
const WORD = 2 ** 32;
const IPV4_MAPPED = 0xffff;

/** What stands in place of the offset of tcp_info. */
const INFO_SHORT = 0;
const INFO_ABSENT = -1;
const INFO_MALFORMED = -2;

/** The receive buffer and where its rows go. */
export interface DiagSink {
  readonly received: ReceiveViews;
  /** A `death` of a listener is a row without a peer; in a `dump` it is a row in state LISTEN. */
  readonly content: 'dump' | 'death';
  ports: WatchedPorts;
  /** Answers to other requests are passed over. */
  sequence: number;
  /** Instant of the rows to come, as SocketColumns defines it. */
  rowMonoMs: number;
  /** Replaced by a larger one when it is full. */
  table: SocketTable;
  readonly rowsMaximum: number;
  listeners: ListenerRow[];
  readonly reasons: ReasonCounts;
  /** True once any row or answer could not be used: what is missing then means nothing. */
  torn: boolean;
}

export type DiagAnswer =
  | { readonly kind: 'more' }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly errno: number };

const MORE: DiagAnswer = { kind: 'more' };
const DONE: DiagAnswer = { kind: 'done' };

/**
 * Decodes the messages of one datagram; `length` is what the kernel said it is, which can be more
 * than the buffer held.
 */
export function decodeAnswer(sink: DiagSink, length: number): DiagAnswer {
  const { bytes, halves, words } = sink.received;
  const held = Math.min(length, bytes.length);
  if (held < length) tear(sink, 'answer_malformed');
  let offset = 0;
  while (offset + NLMSG_HEADER_BYTES <= held) {
    const word = offset >>> 2;
    const size = words[word] ?? 0;
    if (size < NLMSG_HEADER_BYTES || offset + size > held) break;
    if (words[word + 2] === sink.sequence) {
      const type = halves[word * 2 + 2];
      const flags = halves[word * 2 + 3] ?? 0;
      if ((flags & NLM_F_DUMP_INTR) !== 0) tear(sink, 'dump_interrupted');
      if (type === SOCK_DIAG_BY_FAMILY) decodeSocket(sink, offset, offset + size);
      else if (type === NLMSG_DONE || type === NLMSG_ERROR) return decodeEnd(sink, offset);
      else if (type !== NLMSG_NOOP) tear(sink, 'answer_malformed');
    }
    offset += (size + 3) & ~3;
  }
  if (offset < held) tear(sink, 'answer_malformed');
  return MORE;
}

/** DONE and ERROR carry a number after the header: 0 or a negative errno. */
function decodeEnd(sink: DiagSink, offset: number): DiagAnswer {
  const { halves, words } = sink.received;
  const word = offset >>> 2;
  const isDone = halves[word * 2 + 2] === NLMSG_DONE;
  const hasNumber = (words[word] ?? 0) >= NLMSG_HEADER_BYTES + 4;
  if (!hasNumber && !isDone) {
    tear(sink, 'answer_malformed');
    return MORE;
  }
  const errno = hasNumber ? -((words[word + 4] ?? 0) | 0) : 0;
  if (errno > 0) return { kind: 'error', errno };
  return isDone ? DONE : MORE;
}

function decodeSocket(sink: DiagSink, start: number, end: number): void {
  const { bytes } = sink.received;
  const at = start + NLMSG_HEADER_BYTES;
  const family = bytes[at];
  if (end - at < DIAG_MESSAGE_BYTES || (family !== AF_INET && family !== AF_INET6)) {
    tear(sink, 'answer_malformed');
    return;
  }
  const watched = bigEndian16(bytes, sink.ports.end === 'remote' ? at + 6 : at + 4);
  const isPublish = watched === sink.ports.publish;
  if (!isPublish && watched !== sink.ports.request) return; // another program's: no filter in the kernel
  const info = findInfo(sink, at + DIAG_MESSAGE_BYTES, end);
  if (info === INFO_MALFORMED) {
    tear(sink, 'answer_malformed');
    return;
  }
  const port = isPublish ? PUBLISH : REQUEST;
  if (isListener(sink, at)) {
    pushListener(sink, at, port);
    return;
  }
  // A remnant in FIN_WAIT2 keeps the cookie of a socket whose death was told already: it must not
  // come to life again.
  if (sink.content === 'dump' && info === INFO_ABSENT) return;
  if (reserveRow(sink)) {
    const { table } = sink;
    table.port[table.count] = port;
    writeSocket(sink, at);
    writeInfo(sink, info);
    table.count += 1;
  }
}

/** Offset of tcp_info, or why there is none. */
function findInfo(sink: DiagSink, from: number, end: number): number {
  const { halves } = sink.received;
  let found = INFO_ABSENT;
  let offset = from;
  while (offset + ATTRIBUTE_HEADER_BYTES <= end) {
    const length = halves[offset >>> 1] ?? 0;
    if (length < ATTRIBUTE_HEADER_BYTES || offset + length > end) return INFO_MALFORMED;
    if (halves[(offset >>> 1) + 1] === INET_DIAG_INFO) {
      const isLong = length >= ATTRIBUTE_HEADER_BYTES + TCP_INFO_BYTES;
      found = isLong ? offset + ATTRIBUTE_HEADER_BYTES : INFO_SHORT;
      if (!isLong) sink.reasons.add('tcp_info_short');
    }
    offset += (length + 3) & ~3;
  }
  return offset < end ? INFO_MALFORMED : found;
}

function isListener(sink: DiagSink, at: number): boolean {
  const { bytes, words } = sink.received;
  if (sink.content === 'dump') return bytes[at + 1] === STATE_LISTEN;
  const peer = (at + 24) >>> 2;
  const peerWords = words[peer] || words[peer + 1] || words[peer + 2] || words[peer + 3];
  return bigEndian16(bytes, at + 6) === 0 && !peerWords;
}

/** A listener's queues: in a dump the connections that wait to be accepted, and how many may. */
function pushListener(sink: DiagSink, at: number, port: typeof PUBLISH | typeof REQUEST): void {
  if (sink.listeners.length >= LISTENERS_MAXIMUM) {
    tear(sink, 'rows_overflow');
    return;
  }
  const { words } = sink.received;
  const word = at >>> 2;
  const isDump = sink.content === 'dump';
  sink.listeners.push({
    port: PORTS[port],
    cookieLow: words[word + 11] ?? 0,
    cookieHigh: words[word + 12] ?? 0,
    queueLength: isDump ? (words[word + 14] ?? 0) : 0,
    queueLimit: isDump ? words[word + 15] : undefined,
  });
}

/** A port has a listener per address and, with SO_REUSEPORT, per process: a handful. */
const LISTENERS_MAXIMUM = 256;

/** Room for one more row; false, and counted, when the maximum is reached. */
function reserveRow(sink: DiagSink): boolean {
  const { table, rowsMaximum } = sink;
  if (table.count < table.capacity) return true;
  if (table.capacity >= rowsMaximum) {
    tear(sink, 'rows_overflow');
    return false;
  }
  sink.table = growTable(table, Math.min(table.capacity * 2, rowsMaximum));
  return true;
}

function writeSocket(sink: DiagSink, at: number): void {
  const { bytes, words } = sink.received;
  const { table } = sink;
  const row = table.count;
  const word = at >>> 2;
  table.rowMonoMs[row] = sink.rowMonoMs;
  table.state[row] = bytes[at + 1] ?? 0;
  table.peerPort[row] = bigEndian16(bytes, at + 6);
  const address = row * 4;
  if (bytes[at] === AF_INET) {
    table.address[address] = 0;
    table.address[address + 1] = 0;
    table.address[address + 2] = IPV4_MAPPED;
    table.address[address + 3] = bigEndian32(bytes, at + 24);
  } else {
    table.address[address] = bigEndian32(bytes, at + 24);
    table.address[address + 1] = bigEndian32(bytes, at + 28);
    table.address[address + 2] = bigEndian32(bytes, at + 32);
    table.address[address + 3] = bigEndian32(bytes, at + 36);
  }
  table.cookieLow[row] = words[word + 11] ?? 0;
  table.cookieHigh[row] = words[word + 12] ?? 0;
  table.receiveQueue[row] = words[word + 14] ?? 0;
  table.sendQueue[row] = words[word + 15] ?? 0;
}

/**
 * struct tcp_info of include/uapi/linux/tcp.h; zeros where there is none, because tables are used
 * again.
 */
function writeInfo(sink: DiagSink, info: number): void {
  const { bytes, words } = sink.received;
  const { table } = sink;
  const row = table.count;
  if (info <= INFO_SHORT) {
    clearInfo(table, row);
    return;
  }
  const word = info >>> 2;
  table.hasInfo[row] = 1;
  table.retransmits[row] = bytes[info + 2] ?? 0;
  table.probes[row] = bytes[info + 3] ?? 0;
  table.backoff[row] = bytes[info + 4] ?? 0;
  table.unacked[row] = words[word + 6] ?? 0;
  table.lastDataSentMs[row] = words[word + 11] ?? 0;
  table.lastDataReceivedMs[row] = words[word + 13] ?? 0;
  table.lastAckReceivedMs[row] = words[word + 14] ?? 0;
  table.rttMicros[row] = words[word + 17] ?? 0;
  table.totalRetransmits[row] = words[word + 25] ?? 0;
  // u64 at an offset that is aligned to four bytes only: low word first, as every platform of ours
  // has it
  table.bytesAcked[row] = (words[word + 30] ?? 0) + (words[word + 31] ?? 0) * WORD;
  table.bytesReceived[row] = (words[word + 32] ?? 0) + (words[word + 33] ?? 0) * WORD;
  table.segmentsOut[row] = words[word + 34] ?? 0;
  table.segmentsIn[row] = words[word + 35] ?? 0;
  table.notSent[row] = words[word + 36] ?? 0;
  table.sendWindow[row] = hasWindow(sink, info) ? (words[word + 57] ?? 0) : SEND_WINDOW_UNKNOWN;
}

function hasWindow(sink: DiagSink, info: number): boolean {
  const length = sink.received.halves[(info - ATTRIBUTE_HEADER_BYTES) >>> 1] ?? 0;
  return length >= ATTRIBUTE_HEADER_BYTES + TCP_INFO_WINDOW_BYTES;
}

function clearInfo(table: SocketTable, row: number): void {
  table.hasInfo[row] = 0;
  table.retransmits[row] = 0;
  table.probes[row] = 0;
  table.backoff[row] = 0;
  table.unacked[row] = 0;
  table.lastDataSentMs[row] = 0;
  table.lastDataReceivedMs[row] = 0;
  table.lastAckReceivedMs[row] = 0;
  table.rttMicros[row] = 0;
  table.totalRetransmits[row] = 0;
  table.bytesAcked[row] = 0;
  table.bytesReceived[row] = 0;
  table.segmentsOut[row] = 0;
  table.segmentsIn[row] = 0;
  table.notSent[row] = 0;
  table.sendWindow[row] = SEND_WINDOW_UNKNOWN;
}

function tear(sink: DiagSink, reason: KernelErrorReason): void {
  sink.torn = true;
  sink.reasons.add(reason);
}

function bigEndian16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function bigEndian32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (((bytes[at] ?? 0) << 24) | low) >>> 0;
}
