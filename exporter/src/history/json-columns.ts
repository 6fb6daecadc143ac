/** JSON text written as bytes: long columns of numbers as lists, or as base64 of their bytes. */

export type Words = Uint8Array | Uint16Array | Uint32Array;

const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const ZERO = 48;
/** Digits of the largest number of a type, and a comma. */
const MOST_BYTES = { 1: 4, 2: 6, 4: 11 } as const;
/** Numbers below it have three digits at most: most of them. */
const SHORT = 1_000;

export interface NamedColumns {
  readonly [name: string]: Words;
}

/** `{"a":…,"b":…}`; with `isPacked` each column is the base64 of its bytes, little endian. */
export function columnsBytes(columns: NamedColumns, isPacked: boolean): number {
  let bytes = 2;
  for (const [name, column] of Object.entries(columns)) {
    bytes += name.length + 6;
    bytes += isPacked
      ? Math.ceil(column.byteLength / 3) * 4
      : column.length * (MOST_BYTES[wordOf(column)] ?? 11);
  }
  return bytes;
}

/** Writes into `target` from `at` on, which has room for `columnsBytes`; gives where it ended. */
export function writeColumns(
  target: Buffer,
  from: number,
  { columns, isPacked }: { readonly columns: NamedColumns; readonly isPacked: boolean },
): number {
  let at = from;
  let before = '{';
  for (const [name, column] of Object.entries(columns)) {
    at += target.write(`${before}"${name}":`, at, 'latin1');
    at = isPacked ? writePacked(target, at, column) : writeList(target, at, column);
    before = ',';
  }
  return at + target.write('}', at, 'latin1');
}

function writePacked(target: Buffer, from: number, column: Words): number {
  const { buffer, byteOffset, byteLength } = column;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return from + target.write(`"${text}"`, from, 'latin1');
}

/** Whole numbers from 0 on. */
function writeList(target: Buffer, from: number, column: Words): number {
  let at = from;
  target[at++] = OPEN;
  for (let i = 0; i < column.length; i += 1) {
    const value = column[i] ?? 0;
    if (i > 0) target[at++] = COMMA;
    if (value < SHORT) at = writeShort(target, at, value);
    else at += target.write(String(value), at, 'latin1');
  }
  target[at++] = CLOSE;
  return at;
}

function writeShort(target: Buffer, from: number, value: number): number {
  let at = from;
  const hundreds = Math.floor(value / 100);
  const tens = Math.floor(value / 10) - hundreds * 10;
  if (hundreds > 0) target[at++] = ZERO + hundreds;
  if (hundreds > 0 || tens > 0) target[at++] = ZERO + tens;
  target[at++] = ZERO + (value - hundreds * 100 - tens * 10);
  return at;
}

function wordOf(column: Words): 1 | 2 | 4 {
  if (column instanceof Uint8Array) return 1;
  return column instanceof Uint16Array ? 2 : 4;
}
