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
import type { Bytes } from './name-table.js';
import {
  ANNOUNCED_MAX_BYTES,
  FRAME_KEPT_BYTES,
  FRAME_MAX_BYTES,
  HEADER_MAX_BYTES,
} from './options.js';
import { createSegment, type Piece, type Segment } from './segments.js';

/** The body stands between `start` and `end`; valid until the next frame is asked for. */
export interface Frame {
  bytes: Buffer;
  view: DataView;
  start: number;
  end: number;
  /** False: the frame was larger than what is kept, its body goes on behind `end`. */
  whole: boolean;
}

/**
 * `size`: a frame was too large, and skipped. `body`: a frame without a body was skipped. `lost`:
 * no frame begins here, the rest of this connection means nothing.
 */
export type Found = 'frame' | 'size' | 'body' | 'lost';

interface Outer {
  /** Bytes of the frame that are there. */
  available: number;
  /** Body and end of the frame, from the beginning of the frame; no body: −1. */
  start: number;
  end: number;
}

/** What is read anew of a frame whose head two segments share. */
const HEAD_MAX_BYTES = HEADER_MAX_BYTES + 8;
/** Memory of the frames that lie in two segments; a larger one is given back after its frame. */
const GATHERED_KEPT_BYTES = 64 * 1024;

const NO_SEGMENT = createSegment(0);

/** By name and not spread: objects that are spread have a shape of their own each, and cost more. */
function createFrame(): Frame {
  return { bytes: NO_SEGMENT.bytes, view: NO_SEGMENT.view, start: 0, end: 0, whole: true };
}

/** Splits one connection's bytes; a new connection takes a new reader. */
export class FrameReader {
  /** The frame that `next` found. */
  readonly frame: Frame = createFrame();
  /** Of the frame at hand. */
  readonly #outer: Outer = { available: 0, start: 0, end: 0 };
  #segment: Segment = NO_SEGMENT;
  #at = 0;
  #end = 0;
  /** A frame that began in an earlier segment: what is kept of it, and how many bytes were read. */
  #gathered: Segment = NO_SEGMENT;
  #isGathering = false;
  #isExtentKnown = false;
  #read = 0;

  /** To be called when `next` found no more; the segments before this one are not needed then. */
  feed({ segment, from, to }: Piece): void {
    if (segment === this.#segment && from === this.#end) {
      this.#end = to;
      return;
    }
    this.#stash();
    this.#segment = segment;
    this.#at = from;
    this.#end = to;
  }

  /** Bytes of a frame were read whose end was not: when the connection ends now, it was torn. */
  get isTorn(): boolean {
    return this.#isGathering || this.#at < this.#end;
  }

