/** Rows of sockets as columns on one transferable buffer, which two threads hand to and fro. */
import type { SocketColumns } from '../../domain/observations.js';

/**
 * Rows of one scan that are kept; 10,000 minions need 20,000. What is beyond is counted, and the
 * scan is not complete.
 */
export const SOCKET_ROWS_MAXIMUM = 131_072;
export const SOCKET_ROWS_INITIAL = 4_096;

const FLOAT_COLUMNS = 3;
const WORD_COLUMNS = 18; // the address counts four times
const HALF_COLUMNS = 1;
const BYTE_COLUMNS = 6;
const BYTES_PER_ROW = FLOAT_COLUMNS * 8 + WORD_COLUMNS * 4 + HALF_COLUMNS * 2 + BYTE_COLUMNS;
/** Capacities are multiples of it, so that every column starts at an aligned offset. */
const ROWS_STEP = 8;

export interface SocketTable extends SocketColumns {
  count: number;
  readonly capacity: number;
  readonly buffer: ArrayBuffer;
}

/** `capacity` is rounded up to a multiple of eight. */
export function createTable(capacity: number): SocketTable {
  const rows = Math.ceil(capacity / ROWS_STEP) * ROWS_STEP;
  return tableOver(new ArrayBuffer(rows * BYTES_PER_ROW), 0);
}

/**
 * The same rows seen from the thread that received the buffer; columns lie in order of their width,
 * widest first.
 */
export function tableOver(buffer: ArrayBuffer, count: number): SocketTable {
  const rows = Math.floor(buffer.byteLength / BYTES_PER_ROW);
  let offset = 0;
  const take = (bytes: number): number => {
    const start = offset;
    offset += bytes;
    return start;
  };
  const floats = () => new Float64Array(buffer, take(rows * 8), rows);
  const words = (perRow = 1) => new Uint32Array(buffer, take(rows * 4 * perRow), rows * perRow);
  const bytes = () => new Uint8Array(buffer, take(rows), rows);
  return {
    buffer,
    count,
    capacity: rows,
    rowMonoMs: floats(),
    bytesAcked: floats(),
    bytesReceived: floats(),
    address: words(4),
    cookieLow: words(),
    cookieHigh: words(),
    receiveQueue: words(),
    sendQueue: words(),
    unacked: words(),
    notSent: words(),
    totalRetransmits: words(),
    segmentsIn: words(),
    segmentsOut: words(),
    sendWindow: words(),
    lastDataSentMs: words(),
    lastDataReceivedMs: words(),
    lastAckReceivedMs: words(),
    rttMicros: words(),
    peerPort: new Uint16Array(buffer, take(rows * 2), rows),
    port: bytes(),
    state: bytes(),
    hasInfo: bytes(),
    retransmits: bytes(),
    backoff: bytes(),
    probes: bytes(),
  };
}

/** A table with room for more rows that holds what the old one held. */
export function growTable(table: SocketTable, capacity: number): SocketTable {
  return copyTable(table, createTable(capacity));
}

/** A table of just the size of its rows, for a burst that is handed over once. */
export function shrinkTable(table: SocketTable): SocketTable {
  return copyTable(table, createTable(table.count));
}

function copyTable(from: SocketTable, to: SocketTable): SocketTable {
  const { count } = from;
  to.count = count;
  to.address.set(from.address.subarray(0, count * 4));
  to.peerPort.set(from.peerPort.subarray(0, count));
  for (const name of FLOATS) to[name].set(from[name].subarray(0, count));
  for (const name of WORDS) to[name].set(from[name].subarray(0, count));
  for (const name of BYTES) to[name].set(from[name].subarray(0, count));
  return to;
}

const FLOATS = ['rowMonoMs', 'bytesAcked', 'bytesReceived'] as const;
const WORDS = [
  'cookieLow',
  'cookieHigh',
  'receiveQueue',
  'sendQueue',
  'unacked',
  'notSent',
  'totalRetransmits',
  'segmentsIn',
  'segmentsOut',
  'sendWindow',
  'lastDataSentMs',
  'lastDataReceivedMs',
  'lastAckReceivedMs',
  'rttMicros',
] as const;
const BYTES = ['port', 'state', 'hasInfo', 'retransmits', 'backoff', 'probes'] as const;
