/** Single msgpack values that stand whole in the bytes: their heads, integers, truth and short texts. */
import { endOfValue } from '../../lib/msgpack.js';
import type { Bytes } from './name-table.js';

const TRUE = 0xc3;
const FALSE = 0xc2;

/** Bytes in front of the text of a str or bin; 0 = it is neither. */
export function textHeadBytes(first: number): number {
  if (first >= 0xa0 && first <= 0xbf) return 1;
  if (first === 0xd9 || first === 0xc4) return 2;
  if (first === 0xda || first === 0xc5) return 3;
  return first === 0xdb || first === 0xc6 ? 5 : 0;
}

/** Bytes in front of the first key; 0 = it is no map. */
export function mapHeadBytes(first: number): number {
  if (first >= 0x80 && first <= 0x8f) return 1;
  if (first === 0xde) return 3;
  return first === 0xdf ? 5 : 0;
}

/** Bytes in front of the first element; 0 = it is no list. */
export function listHeadBytes(first: number): number {
  if (first >= 0x90 && first <= 0x9f) return 1;
  if (first === 0xdc) return 3;
  return first === 0xdd ? 5 : 0;
}

/** Pairs of a map, elements of a list, at whose head the offset stands. */
export function sizeOf(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first < 0xa0) return first & 0x0f;
  return first === 0xde || first === 0xdc ? view.getUint16(at + 1) : view.getUint32(at + 1);
}

/** NaN: no integer stands there, or one that a double does not hold exactly. */
export function integerAt(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first < 0x80) return first;
  if (first >= 0xe0) return first - 0x100;
  switch (first) {
    case 0xcc:
      return view.getUint8(at + 1);
    case 0xcd:
      return view.getUint16(at + 1);
    case 0xce:
      return view.getUint32(at + 1);
    case 0xcf:
      return exactly(view.getBigUint64(at + 1));
    case 0xd0:
      return view.getInt8(at + 1);
    case 0xd1:
      return view.getInt16(at + 1);
    case 0xd2:
      return view.getInt32(at + 1);
    case 0xd3:
      return exactly(view.getBigInt64(at + 1));
    default:
      return Number.NaN;
  }
}

/** An integer or a float; NaN: it is neither. */
export function numberAt(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first === 0xca) return view.getFloat32(at + 1);
  return first === 0xcb ? view.getFloat64(at + 1) : integerAt(view, at);
}

/** undefined: it is neither true nor false. */
export function truthAt(view: DataView, at: number): boolean | undefined {
  const first = view.getUint8(at);
  return first === TRUE ? true : first === FALSE ? false : undefined;
}

/** Whether the value between these offsets is this text, as str or bin. */
export function isText(
  bytes: Uint8Array,
  value: { at: number; end: number },
  text: Buffer,
): boolean {
  const start = value.at + textHeadBytes(bytes[value.at] ?? 0);
  if (start === value.at || value.end - start !== text.length) return false;
  for (let index = 0; index < text.length; index += 1)
    if (bytes[start + index] !== text[index]) return false;
  return true;
}

/** Offset of the value that a map has under this key; 0: none, or it is no map. */
export function entryOf(source: Bytes, map: number, key: Buffer): number {
  const { bytes, view } = source;
  const width = mapHeadBytes(bytes[map] ?? 0);
  if (width === 0) return 0;
  const pairs = sizeOf(view, map);
  let at = map + width;
  for (let pair = 0; pair < pairs; pair += 1) {
    const value = endOfValue(bytes, at, bytes.length);
    if (value < 0) return 0;
    if (isText(bytes, { at, end: value }, key)) return value;
    at = endOfValue(bytes, value, bytes.length);
    if (at < 0) return 0;
  }
  return 0;
}

function exactly(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
