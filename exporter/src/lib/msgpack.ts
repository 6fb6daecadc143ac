/**
 * A cursor over msgpack bytes: reads the few values somebody wants and steps over everything else without making anything of it.
 * Never throws: a cursor that meets the end of the bytes or a byte that is no msgpack is `failed` and stays so.
 * Source: the msgpack specification, https://github.com/msgpack/msgpack/blob/master/spec.md.
 */

export type MsgpackFailure = 'truncated' | 'invalid';

export interface MsgpackCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  offset: number;
  failed: MsgpackFailure | undefined;
}

export type MsgpackKind = 'map' | 'array' | 'text' | 'ext' | 'nil' | 'other';

/** What stands at the cursor, which now is behind it (behind the header only, for a map or an array). */
export interface MsgpackHead {
  readonly kind: MsgpackKind;
  /** Map: pairs. Array: elements. Text (str and bin): bytes from `start`. */
  readonly length: number;
  readonly start: number;
}

export function openMsgpack(bytes: Uint8Array): MsgpackCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, offset: 0, failed: undefined };
}

/** undefined: the cursor has failed. */
export function readHead(cursor: MsgpackCursor): MsgpackHead | undefined {
  const head = measure(cursor);
  if (head === undefined) return undefined;
  const body = head.kind === 'map' || head.kind === 'array' ? 0 : head.length;
  const end = head.start + body;
  if (end > cursor.bytes.length) return fail(cursor, 'truncated');
  cursor.offset = end;
  return head;
}

/** What stands at the cursor, also when not all of its bytes are there; the cursor stays. */
export function peekHead(cursor: MsgpackCursor): MsgpackHead | undefined {
  return measure(cursor);
}

/** Steps over one whole value, however deep. */
export function skipValue(cursor: MsgpackCursor): boolean {
  if (cursor.failed !== undefined) return false;
  const end = endOfValue(cursor.bytes, cursor.offset, cursor.bytes.length);
  if (end < 0) {
    fail(cursor, end === TRUNCATED ? 'truncated' : 'invalid');
    return false;
  }
  cursor.offset = end;
  return true;
}

/** In place of an offset: the bytes end before the value does, or hold what is no msgpack. */
export const TRUNCATED = -1;
export const INVALID = -2;
/** The value holds more values than the walk may step over. */
export const TOO_MANY = -3;

/** How far a walk over values may go, and what it looks out for. */
export interface ValueWalk {
  /** It looks no further than this offset. */
  end: number;
  /** Values that it may still step over; each costs some 4 ns. */
  valuesLeft: number;
  /** A whole value as bytes, `fixstr` by its first byte; empty: nothing. */
  watched: Uint8Array;
  /** It stepped over a value that was exactly `watched`. */
  sighted: boolean;
}

export const NOTHING_WATCHED = new Uint8Array(0);

/** Offset behind the value at `from`, looking no further than `end`. */
export function endOfValue(bytes: Uint8Array, from: number, end: number): number {
  const valuesLeft = Number.POSITIVE_INFINITY;
  return walkValue(bytes, from, { end, valuesLeft, watched: NOTHING_WATCHED, sighted: false });
}

/**
 * Offset behind the value at `from`, or why there is none; makes nothing, whatever stands there. No
 * recursion and no stack: what counts is only how many values are still to come, so that depth
 * costs nothing, and each step eats a byte, so that it ends. A worked example: 92 01 91 02 (= [1,
 * [2]]): 1 → array of 2 → 2 left → 1 → 1 left → array of 1 → 1 left → 2 → 0 left.
 */
export function walkValue(bytes: Uint8Array, from: number, walk: ValueWalk): number {
  const { end, watched } = walk;
  const sign = watched.length === 0 ? NEVER_USED : (watched[0] ?? NEVER_USED);
  let { valuesLeft } = walk;
  let at = from;
  let left = 1;
  while (left > 0) {
    if (at >= end) return TRUNCATED;
    if (valuesLeft <= 0) return TOO_MANY;
    valuesLeft -= 1;
    const first = bytes[at] ?? 0;
    if (first === sign && isAt(bytes, at, watched)) walk.sighted = true;
    const size = SIZES[first] ?? 0;
    if (size > 0) {
      at += size;
      left += (INNER[first] ?? 0) - 1;
      continue;
    }
    const shape = SHAPES[first - 0xc0] ?? 0;
    if (shape === 0) return INVALID;
    const width = shape & WIDTH;
    if (at + 1 + width > end) return TRUNCATED;
    const counted = width === 1 ? (bytes[at + 1] ?? 0) : bigEndian(bytes, at + 1, width);
    at += 1 + width;
    left -= 1;
    if (shape >= MAP) left += shape >= MAP * 2 ? counted : counted * 2;
    else at += counted + ((shape >> EXTRA_SHIFT) & EXTRA);
  }
  walk.valuesLeft = valuesLeft;
  return at <= end ? at : TRUNCATED;
}

function isAt(bytes: Uint8Array, at: number, words: Uint8Array): boolean {
  for (let index = 0; index < words.length; index += 1)
    if (bytes[at + index] !== words[index]) return false;
  return true;
}

function bigEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = 0; index < width; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

