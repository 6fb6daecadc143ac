/**
 * The byte stream of Salt's event bus → frames, in whatever pieces it arrives; nothing of a body is
 * looked at here.
 *
 *   frame = [length] outer      length: uint32, big-endian, of outer; 3006.26 and later of 3006 only
 *   outer = msgpack map         82 a4 "head" 80 a4 "body" BIN: the body is the last entry
 *
 * A frame begins with 0x82, or with a length whose first byte is smaller than that. Each frame is
 * judged by itself, so a connection to an upgraded master is read as it speaks.
 */
import { openMsgpack, peekHead, readHead, skipValue, textEquals } from '../../lib/msgpack.js';
import {
  ANNOUNCED_MAX_BYTES,
  FRAME_KEPT_BYTES,
  FRAME_MAX_BYTES,
  HEADER_MAX_BYTES,
} from './options.js';

/** The body stands in `bytes` from `start` to `end`. */
export interface Frame {
  readonly kind: 'frame';
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** False: the frame was larger than what is kept, its body goes on behind `end`. */
  readonly whole: boolean;
}

/**
 * `size`: a frame was too large, and skipped. `body`: a frame without a body was skipped. `lost`:
 * no frame begins here, the rest of this connection means nothing.
 */
export type Framed = Frame | { readonly kind: 'size' | 'body' | 'lost' };

interface Outer {
  /** Body and end of the frame, from the beginning of the frame; no body: −1. */
  readonly start: number;
  readonly end: number;
}

const EMPTY = Buffer.alloc(0);
const LOST: Framed = { kind: 'lost' };
const OVERSIZED: Framed = { kind: 'size' };
const BODILESS: Framed = { kind: 'body' };

/** Splits one connection's bytes; a new connection takes a new reader. */
export class FrameReader {
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** The beginning of a frame whose extent is not known yet. */
  #head: Buffer = EMPTY;
  /** A frame that began in earlier chunks: what is kept of it, and how much is still to come. */
  #outer: Outer | undefined;
  #parts: Buffer[] = [];
  #kept = 0;
  #needed = 0;

  /** To be called when `next` said that it needs more. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** It was not asked for all that its last bytes hold. */
  get hasMore(): boolean {
    return this.#at < this.#chunk.length;
  }

  /** Bytes of a frame were read whose end was not: when the connection ends now, it was torn. */
  get isTorn(): boolean {
    return this.#outer !== undefined || this.#head.length > 0;
  }

