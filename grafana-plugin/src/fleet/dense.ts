/**
 * Rows of one to three pixels, or several minions in one row of pixels, folded straight into an
 * image: worst status, its share of minion-time, highest pressure; a drop is never folded away.
 */
import { type Exceptions, exceptionsOf } from './exceptions';
import type { Fleet } from './fleet';
import type { Window } from './fold';
import { AMBIGUOUS, NODATA, OK, STATUSES, UNKNOWN } from './statuses';

/** Shades per status, by share or by pressure. */
export const SHADES = 16;

/** Colours as the words of an image. */
export interface DenseColours {
  /** By status × SHADES. */
  readonly shades: Uint32Array;
  readonly ground: number;
  readonly drop: number;
  readonly unknown: number;
  readonly ambiguous: number;
  readonly nodata: number;
}

export interface DenseView {
  readonly window: Window;
  /** Minions in the order in which they stand. */
  readonly order: ArrayLike<number>;
  /** In device pixels; below 1 several minions share a line. */
  readonly rowHeight: number;
  readonly scroll: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

export interface DenseImage {
  readonly width: number;
  readonly height: number;
  /** RGBA words, line by line. */
  readonly words: Uint32Array;
}

interface Line {
  readonly worst: Uint8Array;
  readonly share: Float32Array;
  readonly pressure: Uint8Array;
  readonly dropped: Uint8Array;
  readonly colours: Uint32Array;
}

interface Span {
  readonly top: number;
  readonly bottom: number;
  readonly first: number;
  readonly last: number;
}

/** Which lines the next minions take: `first` to before `last` on the lines `top` to before `bottom`. */
function nextSpan(view: DenseView, at: { top: number; first: number }, height: number): Span {
  const { top, first } = at;
  const count = view.order.length;
  if (view.rowHeight >= 1) {
    const bottom = Math.min(height, Math.round((first + 1) * view.rowHeight - view.scroll));
    return { top, bottom, first, last: first + 1 };
  }
  const last = Math.min(count, Math.max(first + 1, Math.floor(((top + 1) * count) / height)));
  return { top, bottom: top + 1, first, last };
}

/** Paints all visible rows into `image`. */
export function paintDense(
  fleet: Fleet,
  view: DenseView,
  target: { readonly image: DenseImage; readonly colours: DenseColours },
): void {
  const { image, colours } = target;
  const { width, height, words } = image;
  const exceptions = exceptionsOf(fleet);
  const line: Line = {
    worst: new Uint8Array(width),
    share: new Float32Array(width),
    pressure: new Uint8Array(width),
    dropped: new Uint8Array(width),
    colours: new Uint32Array(width),
  };
  words.fill(colours.ground);
  let first = view.rowHeight >= 1 ? Math.floor(view.scroll / view.rowHeight) : 0;
  let top = 0;
  while (top < height && first < view.order.length) {
    const span = nextSpan(view, { top, first }, height);
    const drops = foldLine(exceptions, view, { line, span });
    colourLine(line, colours, span);
    const gap = view.rowHeight >= 3 && span.bottom - top > 2 ? view.ratio : 0;
    const bottom = span.bottom - gap;
    for (let y = top; y < bottom; y++) words.set(line.colours, y * width);
    if (drops) markDrops(line, colours.drop, { words, width, top, tall: bottom - top >= 2 });
    top = Math.max(top, span.bottom);
    first = span.last;
  }
}

function foldLine(
  exceptions: Exceptions,
  view: DenseView,
  { line, span }: { line: Line; span: Span },
): boolean {
  line.worst.fill(0);
  line.share.fill(0);
  line.pressure.fill(0);
  const width = line.worst.length;
  const { from, to } = view.window;
  const scale = width / (to - from);
  let drops = false;
  for (let q = span.first; q < span.last; q++) {
    const i = view.order[q];
    for (let d = exceptions.dropRow[i]; d < exceptions.dropRow[i + 1]; d++) {
      const x = (exceptions.dropAt[d] - from) * scale;
      if (x < 0 || x >= width) continue;
      line.dropped[x | 0] = 1;
      drops = true;
    }
    foldMinion(exceptions, i, { line, from, to, scale });
  }
  return drops;
}

function firstVisible({ row, end }: Exceptions, i: number, from: number): number {
  let low = row[i];
  let high = row[i + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end[middle] <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface LineScale {
  readonly line: Line;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

function foldMinion(exceptions: Exceptions, i: number, at: LineScale): void {
  const { start, end, status, pressure } = exceptions;
  const { worst, share, pressure: highest } = at.line;
  const width = worst.length;
  const stop = exceptions.row[i + 1];
  for (let k = firstVisible(exceptions, i, at.from); k < stop && start[k] < at.to; k++) {
    const code = status[k];
    const fill = pressure[k];
    const a = Math.max(0, (start[k] - at.from) * at.scale);
    const z = Math.min(width, (end[k] - at.from) * at.scale);
    const last = Math.min(width - 1, z | 0);
    for (let x = a | 0; x <= last; x++) {
      if (fill > highest[x]) highest[x] = fill;
      if (code === OK || code < worst[x]) continue;
      const low = Math.max(a, x);
      const part = Math.min(z, x + 1) - low;
      if (part <= 0) continue;
      if (code > worst[x]) {
        worst[x] = code;
        share[x] = part;
      } else share[x] += part;
    }
  }
}

function colourLine(line: Line, colours: DenseColours, span: Span): void {
  const { worst, share, pressure, colours: out } = line;
  const { shades } = colours;
  const top = (SHADES - 1) / (span.last - span.first);
  for (let x = 0; x < out.length; x++) {
    const code = worst[x];
    if (code === OK) out[x] = shades[pressure[x] >> 4];
    else if (code === NODATA) out[x] = (x & 3) === 0 ? colours.nodata : colours.ground;
    else {
      const shade = Math.min(SHADES - 1, (share[x] * top + 0.5) | 0);
      const word = shades[code * SHADES + shade];
      if (code === AMBIGUOUS) out[x] = (x + span.first * 3) % 4 === 0 ? colours.ambiguous : word;
      else if (code === UNKNOWN) out[x] = (x + span.first * 3) % 6 === 0 ? colours.unknown : word;
      else out[x] = word;
    }
  }
}

function markDrops(
  line: Line,
  colour: number,
  at: { words: Uint32Array; width: number; top: number; tall: boolean },
): void {
  const offset = at.top * at.width;
  for (let x = 0; x < at.width; x++) {
    if (line.dropped[x] === 0) continue;
    // On a row of one pixel every second one, so that neighbours stay readable.
    if (at.tall || (x & 1) === 1) at.words[offset + x] = colour;
    line.dropped[x] = 0;
  }
}

/** Shades for all statuses, from two colours each. */
export function makeShades(mixed: (code: number, shade: number) => number): Uint32Array {
  return Uint32Array.from({ length: STATUSES.length * SHADES }, (_, at) =>
    mixed(Math.floor(at / SHADES), at % SHADES),
  );
}
