/** Instants, durations and numbers as they are written on the panels: 24 hours, units spelled out. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Offset of a time zone at an instant, so that clocks are the dashboard's and not the browser's. */
export type ZoneOffset = (ms: number) => number;

export const UTC: ZoneOffset = () => 0;

const pad = (value: number) => String(value).padStart(2, '0');
const NUMBERS = new Intl.NumberFormat('en-US');
const MONTHS = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
];

export function count(value: number): string {
  return NUMBERS.format(value);
}

export function clock(ms: number, zone: ZoneOffset = UTC, seconds = true): string {
  const date = new Date(ms + zone(ms));
  const short = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  return seconds ? `${short}:${pad(date.getUTCSeconds())}` : short;
}

export function day(ms: number, zone: ZoneOffset = UTC): string {
  const date = new Date(ms + zone(ms));
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `41 s`, `2 min 40 s`, `2 h 22 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const [whole, rest] = seconds < 3600 ? [60, 1] : seconds < 86_400 ? [3600, 60] : [86_400, 3600];
  const [name, restName] = whole === 60 ? ['min', 's'] : whole === 3600 ? ['h', 'min'] : ['d', 'h'];
  const left = Math.floor((seconds % whole) / rest);
  const main = `${Math.floor(seconds / whole)} ${name}`;
  return left === 0 ? main : `${main} ${left} ${restName}`;
}

const STEPS_SECONDS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800],
  ...[3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800],
];

export interface Tick {
  readonly ms: number;
  readonly text: string;
}

/** Round instants between two, about `want` of them; midnight carries its date. */
export function ticks(range: readonly [number, number], want: number, zone: ZoneOffset): Tick[] {
  const [fromMs, toMs] = range;
  const ideal = (toMs - fromMs) / Math.max(1, want) / SECOND;
  const step = (STEPS_SECONDS.find((one) => one >= ideal) ?? 604_800) * SECOND;
  const shift = zone(fromMs);
  const out: Tick[] = [];
  for (let t = Math.ceil((fromMs + shift) / step) * step - shift; t <= toMs; t += step) {
    const midnight = (t + zone(t)) % DAY === 0;
    out.push({ ms: t, text: midnight ? day(t, zone) : clock(t, zone, step < MINUTE) });
  }
  return out;
}