/** Text of a str or bin head; bytes that are no UTF-8 become U+FFFD. */
export function textOf(cursor: MsgpackCursor, head: MsgpackHead): string {
  return UTF8.decode(cursor.bytes.subarray(head.start, head.start + head.length));
}

/** Whether a str or bin head holds exactly this ASCII text; makes no string. */
export function textEquals(cursor: MsgpackCursor, head: MsgpackHead, text: string): boolean {
  if (head.kind !== 'text' || head.length !== text.length) return false;
  for (let index = 0; index < text.length; index += 1)
    if (cursor.bytes[head.start + index] !== text.charCodeAt(index)) return false;
  return true;
}

const UTF8 = new TextDecoder('utf-8');

/** Header of the value at the cursor; does not move it. For all but maps and arrays `length` is the body in bytes. */
function measure(cursor: MsgpackCursor): MsgpackHead | undefined {
  if (cursor.failed !== undefined) return undefined;
  const at = cursor.offset;
  const first = cursor.bytes[at];
  if (first === undefined) return fail(cursor, 'truncated');
  if (first <= 0x7f || first >= 0xe0) return { kind: 'other', length: 0, start: at + 1 };
  if (first <= 0x8f) return { kind: 'map', length: first & 0x0f, start: at + 1 };
  if (first <= 0x9f) return { kind: 'array', length: first & 0x0f, start: at + 1 };
  if (first <= 0xbf) return { kind: 'text', length: first & 0x1f, start: at + 1 };
  const form = FORMS[first - 0xc0];
  if (form === undefined) return fail(cursor, 'invalid'); // 0xc1 is never used
  const { kind, width, extra } = form;
  if (at + 1 + width > cursor.bytes.length) return fail(cursor, 'truncated');
  const counted = width === 0 ? 0 : unsigned(cursor.view, at + 1, width);
  return { kind, length: counted + extra, start: at + 1 + width };
}

interface Form {
  readonly kind: MsgpackKind;
  /** Bytes of the length field behind the first byte. */
  readonly width: 0 | 1 | 2 | 4;
  /** Bytes of the body that the length field does not count: the type of an ext, the whole of a number. */
  readonly extra: number;
}

const form = (kind: MsgpackKind, width: 0 | 1 | 2 | 4, extra = 0): Form => ({ kind, width, extra });

/** First bytes 0xc0 … 0xdf, in order. */
const FORMS: readonly (Form | undefined)[] = [
  form('nil', 0),
  undefined,
  form('other', 0), // false
  form('other', 0), // true
  form('text', 1), // bin 8, 16, 32
  form('text', 2),
  form('text', 4),
  form('ext', 1, 1), // ext 8, 16, 32: length, type, body
  form('ext', 2, 1),
  form('ext', 4, 1),
  form('other', 0, 4), // float 32, 64
  form('other', 0, 8),
  form('other', 0, 1), // uint 8, 16, 32, 64
  form('other', 0, 2),
  form('other', 0, 4),
  form('other', 0, 8),
  form('other', 0, 1), // int 8, 16, 32, 64
  form('other', 0, 2),
  form('other', 0, 4),
  form('other', 0, 8),
  form('ext', 0, 2), // fixext 1, 2, 4, 8, 16: type, body
  form('ext', 0, 3),
  form('ext', 0, 5),
  form('ext', 0, 9),
  form('ext', 0, 17),
  form('text', 1), // str 8, 16, 32
  form('text', 2),
  form('text', 4),
  form('array', 2),
  form('array', 4),
  form('map', 2),
  form('map', 4),
];

/**
 * The same table as numbers, for `walkValue`: width of the length field, extra bytes of the body,
 * and what the length counts (bytes, pairs of a map, elements of an array). 0: no msgpack.
 */
const WIDTH = 0x07;
const EXTRA_SHIFT = 3;
const EXTRA = 0x1f;
const KNOWN = 0x100;
const MAP = 0x200;
const NEVER_USED = 0xc1;
const SHAPES = Uint16Array.from(FORMS, (each) => {
  if (each === undefined) return 0;
  const counts = each.kind === 'map' ? MAP : each.kind === 'array' ? MAP * 2 : 0;
  return KNOWN | each.width | (each.extra << EXTRA_SHIFT) | counts;
});

/** Bytes to step on by the first one alone, and how many values stand in it; 0: see `SHAPES`. */
const SIZES = Uint8Array.from({ length: 256 }, (_each, first) => {
  if (first < 0xa0 || first >= 0xe0) return 1;
  if (first < 0xc0) return 1 + (first & 0x1f);
  const known = FORMS[first - 0xc0];
  return known === undefined || known.width > 0 ? 0 : 1 + known.extra;
});
/** Bytes of a value by its first one alone, 0: of one that holds others, or says its size otherwise. */
export const PLAIN_SIZES = SIZES.map((size, first) =>
  first >= 0x81 && first < 0xa0 && first !== 0x90 ? 0 : size,
);
const INNER = Uint8Array.from({ length: 256 }, (_each, first) => {
  if (first < 0x80 || first >= 0xa0) return 0;
  return first < 0x90 ? (first & 0x0f) * 2 : first & 0x0f;
});

function unsigned(view: DataView, at: number, width: 1 | 2 | 4): number {
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}

function fail(cursor: MsgpackCursor, reason: MsgpackFailure): undefined {
  cursor.failed ??= reason;
  return undefined;
}
