/**
 * Lines of /proc/net/tcp and tcp6 into columns, for when netlink is refused: pure, never throws.
 */
import type { ListenerRow } from '../../domain/observations.js';
import { PORTS, PUBLISH, REQUEST } from '../../domain/vocabulary.js';
import type { ReasonCounts } from './reasons.js';
import { STATE_LISTEN, type WatchedPorts } from './request.js';
import { growTable, type SocketTable } from './socket-table.js';

/** High word of the cookie of a row from /proc, whose low word is the inode. */
export const PROC_COOKIE_HIGH = 0xffff_ffff;

/** States that are no connection any more or not yet one, as in the netlink request. */
const STATE_SYN_RECV = 3;
const STATE_TIME_WAIT = 6;
const STATE_NEW_SYN_RECV = 12;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const COLON = 0x3a;
const IPV4_MAPPED = 0xffff;

export interface ProcSink {
  ports: WatchedPorts;
  /** When the lines to come were read. */
  rowMonoMs: number;
  table: SocketTable;
  readonly rowsMaximum: number;
  listeners: ListenerRow[];
  readonly reasons: ReasonCounts;
  torn: boolean;
}

/**
 * Whether the words of an address stand with their bytes swapped: /proc prints them as the
 * machine's own numbers.
 */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Decodes the whole lines among `bytes[0 … length − 1]` and returns where the unfinished last one
 * begins. The heading (`  sl  local_address …`) has no colon in its first column and is passed
 * over.
 */
export function decodeProcLines(bytes: Uint8Array, length: number, sink: ProcSink): number {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0 || end >= length) return start;
    decodeLine({ bytes, at: start, end, failed: false }, sink);
    start = end + 1;
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  failed: boolean;
}

interface Endpoint {
  readonly words: readonly number[];
  readonly port: number;
}

/** `   0: 0100007F:1199 0200007F:A5C2 01 00000000:00000000 00:00000000 00000000  0  0 18563 …` */
function decodeLine(line: Cursor, sink: ProcSink): void {
  skipSpaces(line);
  while (isDigit(line.bytes[line.at])) line.at += 1;
  if (line.bytes[line.at] !== COLON) {
    if (!isHeading(line)) rejectLine(sink);
    return;
  }
  line.at += 1;
  const local = readEndpoint(line);
  const isRemote = sink.ports.end === 'remote';
  if (!line.failed && !isRemote && !isWatched(sink, local.port)) return;
  const peer = readEndpoint(line);
  const watched = isRemote ? peer.port : local.port;
  if (!line.failed && isRemote && !isWatched(sink, watched)) return;
  const state = readHex(line);
  const sendQueue = readHex(line);
  line.at += 1; // the colon between the two queues
  const receiveQueue = readHex(line);
  for (let field = 0; field < 4; field += 1) skipField(line); // timer, retransmits, uid, time-out
  const inode = readDecimal(line);
  if (line.failed) {
    rejectLine(sink);
    return;
  }
  const port = watched === sink.ports.publish ? PUBLISH : REQUEST;
  if (state === STATE_LISTEN) {
    sink.listeners.push({
      port: PORTS[port],
      cookieLow: inode,
      cookieHigh: PROC_COOKIE_HIGH,
      queueLength: receiveQueue,
      queueLimit: undefined,
    });
    return;
  }
  // Without an inode the socket waits to be accepted, or the master closed it already.
  if (inode === 0 || isRemnant(state) || !reserveRow(sink)) return;
  writeRow(sink.table, peer);
  const { table } = sink;
  const row = table.count;
  table.port[row] = port;
  table.rowMonoMs[row] = sink.rowMonoMs;
  table.state[row] = state;
  table.cookieLow[row] = inode;
  table.cookieHigh[row] = PROC_COOKIE_HIGH;
  table.receiveQueue[row] = receiveQueue;
  table.sendQueue[row] = sendQueue;
  table.count += 1;
}

function isWatched({ ports }: ProcSink, port: number): boolean {
  return port === ports.publish || port === ports.request;
}

function isRemnant(state: number): boolean {
  return state === STATE_SYN_RECV || state === STATE_TIME_WAIT || state === STATE_NEW_SYN_RECV;
}

function reserveRow(sink: ProcSink): boolean {
  if (sink.table.count < sink.table.capacity) return true;
  if (sink.table.capacity >= sink.rowsMaximum) {
    sink.torn = true;
    sink.reasons.add('rows_overflow');
    return false;
  }
  sink.table = growTable(sink.table, Math.min(sink.table.capacity * 2, sink.rowsMaximum));
  return true;
}

function writeRow(table: SocketTable, peer: Endpoint): void {
  const row = table.count;
  const words = peer.words.length === 1 ? [0, 0, IPV4_MAPPED, peer.words[0] ?? 0] : peer.words;
  table.address.set(words, row * 4);
  table.peerPort[row] = peer.port;
  table.hasInfo[row] = 0;
}

function rejectLine(sink: ProcSink): void {
  sink.torn = true;
  sink.reasons.add('proc_malformed');
}

/** The heading begins with `sl`. */
function isHeading(line: Cursor): boolean {
  return line.bytes[line.at] === 0x73 && line.bytes[line.at + 1] === 0x6c;
}

/** One word of eight digits (IPv4) or four of them, a colon, a port of four digits. */
function readEndpoint(line: Cursor): Endpoint {
  skipSpaces(line);
  const words: number[] = [];
  while (words.length < 4 && line.bytes[line.at] !== COLON && !line.failed)
    words.push(networkWord(readHexDigits(line, 8)));
  if (line.bytes[line.at] !== COLON || (words.length !== 1 && words.length !== 4))
    line.failed = true;
  line.at += 1;
  return { words, port: readHexDigits(line, 4) };
}

function networkWord(word: number): number {
  if (!LITTLE_ENDIAN) return word;
  const swapped = ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00);
  return (swapped | (word >>> 24)) >>> 0;
}

/** Exactly so many digits. */
function readHexDigits(line: Cursor, digits: number): number {
  let value = 0;
  for (let index = 0; index < digits; index += 1) {
    const digit = line.at < line.end ? hexDigit(line.bytes[line.at]) : -1;
    if (digit < 0) {
      line.failed = true;
      return 0;
    }
    value = value * 16 + digit;
    line.at += 1;
  }
  return value;
}

/** A number of one to eight digits up to a space or colon. */
function readHex(line: Cursor): number {
  skipSpaces(line);
  const start = line.at;
  let value = 0;
  while (line.at < line.end && hexDigit(line.bytes[line.at]) >= 0) {
    value = value * 16 + hexDigit(line.bytes[line.at]);
    line.at += 1;
  }
  if (line.at === start || line.at - start > 8) line.failed = true;
  return value >>> 0;
}

function readDecimal(line: Cursor): number {
  skipSpaces(line);
  const start = line.at;
  let value = 0;
  while (line.at < line.end && isDigit(line.bytes[line.at])) {
    value = value * 10 + ((line.bytes[line.at] ?? 0) - 0x30);
    line.at += 1;
  }
  if (line.at === start || value > 0xffff_ffff) line.failed = true;
  return value >>> 0;
}

function skipField(line: Cursor): void {
  skipSpaces(line);
  const start = line.at;
  while (line.at < line.end && line.bytes[line.at] !== SPACE) line.at += 1;
  if (line.at === start) line.failed = true;
}

function skipSpaces(line: Cursor): void {
  while (line.at < line.end && line.bytes[line.at] === SPACE) line.at += 1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Value of a digit of either case, −1 for anything else. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
