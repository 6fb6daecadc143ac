/** What stands under the pointer or the focus: the interval, what the pixel holds, what was lost until there. */
import { DROP, endOf, type Fleet, type Minion, seek } from './fleet';
import { NODATA } from './statuses';

export interface Inspection {
  readonly minion: Minion;
  /** Worst status of the pixel. */
  readonly code: number;
  readonly from: number;
  readonly to: number;
  /** It was so before the range began, and is so at its end. */
  readonly openStart: boolean;
  readonly openEnd: boolean;
  /** Time within it that was not recorded. */
  readonly gap: number;
  readonly pressure: number;
  /** Messages lost in the range until here. */
  readonly dropped: number;
  /** Milliseconds of the pixel by status, worst first. */
  readonly parts: readonly (readonly [code: number, ms: number])[];
  readonly pixelMs: number;
}

/** `pixelMs`: how long a pixel is in the drawing. */
export function inspect(
  fleet: Fleet,
  i: number,
  at: { time: number; pixelMs: number },
): Inspection {
  const { segments, marks } = fleet;
  const from = Math.max(0, at.time - at.pixelMs / 2);
  const to = Math.min(fleet.span, at.time + at.pixelMs / 2);
  let worst = seek(segments, i, from);
  let pressure = 0;
  const parts = new Map<number, number>();
  for (let k = worst; k < segments.row[i + 1] && segments.start[k] < to; k++) {
    const ms = Math.min(to, endOf(fleet, i, k)) - Math.max(from, segments.start[k]);
    if (ms <= 0 && parts.size > 0) continue;
    if (segments.status[k] > segments.status[worst]) worst = k;
    pressure = Math.max(pressure, segments.pressure[k]);
    parts.set(segments.status[k], (parts.get(segments.status[k]) ?? 0) + ms);
  }
  let dropped = 0;
  for (let k = marks.row[i]; k < marks.row[i + 1] && marks.at[k] <= at.time; k++) {
    if (marks.kind[k] === DROP) dropped += marks.count[k];
  }
  const interval = widen(fleet, i, worst);
  return {
    ...interval,
    minion: fleet.minions[i],
    code: segments.status[worst],
    pressure,
    dropped,
    parts: [...parts].sort(([a], [b]) => b - a),
    pixelMs: at.pixelMs,
  };
}

/** The whole time in which the status of segment `k` held; a gap in the recording does not end it. */
function widen(fleet: Fleet, i: number, k: number) {
  const { row, start, status } = fleet.segments;
  const [low, high] = [row[i], row[i + 1]];
  const code = status[k];
  const across = (next: number, beyond: number) =>
    code !== NODATA &&
    next >= low &&
    next < high &&
    beyond >= low &&
    beyond < high &&
    status[next] === NODATA &&
    status[beyond] === code;
  let first = k;
  let last = k;
  let gap = 0;
  for (;;) {
    if (first > low && status[first - 1] === code) first -= 1;
    else if (across(first - 1, first - 2)) {
      gap += start[first] - start[first - 1];
      first -= 2;
    } else break;
  }
  for (;;) {
    if (last + 1 < high && status[last + 1] === code) last += 1;
    else if (across(last + 1, last + 2)) {
      gap += start[last + 2] - start[last + 1];
      last += 2;
    } else break;
  }
  const openEnd = last + 1 >= high;
  return {
    from: start[first],
    to: openEnd ? fleet.span : start[last + 1],
    openStart: first === low,
    openEnd,
    gap,
  };
}

/** Instants at which the status of minion `i` changes. */
export function changesOf({ segments }: Fleet, i: number): number[] {
  const out: number[] = [];
  for (let k = segments.row[i] + 1; k < segments.row[i + 1]; k++) {
    if (segments.status[k] !== segments.status[k - 1]) out.push(segments.start[k]);
  }
  return out;
}
