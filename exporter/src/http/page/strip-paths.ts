/**
 * One minion's row of a timeline as the paths of a drawing: its status as fields, the worst that a
 * column hides hanging from the roof, pressure rising from the floor, what happened as marks.
 *
 * A column is a pixel wide. Drawn by layer, so that a row is a dozen shapes whatever happened in it.
 */
import type { TimelineColumn, TimelineState, TimelineView } from '../timeline-api-types.js';

/** Codes of the pressure: 1 … 254 is a share of the mark, 255 is not known. */
const PRESSURE_FULL = 254;
const SHARE_FULL = 255;
/** What was hidden for a moment is still seen: this much of the height at least. */
const WORST_MIN = 0.4;
const PRESSURE_MIN_PX = 1.5;
/** Nothing recorded: sparse dots. */
const DOT_EVERY_PX = 6;
/** A connect so soon after its disconnect is the same mark; marks so near lose their triangles. */
const FLAP_PX = 9;
const NEAR_PX = 6;
/** Drops so near become one bar. */
const DROP_RUN_PX = 40;
/** A bar is drawn from this length on; what is shorter is a diamond. */
const DROP_BAR_MIN_PX = 10;
const EDGE_PX = 1;

type Layer =
  | `${'field' | 'edge' | 'worst' | 'pressure'}-${TimelineState}`
  | 'dots'
  | 'gone'
  | 'come'
  | 'drop'
  | 'restart';

/** Path data by layer, in the order in which they are painted; only layers that hold something. */
export type StripPaths = ReadonlyMap<Layer, string>;

/** Row `row` of the answer, drawn `height` pixels high and `view.columns` wide. */
export function stripPaths(view: TimelineView, row: number, height: number): StripPaths {
  const paths = new Map<Layer, string>();
  const add = (layer: Layer, data: string): void => {
    paths.set(layer, (paths.get(layer) ?? '') + data);
  };
  for (const stretch of stretchesOf(view, row)) drawStretch(add, stretch, height);
  drawMarks(add, marksOf(view, row), height);
  for (const x of restartsOf(view)) add('restart', `M${x + 0.5} 0v${height}`);
  return new Map([...paths].sort(([one], [other]) => depth(one) - depth(other)));
}

/** `6 flaps, 12 messages dropped, 3 returns lost`; empty when none of it happened. */
export function stripSummary({ rows }: TimelineView, row: number): string {
  const counts: readonly (readonly [number | undefined, string, string])[] = [
    [rows.disconnects[row], 'disconnect', 'disconnects'],
    [rows.flaps[row], 'flap', 'flaps'],
    [rows.dropped[row], 'message dropped', 'messages dropped'],
    [rows.losses[row], 'return lost', 'returns lost'],
  ];
  return counts
    .filter(([count = 0]) => count > 0)
    .map(([count = 0, one, many]) => `${count} ${count === 1 ? one : many}`)
    .join(', ');
}

interface Stretch {
  readonly x: number;
  readonly width: number;
  readonly state: TimelineState;
  readonly worst: TimelineState;
  readonly share: number;
  readonly pressure: number;
}

interface Mark {
  readonly x: number;
  readonly connects: number;
  readonly disconnects: number;
  readonly dropped: number;
}

type Add = (layer: Layer, data: string) => void;

function* stretchesOf(view: TimelineView, row: number): Generator<Stretch> {
  const { segments, states, columns } = view;
  const [ends, start] = [numbers(segments.ends), numbers(segments.start)];
  const [state, worst] = [numbers(segments.state), numbers(segments.worst)];
  const [share, pressure] = [numbers(segments.share), numbers(segments.pressure)];
  const first = row === 0 ? 0 : (ends[row - 1] ?? 0);
  const end = ends[row] ?? first;
  for (let at = first; at < end; at += 1) {
    const x = start[at] ?? 0;
    const next = at + 1 < end ? (start[at + 1] ?? columns) : columns;
    yield {
      x,
      width: next - x,
      state: states[state[at] ?? 0] ?? 'no_data',
      worst: states[worst[at] ?? 0] ?? 'no_data',
      share: (share[at] ?? 0) / SHARE_FULL,
      pressure: pressure[at] ?? 0,
    };
  }
}

