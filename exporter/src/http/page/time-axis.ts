/** Where a time axis has its marks: whole minutes, hours or days, not nearer than their words. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [1, 2, 5, 10, 15, 30]
  .map((minutes) => minutes * MINUTE_MS)
  .concat([1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR_MS))
  .concat([2, 7].map((days) => days * DAY_MS));
/** A word and the room around it. */
const LABEL_PX = 64;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface Tick {
  readonly x: number;
  /** `03:12`, or `21 Nov` where a day begins; UTC. */
  readonly text: string;
}

/** Marks of a range, `width` pixels wide; none where it has no length. */
export function ticksOf(range: { fromMs: number; toMs: number }, width: number): readonly Tick[] {
  const { fromMs, toMs } = range;
  const spanMs = toMs - fromMs;
  if (!(spanMs > 0) || !(width > 0)) return [];
  const leastMs = (LABEL_PX * spanMs) / width;
  const stepMs = STEPS_MS.find((step) => step >= leastMs) ?? Math.ceil(leastMs / DAY_MS) * DAY_MS;
  const ticks: Tick[] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs < toMs; atMs += stepMs) {
    ticks.push({ x: Math.round(((atMs - fromMs) / spanMs) * width), text: tickText(atMs) });
  }
  return ticks;
}

function tickText(atMs: number): string {
  const at = new Date(atMs);
  if (atMs % DAY_MS !== 0) return at.toISOString().slice(11, 16);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()] ?? ''}`;
}
