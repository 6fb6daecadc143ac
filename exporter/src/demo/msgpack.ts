/** Packs what the demo writes as a Salt master would: grains files and answers, in msgpack with text as str. */

export type PackValue =
  | string
  | number
  | boolean
  | null
  | readonly PackValue[]
  | { readonly [key: string]: PackValue };

/** `{"a": 1}` → 81 a1 61 01. Integers up to 2^32 − 1, texts and lists up to 65,535: a grains file needs no more. */
export function pack(value: PackValue): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return packInteger(value);
  if (typeof value === 'string') return packText(value);
  if (isList(value)) return Buffer.concat([header(value.length, ARRAY), ...value.map(pack)]);
  const entries = Object.entries(value);
  const packed = entries.flatMap(([key, inner]) => [packText(key), pack(inner)]);
  return Buffer.concat([header(entries.length, MAP), ...packed]);
}

interface Container {
  readonly small: number;
  readonly wide: number;
}
const ARRAY: Container = { small: 0x90, wide: 0xdc };
const MAP: Container = { small: 0x80, wide: 0xde };

function header(count: number, container: Container): Buffer {
  return count < 16 ? Buffer.of(container.small | count) : sized(container.wide, count, 2);
}

function packText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length < 32) return Buffer.concat([Buffer.of(0xa0 | bytes.length), bytes]);
  const head = bytes.length < 256 ? sized(0xd9, bytes.length, 1) : sized(0xda, bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

function packInteger(value: number): Buffer {
  if (value >= 0 && value < 128) return Buffer.of(value);
  return sized(0xce, value, 4);
}

/** A type byte and a big-endian number of `width` bytes; throws when it does not fit. */
function sized(type: number, value: number, width: number): Buffer {
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = type;
  bytes.writeUIntBE(value, 1, width);
  return bytes;
}

function isList(value: object): value is readonly PackValue[] {
  return Array.isArray(value);
}
