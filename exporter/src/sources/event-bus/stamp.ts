/**
 * Salt's `_stamp` → milliseconds since the epoch, from its bytes: `2026-11-21T22:03:16.420218`, UTC
 * without a zone before 3008, `+00:00` behind it since; Python omits microseconds that are 0.
 */
import type { Bytes } from './name-table.js';

const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
const T = 0x54;
const ZERO = 0x30;
const SECONDS_END = 19;
const DAY_MS = 86_400_000;
const MICRO_PLACES = 6;

/** Reads stamps; most are of the second of the one before. */
export class StampReader {
  /** `2026-11-21T22:03:16` of the last stamp, and what it is since the epoch. */
  readonly #second = Buffer.alloc(SECONDS_END);
  readonly #view = new DataView(
    this.#second.buffer,
    this.#second.byteOffset,
    this.#second.byteLength,
  );
  #secondMs = Number.NaN;

  /** NaN: it is no such text. Right to the microsecond. */
  read(source: Bytes, start: number, end: number): number {
    const { bytes } = source;
    if (end - start < SECONDS_END) return Number.NaN;
    if (!this.#isSame(source.view, start)) {
      const secondMs = secondMsOf(bytes, start);
      if (Number.isNaN(secondMs)) return secondMs;
      bytes.copy(this.#second, 0, start, start + SECONDS_END);
      this.#secondMs = secondMs;
    }
    let at = start + SECONDS_END;
    let micros = 0;
    if (at < end && bytes[at] === DOT) {
      let places = 0;
      for (at += 1; at < end && isDigit(bytes[at] ?? 0); at += 1) {
        if (places >= MICRO_PLACES) continue;
        micros = micros * 10 + (bytes[at] ?? 0) - ZERO;
        places += 1;
      }
      for (; places < MICRO_PLACES; places += 1) micros *= 10;
    }
    const zoneMs = at === end ? 0 : zoneOffsetMs(bytes, at, end);
    return this.#secondMs + micros / 1_000 - zoneMs;
  }

  #isSame(view: DataView, start: number): boolean {
    const known = this.#view;
    return (
      known.getInt32(15) === view.getInt32(start + 15) &&
      known.getInt32(12) === view.getInt32(start + 12) &&
      known.getInt32(8) === view.getInt32(start + 8) &&
      known.getInt32(4) === view.getInt32(start + 4) &&
      known.getInt32(0) === view.getInt32(start)
    );
  }
}

/** NaN: it is no `2026-11-21T22:03:16`. */
function secondMsOf(bytes: Uint8Array, start: number): number {
  if (!hasMarks(bytes, start)) return Number.NaN;
  const year = digits(bytes, start, 4);
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  const hour = digits(bytes, start + 11, 2);
  const minute = digits(bytes, start + 14, 2);
  const second = digits(bytes, start + 17, 2);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN;
  if (!(hour < 24 && minute < 60 && second <= 60)) return Number.NaN;
  const timeMs = ((hour * 60 + minute) * 60 + second) * 1_000;
  return daysSinceEpoch(year, month, day) * DAY_MS + timeMs;
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

/** `+00:00` → 0, `-05:30` → −19,800,000; NaN: it is no zone. */
function zoneOffsetMs(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at];
  const isZone = end - at === 6 && (sign === PLUS || sign === DASH) && bytes[at + 3] === COLON;
  if (!isZone) return Number.NaN;
  const minutes = digits(bytes, at + 1, 2) * 60 + digits(bytes, at + 4, 2);
  return (sign === PLUS ? minutes : -minutes) * 60_000;
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
