/** Numbers as Prometheus reads them: JavaScript's shortest text, written straight into bytes. */

const ZERO = 48;
const POINT = 46;
/** Above this an int32 no longer holds the whole part; such values take the slow way. */
const FAST_LIMIT = 2 ** 31;
/** Longest text this module writes: `-2.2250738585072014e-308` has 24 characters. */
export const NUMBER_BYTES_MAX = 26;

/** `NaN`, `+Inf`, `-Inf`, otherwise the shortest text that reads back as the same number. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/**
 * Upper bound of a bucket in the one form that OpenMetrics calls canonical: `1.0`, `0.008`, `+Inf`.
 */
export function boundText(value: number): string {
  const text = numberText(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/**
 * Writes what `numberText(value)` says and returns the position after it. Integers and decimals of
 * up to six places (three for timestamps) go digit by digit: with at most 15 significant digits a
 * decimal that reads back equal is the shortest one.
 */
export function writeNumber(target: Uint8Array, value: number, position: number): number {
  if (value >= 0 && value < FAST_LIMIT) {
    const whole = value | 0;
    if (whole === value) return writeDigits(target, whole, position);
    const places = value < 1e9 ? 6 : 3;
    const scale = value < 1e9 ? 1e6 : 1e3;
    const scaled = Math.round(value * scale);
    if (scaled / scale === value) {
      return writeFraction(target, { scaled, scale, places }, position);
    }
  }
  const text = numberText(value);
  for (let i = 0; i < text.length; i += 1) target[position + i] = text.charCodeAt(i);
  return position + text.length;
}

function writeFraction(
  target: Uint8Array,
  number: { scaled: number; scale: number; places: number },
  position: number,
): number {
  const whole = Math.floor(number.scaled / number.scale);
  let fraction = number.scaled - whole * number.scale;
  let places = number.places;
  while (fraction % 10 === 0) {
    fraction = (fraction / 10) | 0;
    places -= 1;
  }
  const start = writeDigits(target, whole, position);
  target[start] = POINT;
  for (let i = places; i > 0; i -= 1) {
    const rest = (fraction / 10) | 0;
    target[start + i] = ZERO + fraction - rest * 10;
    fraction = rest;
  }
  return start + places + 1;
}

/** `value` is an integer, 0 … 2^31 − 1. */
function writeDigits(target: Uint8Array, value: number, position: number): number {
  let digits = 1;
  for (let power = 10; digits < 10 && value >= power; power *= 10) digits += 1;
  let left = value;
  for (let i = digits - 1; i >= 0; i -= 1) {
    const rest = (left / 10) | 0;
    target[position + i] = ZERO + left - rest * 10;
    left = rest;
  }
  return position + digits;
}
