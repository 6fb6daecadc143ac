/** What each status looks like: a tile of 8 pixels, its tint, and its edge. The one place that knows. */
import {
  ABSENT,
  AMBIGUOUS,
  HALF_OPEN,
  NODATA,
  OK,
  SLOW,
  STALE,
  STALLED,
  STATUSES,
  UNKNOWN,
} from '../fleet/statuses';
import { mix } from './colour';
import type { Palette } from './palette';

const TILE = 8;
/** Distance of the dots that stand for "nothing was recorded". */
const NODATA_DOTS = 6;

/** Fills of all statuses, by code: the pattern on its tint, and the inverted one of the pressure area. */
export interface StatusFills {
  readonly field: readonly CanvasPattern[];
  readonly solid: readonly CanvasPattern[];
}

function tintOf(palette: Palette, code: number): string {
  const strong = palette.status[code];
  if (code === OK) return palette.okField;
  if (code === UNKNOWN || code === NODATA || code === STALE) return palette.panel;
  const share = code === ABSENT ? 0.62 : code === AMBIGUOUS ? 0.5 : 1;
  return mix(palette.panel, strong, palette.tint * share);
}

function diagonals(ctx: CanvasRenderingContext2D, crossed: boolean): void {
  type Point = readonly [x: number, y: number];
  const line = (from: Point, to: Point) => {
    ctx.moveTo(...from);
    ctx.lineTo(...to);
  };
  ctx.beginPath();
  for (const o of [-TILE, 0, TILE]) {
    line([o - 1, 9], [o + 9, -1]);
    if (crossed) line([o - 1, -1], [o + 9, 9]);
    else line([o + 3, 9], [o + 13, -1]);
  }
  ctx.stroke();
}

function drawPattern(ctx: CanvasRenderingContext2D, code: number): void {
  if (code === SLOW) {
    ctx.fillRect(0, 3, 5, 1.2);
    ctx.fillRect(4, 7, 4, 1.2);
    ctx.fillRect(0, 7, 1, 1.2);
  } else if (code === STALLED) diagonals(ctx, false);
  else if (code === HALF_OPEN) diagonals(ctx, true);
  else if (code === AMBIGUOUS) {
    for (const at of [2, 6]) {
      ctx.beginPath();
      ctx.arc(at, at, 1, 0, 7);
      ctx.fill();
    }
  } else if (code === UNKNOWN) for (const at of [1, 5]) ctx.fillRect(at, at, 1.4, 1.4);
}

function tileOf(palette: Palette, code: number, look: { solid: boolean; ratio: number }) {
  const tile = document.createElement('canvas');
  tile.width = TILE * look.ratio;
  tile.height = TILE * look.ratio;
  const ctx = tile.getContext('2d');
  if (ctx === null) return tile;
  ctx.scale(look.ratio, look.ratio);
  const strong = palette.status[code];
  ctx.fillStyle = look.solid ? strong : tintOf(palette, code);
  ctx.fillRect(0, 0, TILE, TILE);
  const dotted = code === AMBIGUOUS && palette.dark;
  const ink = dotted ? mix(palette.panel, strong, 0.72) : strong;
  ctx.fillStyle = look.solid ? mix(strong, palette.panel, 0.26) : ink;
  ctx.strokeStyle = ctx.fillStyle;
  ctx.lineWidth = 1.3;
  drawPattern(ctx, code);
  return tile;
}

export function makeFills(
  ctx: CanvasRenderingContext2D,
  palette: Palette,
  ratio: number,
): StatusFills {
  const pattern = (code: number, solid: boolean): CanvasPattern => {
    const made = ctx.createPattern(tileOf(palette, code, { solid, ratio }), 'repeat');
    if (made === null) throw new Error('the browser made no pattern of a tile');
    made.setTransform(new DOMMatrix().scale(1 / ratio));
    return made;
  };
  return {
    field: STATUSES.map((_, code) => pattern(code, false)),
    solid: STATUSES.map((_, code) => pattern(code, true)),
  };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where and in what colours. */
export interface Brush {
  readonly ctx: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly fills: StatusFills;
}

function dots({ ctx, palette }: Brush, box: Box): void {
  ctx.fillStyle = palette.status[NODATA];
  const middle = Math.round(box.y + box.height / 2);
  const first = Math.ceil(box.x / NODATA_DOTS) * NODATA_DOTS;
  for (let x = first; x < box.x + box.width; x += NODATA_DOTS) ctx.fillRect(x, middle, 1, 1);
}

function dashes({ ctx, palette }: Brush, box: Box, y: number): void {
  ctx.fillStyle = palette.status[STALE];
  const end = box.x + box.width;
  for (let x = Math.floor(box.x / 5) * 5; x < end; x += 5) {
    const from = Math.max(box.x, x);
    if (x + 3 > from) ctx.fillRect(from, y, Math.min(end, x + 3) - from, 1);
  }
}

/** Draws a status into a rectangle. */
export function fillStatus(brush: Brush, code: number, box: Box): void {
  const { ctx, palette, fills } = brush;
  if (code === NODATA) {
    dots(brush, box);
    return;
  }
  const floor = box.y + box.height;
  if (code === STALE) {
    dashes(brush, box, box.y);
    dashes(brush, box, floor - 1);
    return;
  }
  ctx.fillStyle = fills.field[code];
  ctx.fillRect(box.x, box.y, box.width, box.height);
  ctx.fillStyle = code === OK ? palette.okLine : palette.status[code];
  if (code === ABSENT) {
    ctx.fillRect(box.x, box.y, box.width, 1.5);
    ctx.fillRect(box.x, floor - 1.5, box.width, 1.5);
  } else if (code !== SLOW) ctx.fillRect(box.x, floor - 1, box.width, 1);
}
