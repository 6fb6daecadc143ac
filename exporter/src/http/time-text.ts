/**
 * Instants and durations as people read them; used by the server's sentences and by the page, so
 * both say the same.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * `03:12:00`, or `20 Nov 21:12:00` when it was another day than `nowMs`. UTC; both are wall-clock
 * milliseconds.
 */
export function clockText(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const now = new Date(nowMs);
  if (Number.isNaN(at.getTime())) return 'unknown';
  const clock = at.toISOString().slice(11, 19);
  if (at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return clock;
  const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()] ?? ''}`;
  const year = at.getUTCFullYear() === now.getUTCFullYear() ? '' : ` ${at.getUTCFullYear()}`;
  return `${day}${year} ${clock}`;
}

/**
 * Two units at most: `0.2 s`, `41 s`, `2 min 40 s`, `2 h 7 min`, `3 d 4 h`. A negative duration (a
 * stepped clock) reads as 0.
 */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return pair([whole, MINUTE, 1], ['min', 's']);
  if (whole < DAY) return pair([whole, HOUR, MINUTE], ['h', 'min']);
  return pair([whole, DAY, HOUR], ['d', 'h']);
}

/** Round trips and service times: `180 µs`, `4.2 ms`, `1.5 s`. */
export function latencyText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < 0.0009995) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${Number((seconds * 1e3).toPrecision(2))} ms`;
  return durationText(seconds);
}

function pair(
  [seconds, big, small]: readonly [number, number, number],
  [bigUnit, smallUnit]: readonly [string, string],
): string {
  const major = Math.floor(seconds / big);
  const minor = Math.floor((seconds % big) / small);
  return minor === 0 ? `${major} ${bigUnit}` : `${major} ${bigUnit} ${minor} ${smallUnit}`;
}
