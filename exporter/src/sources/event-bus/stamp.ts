/**
 * Salt's `_stamp` → milliseconds since the epoch, from its bytes: `2026-11-21T22:03:16.420218`, UTC
 * without a zone before 3008, `+00:00` behind it since; Python omits microseconds that are 0.
 */

const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
const T = 0x54;
const ZERO = 0x30;
const SECONDS_END = 19;
const DAY_MS = 86_400_000;

/** undefined: it is no such text. Right to the microsecond. */
export function stampMs(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start < SECONDS_END || !hasMarks(bytes, start)) return undefined;
  const year = digits(bytes, start, 4);
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  const hour = digits(bytes, start + 11, 2);
  const minute = digits(bytes, start + 14, 2);
  const second = digits(bytes, start + 17, 2);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return undefined;
  if (!(hour < 24 && minute < 60 && second <= 60)) return undefined;
  let at = start + SECONDS_END;
  let fractionMs = 0;
  if (at < end && bytes[at] === DOT) {
    let unitMs = 100;
    for (at += 1; at < end && isDigit(bytes[at] ?? 0); at += 1) {
      fractionMs += ((bytes[at] ?? 0) - ZERO) * unitMs;
      unitMs /= 10;
    }
  }
  const zoneMs = zoneOffsetMs(bytes, at, end);
  if (zoneMs === undefined) return undefined;
  const timeMs = ((hour * 60 + minute) * 60 + second) * 1_000;
  const wallMs = daysSinceEpoch(year, month, day) * DAY_MS + timeMs + fractionMs - zoneMs;
  return Number.isFinite(wallMs) ? wallMs : undefined;
}

function hasMarks(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 4] === DASH &&
    bytes[start + 7] === DASH &&
    bytes[start + 10] === T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON
  );
}

/** `` → 0, `+00:00` → 0, `-05:30` → −19,800,000; anything else is no zone. */
function zoneOffsetMs(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at === end) return 0;
  const sign = bytes[at];
  const isZone = end - at === 6 && (sign === PLUS || sign === DASH) && bytes[at + 3] === COLON;
  if (!isZone) return undefined;
  const minutes = digits(bytes, at + 1, 2) * 60 + digits(bytes, at + 4, 2);
  return Number.isNaN(minutes) ? undefined : (sign === PLUS ? minutes : -minutes) * 60_000;
}

/** NaN when one of them is no digit. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const byte = bytes[index] ?? 0;
    if (!isDigit(byte)) return Number.NaN;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/**
 * Days of the proleptic Gregorian calendar, years beginning in March so that the leap day is the
 * last one. A worked example: 1970-03-01 → year 1970, day 0 of it: 719,050 + 477 − 719,468 = 59.
 */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const century = Math.floor(marchYear / 100);
  const leapDays = Math.floor(marchYear / 4) - century + Math.floor(century / 4);
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}
