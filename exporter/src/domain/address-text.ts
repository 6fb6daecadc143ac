/**
 * IP addresses as canonical text and as four 32-bit words, in which IPv4 stands as
 * `::ffff:a.b.c.d`.
 */

/** Words in network order; 10.0.0.1 is 0, 0, 0xffff, 0x0a000001. */
export type AddressWords = readonly [number, number, number, number];

const MAPPED_PREFIX = 0xffff;
/** Longest text of an address: 39 for IPv6, 45 with an embedded IPv4 part. */
const ADDRESS_TEXT_MAX = 45;

const DOT = 46;
const COLON = 58;
const ZERO = 48;

/**
 * Undefined for anything that is not exactly one address: scopes, prefix lengths and blanks are
 * refused.
 */
export function parseAddress(text: string): AddressWords | undefined {
  if (text.length > ADDRESS_TEXT_MAX) return undefined;
  if (text.includes(':')) return parseIpv6(text);
  const v4 = parseIpv4(text, 0);
  return v4 < 0 ? undefined : [0, 0, MAPPED_PREFIX, v4];
}

/**
 * IPv4 dotted; IPv6 as RFC 5952 writes it: lower case, no leading zeros, the longest run of zeros
 * as `::`.
 */
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

/**
 * Dotted text from `start` to the end, without leading zeros; −1 for anything else. No allocation:
 * grains hold thousands.
 */
function parseIpv4(text: string, start: number): number {
  let value = 0;
  let byte = -1;
  let dots = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === DOT) {
      if (byte < 0 || dots === 3) return -1;
      value = value * 256 + byte;
      byte = -1;
      dots += 1;
      continue;
    }
    const digit = char - ZERO;
    if (digit < 0 || digit > 9 || byte === 0) return -1;
    byte = byte < 0 ? digit : byte * 10 + digit;
    if (byte > 255) return -1;
  }
  return dots === 3 && byte >= 0 ? value * 256 + byte : -1;
}

/** Groups before and after `::` are gathered in one list; `gap` is where the zeros go in. */
function parseIpv6(text: string): AddressWords | undefined {
  const groups: number[] = [];
  let gap = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return undefined;
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const end = nextColon(text, at);
    const isLast = end === text.length;
    if (isLast && text.includes('.')) {
      const v4 = parseIpv4(text, at);
      if (v4 < 0) return undefined;
      groups.push(v4 >>> 16, v4 & 65535);
      break;
    }
    const group = parseGroup(text, at, end);
    if (group < 0) return undefined;
    groups.push(group);
    if (isLast) break;
    at = end + 1;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      at += 1;
    } else if (at === text.length) {
      return undefined;
    }
  }
  const missing = 8 - groups.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  if (gap >= 0) groups.splice(gap, 0, ...new Array<number>(missing).fill(0));
  const word = (index: number) => (groups[index * 2] ?? 0) * 65536 + (groups[index * 2 + 1] ?? 0);
  return [word(0), word(1), word(2), word(3)];
}

function nextColon(text: string, from: number): number {
  const found = text.indexOf(':', from);
  return found < 0 ? text.length : found;
}

/** One to four hexadecimal digits; −1 for anything else. */
function parseGroup(text: string, from: number, to: number): number {
  if (to <= from || to - from > 4) return -1;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const char = text.charCodeAt(at);
    const lower = char | 32;
    const digit =
      char >= ZERO && char <= 57 ? char - ZERO : lower >= 97 && lower <= 102 ? lower - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
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
