/** IP addresses as canonical text and as four 32-bit words, in which IPv4 stands as `::ffff:a.b.c.d`. */

/** Words in network order; 10.0.0.1 is 0, 0, 0xffff, 0x0a000001. */
export type AddressWords = readonly [number, number, number, number];

const MAPPED_PREFIX = 0xffff;
/** Longest text of an address: 39 for IPv6, 45 with an embedded IPv4 part. */
const ADDRESS_TEXT_MAX = 45;

/** Undefined for anything that is not exactly one address: scopes, prefix lengths and blanks are refused. */
export function parseAddress(text: string): AddressWords | undefined {
  if (text.length > ADDRESS_TEXT_MAX) return undefined;
  if (!text.includes(':')) {
    const v4 = parseIpv4(text);
    return v4 === undefined ? undefined : [0, 0, MAPPED_PREFIX, v4];
  }
  return parseIpv6(text);
}

/** IPv4 dotted; IPv6 as RFC 5952 writes it: lower case, no leading zeros, the longest run of zeros as `::`. */
export function formatAddress(words: AddressWords): string {
  const [a, b, c, d] = words;
  if (a === 0 && b === 0 && c === MAPPED_PREFIX) {
    return `${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}`;
  }
  const groups = [
    a >>> 16,
    a & 65535,
    b >>> 16,
    b & 65535,
    c >>> 16,
    c & 65535,
    d >>> 16,
    d & 65535,
  ];
  const run = longestZeroRun(groups);
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (run.length < 2) return hex(0, 8);
  return `${hex(0, run.start)}::${hex(run.start + run.length, 8)}`;
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

function parseIpv6(text: string): AddressWords | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (index: number) => (groups[index * 2] ?? 0) * 65536 + (groups[index * 2 + 1] ?? 0);
  return [word(0), word(1), word(2), word(3)];
}

/** Groups of 16 bits; a dotted IPv4 part is allowed at the very end of the address only. */
function parseGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === undefined || !atEnd || index !== parts.length - 1) return undefined;
      groups.push(v4 >>> 16, v4 & 65535);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