  /** The next frame; undefined: more bytes are needed. After `lost` it has nothing to say. */
  next(): Framed | undefined {
    if (this.#outer !== undefined) return this.#gather(this.#outer);
    if (this.#at >= this.#chunk.length) return undefined;
    if (this.#head.length > 0) return this.#goOn();
    const outer = readOuter(this.#chunk, this.#at);
    if (outer === 'lost') return LOST;
    if (outer === 'more') {
      // A copy: it must not hold a whole chunk.
      this.#head = Buffer.from(this.#chunk.subarray(this.#at));
      this.#at = this.#chunk.length;
      return undefined;
    }
    const from = this.#at;
    if (outer.end <= this.#chunk.length - from) {
      this.#at = from + outer.end;
      return framed(this.#chunk, from, outer);
    }
    return this.#begin(outer);
  }

  /** A frame whose first bytes came with an earlier chunk. */
  #goOn(): Framed | undefined {
    const more = this.#chunk.subarray(this.#at, this.#at + HEADER_MAX_BYTES + 8);
    const bytes = Buffer.concat([this.#head, more]);
    const outer = readOuter(bytes, 0);
    if (outer === 'lost') return LOST;
    if (outer === 'more') {
      this.#head = bytes;
      this.#at += more.length;
      return undefined;
    }
    return this.#begin(outer);
  }

  #begin(outer: Outer): Framed | undefined {
    this.#outer = outer;
    this.#needed = outer.end;
    this.#kept = 0;
    const head = this.#head;
    this.#head = EMPTY;
    // The head ends before the frame does: with the whole of it the extent would have been known.
    this.#take(head);
    return this.#gather(outer);
  }

  #take(bytes: Buffer): void {
    const outer = this.#outer;
    this.#needed -= bytes.length;
    if (outer === undefined || outer.end > FRAME_MAX_BYTES) return;
    const kept = bytes.subarray(0, FRAME_KEPT_BYTES - this.#kept);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#kept += kept.length;
  }

  #gather(outer: Outer): Framed | undefined {
    const piece = this.#chunk.subarray(this.#at, this.#at + this.#needed);
    this.#at += piece.length;
    this.#take(piece);
    if (this.#needed > 0) return undefined;
    const bytes = Buffer.concat(this.#parts);
    this.#outer = undefined;
    this.#parts = [];
    return outer.end > FRAME_MAX_BYTES ? OVERSIZED : framed(bytes, 0, outer);
  }
}

function framed(bytes: Buffer, from: number, outer: Outer): Framed {
  if (outer.start < 0) return BODILESS;
  const end = Math.min(from + outer.end, bytes.length);
  return { kind: 'frame', bytes, start: from + outer.start, end, whole: end === from + outer.end };
}

/** `82 a4 h e | a d 80 a4 | b o d y`, as three big-endian words. */
const USUAL_HEAD = [0x82a4_6865, 0x6164_80a4, 0x626f_6479] as const;
const USUAL_HEAD_BYTES = 12;
/** With an empty body; whatever is shorter is no frame, and 13 bytes can be asked for at once. */
const FRAME_MIN_BYTES = 14;
const MAP_OF_TWO = 0x82;
const LENGTH_BYTES = 4;

function readOuter(bytes: Buffer, from: number): Outer | 'more' | 'lost' {
  const first = bytes[from] ?? 0;
  if (first === MAP_OF_TWO) return readMap(bytes, from, 0);
  if (first > 0x7f) return 'lost';
  if (bytes.length < from + LENGTH_BYTES) return 'more';
  const announced = bytes.readUInt32BE(from);
  if (announced > ANNOUNCED_MAX_BYTES) return 'lost';
  if (announced < FRAME_MIN_BYTES) return 'lost';
  const outer = readMap(bytes, from + LENGTH_BYTES, LENGTH_BYTES);
  if (typeof outer === 'string') return outer;
  return outer.end === announced + LENGTH_BYTES ? outer : 'lost';
}

/** The map at `at`; `before`: bytes of the frame in front of it. */
function readMap(bytes: Buffer, at: number, before: number): Outer | 'more' | 'lost' {
  if (bytes.length - at <= USUAL_HEAD_BYTES) return 'more';
  const isUsual =
    bytes.readUInt32BE(at) === USUAL_HEAD[0] &&
    bytes.readUInt32BE(at + 4) === USUAL_HEAD[1] &&
    bytes.readUInt32BE(at + 8) === USUAL_HEAD[2];
  if (!isUsual) return readOtherMap(bytes, at, before);
  const value = at + USUAL_HEAD_BYTES;
  const kind = bytes[value];
  const available = bytes.length - value;
  let width = 0;
  let length = 0;
  // bin 8, 16, 32, or str of odd msgpack builds
  if (kind === 0xc4 || kind === 0xd9) {
    if (available < 2) return 'more';
    width = 2;
    length = bytes.readUInt8(value + 1);
  } else if (kind === 0xc5 || kind === 0xda) {
    if (available < 3) return 'more';
    width = 3;
    length = bytes.readUInt16BE(value + 1);
  } else if (kind === 0xc6 || kind === 0xdb) {
    if (available < 5) return 'more';
    width = 5;
    length = bytes.readUInt32BE(value + 1);
  } else return readOtherMap(bytes, at, before);
  const start = before + USUAL_HEAD_BYTES + width;
  return { start, end: start + length };
}

/** A head that is not empty, other keys, a body that is no bytes: no version sends them so far. */
function readOtherMap(bytes: Buffer, at: number, before: number): Outer | 'more' | 'lost' {
  const cursor = openMsgpack(bytes.subarray(at, at + HEADER_MAX_BYTES));
  const incomplete = () =>
    cursor.failed === 'truncated' && bytes.length - at < HEADER_MAX_BYTES ? 'more' : 'lost';
  const map = readHead(cursor);
  if (map === undefined) return incomplete();
  if (map.kind !== 'map') return 'lost';
  for (let entry = 1; entry <= map.length; entry += 1) {
    const key = readHead(cursor);
    if (key === undefined) return incomplete();
    if (key.kind !== 'text') return 'lost';
    if (!textEquals(cursor, key, 'body')) {
      if (!skipValue(cursor)) return incomplete();
      continue;
    }
    const value = peekHead(cursor);
    if (value === undefined) return incomplete();
    if (value.kind !== 'text' || entry < map.length) return 'lost';
    const end = value.start + value.length;
    return end < FRAME_MIN_BYTES ? 'lost' : { start: before + value.start, end: before + end };
  }
  return cursor.offset < FRAME_MIN_BYTES ? 'lost' : { start: -1, end: before + cursor.offset };
}
