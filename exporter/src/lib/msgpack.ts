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

/**
 * Steps over one whole value, however deep. No recursion and no stack: what counts is only how many values are still to come,
 * so that depth costs nothing, and each step eats a byte, so that it ends.
 * A worked example: 92 01 91 02 (= [1, [2]]): 1 → array of 2 → 2 left → 1 → 1 left → array of 1 → 1 left → 2 → 0 left.
 */
export function skipValue(cursor: MsgpackCursor): boolean {
  let left = 1;
  while (left > 0) {
    const head = readHead(cursor);
    if (head === undefined) return false;
    left -= 1;
    if (head.kind === 'array') left += head.length;
    else if (head.kind === 'map') left += head.length * 2;
  }
  return true;
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

function unsigned(view: DataView, at: number, width: 1 | 2 | 4): number {
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}

function fail(cursor: MsgpackCursor, reason: MsgpackFailure): undefined {
  cursor.failed ??= reason;
  return undefined;
}