  /** undefined: more bytes are needed. After `lost` it has nothing to say. */
  next(): Found | undefined {
    if (this.#isGathering) return this.#gather();
    const outer = this.#outer;
    const from = this.#at;
    outer.available = this.#end - from;
    if (outer.available === 0) return undefined;
    const known = readOuter(this.#segment, from, outer);
    if (known === 'lost') return 'lost';
    if (known === 'more' || outer.end > outer.available) return undefined;
    this.#at = from + outer.end;
    return this.#found(this.#segment, from, this.#at);
  }

  /** What is left of the segment at hand is the beginning of a frame: it is kept elsewhere. */
  #stash(): void {
    if (this.#isGathering || this.#at >= this.#end) return;
    const available = this.#end - this.#at;
    this.#outer.available = available;
    this.#isGathering = true;
    this.#isExtentKnown = readOuter(this.#segment, this.#at, this.#outer) === 'known';
    this.#read = 0;
    this.#makeRoom();
    this.#keep(available);
  }

  #gather(): Found | undefined {
    if (!this.#isExtentKnown) {
      const found = this.#measure();
      if (found !== 'known') return found;
    }
    this.#keep(Math.min(this.#end - this.#at, this.#outer.end - this.#read));
    if (this.#read < this.#outer.end) return undefined;
    this.#isGathering = false;
    const kept = this.#kept;
    return kept === 0 ? 'size' : this.#found(this.#gathered, 0, kept);
  }

  /** Looks whether the bytes that came now tell how far the frame goes; takes them if they do not. */
  #measure(): 'known' | 'lost' | undefined {
    const more = Math.min(this.#end - this.#at, HEAD_MAX_BYTES);
    this.#segment.bytes.copy(this.#gathered.bytes, this.#read, this.#at, this.#at + more);
    this.#outer.available = this.#read + more;
    const known = readOuter(this.#gathered, 0, this.#outer);
    if (known === 'lost') return 'lost';
    if (known === 'more') {
      this.#read += more;
      this.#at += more;
      return undefined;
    }
    this.#isExtentKnown = true;
    this.#makeRoom();
    return 'known';
  }

  /** Bytes of the frame at hand that are kept; all, as long as its extent is not known. */
  get #kept(): number {
    const { end } = this.#outer;
    if (!this.#isExtentKnown) return Number.POSITIVE_INFINITY;
    return end > FRAME_MAX_BYTES ? 0 : Math.min(end, FRAME_KEPT_BYTES);
  }

  /** Takes so many bytes of the segment at hand, and keeps of them what is kept of the frame. */
  #keep(bytes: number): void {
    const copied = Math.min(bytes, this.#kept - this.#read);
    const from = this.#at;
    if (copied > 0) this.#segment.bytes.copy(this.#gathered.bytes, this.#read, from, from + copied);
    this.#read += bytes;
    this.#at += bytes;
  }

  #makeRoom(): void {
    const kept = this.#isExtentKnown ? this.#kept : 0;
    const size = Math.max(kept, GATHERED_KEPT_BYTES);
    const before = this.#gathered.bytes;
    if (before.length === size) return;
    this.#gathered = createSegment(size);
    before.copy(this.#gathered.bytes, 0, 0, this.#read);
  }

  #found(segment: Segment, from: number, end: number): Found {
    const { frame } = this;
    const outer = this.#outer;
    if (outer.start < 0) return 'body';
    frame.bytes = segment.bytes;
    frame.view = segment.view;
    frame.start = from + outer.start;
    frame.end = end;
    frame.whole = end === from + outer.end;
    return 'frame';
  }
}

/** `82 a4 h e | a d 80 a4 | b o d y`, as three big-endian words. */
const USUAL_HEAD = [0x82a4_6865, 0x6164_80a4, 0x626f_6479] as const;
const USUAL_HEAD_BYTES = 12;
/** With an empty body; whatever is shorter is no frame, and 13 bytes can be asked for at once. */
const FRAME_MIN_BYTES = 14;
const MAP_OF_TWO = 0x82;
const LENGTH_BYTES = 4;

type Known = 'known' | 'more' | 'lost';

/** Fills in what it finds out; with `known` the frame itself need not be there. */
function readOuter(source: Bytes, from: number, outer: Outer): Known {
  const first = source.bytes[from] ?? 0;
  if (first === MAP_OF_TWO) return readMap(source, from, outer);
  if (first > 0x7f) return 'lost';
  if (outer.available < LENGTH_BYTES) return 'more';
  const announced = source.view.getUint32(from);
  if (announced > ANNOUNCED_MAX_BYTES) return 'lost';
  if (announced < FRAME_MIN_BYTES) return 'lost';
  outer.available -= LENGTH_BYTES;
  const known = readMap(source, from + LENGTH_BYTES, outer);
  outer.available += LENGTH_BYTES;
  if (known !== 'known') return known;
  if (outer.start >= 0) outer.start += LENGTH_BYTES;
  outer.end += LENGTH_BYTES;
  return outer.end === announced + LENGTH_BYTES ? 'known' : 'lost';
}

/** The map at `at`, offsets from its own beginning. */
function readMap(source: Bytes, at: number, outer: Outer): Known {
  const { view } = source;
  const available = outer.available - USUAL_HEAD_BYTES;
  if (available < 1) return 'more';
  const isUsual =
    view.getUint32(at) === USUAL_HEAD[0] &&
    view.getUint32(at + 4) === USUAL_HEAD[1] &&
    view.getUint32(at + 8) === USUAL_HEAD[2];
  if (!isUsual) return readOtherMap(source.bytes, at, outer);
  const value = at + USUAL_HEAD_BYTES;
  const kind = source.bytes[value];
  let width = 0;
  let length = 0;
  // bin 8, 16, 32, or str of odd msgpack builds
  if (kind === 0xc4 || kind === 0xd9) {
    if (available < 2) return 'more';
    width = 2;
    length = view.getUint8(value + 1);
  } else if (kind === 0xc5 || kind === 0xda) {
    if (available < 3) return 'more';
    width = 3;
    length = view.getUint16(value + 1);
  } else if (kind === 0xc6 || kind === 0xdb) {
    if (available < 5) return 'more';
    width = 5;
    length = view.getUint32(value + 1);
  } else return readOtherMap(source.bytes, at, outer);
  outer.start = USUAL_HEAD_BYTES + width;
  outer.end = outer.start + length;
  return 'known';
}

/** A head that is not empty, other keys, a body that is no bytes: no version sends them so far. */
function readOtherMap(bytes: Buffer, at: number, outer: Outer): Known {
  const { available } = outer;
  const cursor = openMsgpack(bytes.subarray(at, at + Math.min(available, HEADER_MAX_BYTES)));
  const incomplete = () =>
    cursor.failed === 'truncated' && available < HEADER_MAX_BYTES ? 'more' : 'lost';
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
    outer.start = value.start;
    outer.end = value.start + value.length;
    return outer.end < FRAME_MIN_BYTES ? 'lost' : 'known';
  }
  outer.start = -1;
  outer.end = cursor.offset;
  return outer.end < FRAME_MIN_BYTES ? 'lost' : 'known';
}