function* marksOf({ marks }: TimelineView, row: number): Generator<Mark> {
  const [ends, column] = [numbers(marks.ends), numbers(marks.column)];
  const [connects, disconnects] = [numbers(marks.connects), numbers(marks.disconnects)];
  const dropped = numbers(marks.dropped);
  const first = row === 0 ? 0 : (ends[row - 1] ?? 0);
  for (let at = first; at < (ends[row] ?? first); at += 1) {
    yield {
      x: column[at] ?? 0,
      connects: connects[at] ?? 0,
      disconnects: disconnects[at] ?? 0,
      dropped: dropped[at] ?? 0,
    };
  }
}

/** The page asks for `encoding=arrays`; text here is an answer to somebody else's question. */
function numbers(column: TimelineColumn): readonly number[] {
  if (typeof column === 'string') throw new Error('a column of the timeline is no list of numbers');
  return column;
}

function restartsOf({ fleet, fromMs, columnMs }: TimelineView): readonly number[] {
  return fleet
    .filter(({ kind }) => kind === 'master_restart')
    .map(({ atMs }) => Math.floor((atMs - fromMs) / columnMs));
}

function drawStretch(add: Add, stretch: Stretch, height: number): void {
  const { x, width, state, worst, share, pressure } = stretch;
  if (state === 'no_data') {
    for (let dot = Math.ceil(x / DOT_EVERY_PX) * DOT_EVERY_PX; dot < x + width; dot += DOT_EVERY_PX)
      add('dots', box([dot, 1], [Math.round(height / 2), 1]));
    return;
  }
  add(`field-${state}`, box([x, width], [0, height]));
  add(`edge-${state}`, box([x, width], [height - EDGE_PX, EDGE_PX]));
  if (state === 'absent' || state === 'stale') add(`edge-${state}`, box([x, width], [0, EDGE_PX]));
  if (worst !== state && worst !== 'ok' && worst !== 'no_data') {
    add(`worst-${worst}`, box([x, width], [0, round(Math.max(WORST_MIN, share) * height)]));
  }
  if (pressure > 0 && pressure <= PRESSURE_FULL && state !== 'absent') {
    const high = round(Math.max(PRESSURE_MIN_PX, (pressure / PRESSURE_FULL) * (height - 1)));
    add(`pressure-${state}`, box([x, width], [height - high, high]));
  }
}

function drawMarks(add: Add, marks: Iterable<Mark>, height: number): void {
  let lastPx = Number.NEGATIVE_INFINITY;
  let gonePx = Number.NEGATIVE_INFINITY;
  let run: { from: number; to: number } | undefined;
  const endRun = (): void => {
    if (run === undefined) return;
    const { from, to } = run;
    add(
      'drop',
      to - from >= DROP_BAR_MIN_PX ? box([from, to - from], [0, 3]) : diamond((from + to) / 2),
    );
    run = undefined;
  };
  for (const { x, connects, disconnects, dropped } of marks) {
    if (disconnects > 0) {
      add('gone', `M${x + 0.5} 0v${height}`);
      if (x - lastPx >= NEAR_PX) add('gone', `M${x - 3} 0h7l-3.5 5z`);
      gonePx = x;
      lastPx = x;
    } else if (connects > 0 && x - gonePx >= FLAP_PX) {
      add('come', `M${x + 0.5} 0v${height}`);
      if (x - lastPx >= NEAR_PX) add('come', `M${x - 3} ${height}h7l-3.5-5z`);
      lastPx = x;
    }
    if (dropped === 0) continue;
    if (run !== undefined && x - run.to > DROP_RUN_PX) endRun();
    run = { from: run?.from ?? x, to: x };
  }
  endRun();
}

function box(
  [x, width]: readonly [number, number],
  [y, height]: readonly [number, number],
): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

function diamond(x: number): string {
  return `M${x} .7l3.8 3.8-3.8 3.8-3.8-3.8z`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

const DEPTHS = ['field', 'edge', 'worst', 'pressure', 'dots', 'restart', 'gone', 'come', 'drop'];

function depth(layer: Layer): number {
  return DEPTHS.indexOf(layer.split('-', 1)[0] ?? '');
}
