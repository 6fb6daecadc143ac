/** Rows high enough for patterns and marks: status as field, pressure from below, trouble from above. */
import { DISCONNECT } from '../../fleet/fleet';
import { foldRow, makePixelRow, type PixelRow, WHOLE } from '../../fleet/fold';
import { type DropRun, marksOfRow } from '../../fleet/mark-runs';
import { ABSENT, NODATA, OK, SLOW } from '../../fleet/statuses';
import { count } from '../../fleet/time-text';
import { type Box, fillStatus } from '../../look/status-fill';
import { xOf } from '../viewport';
import { drawGroupHead, drawRowHead } from './gutter';
import { font, type Scene } from './scene';

const GAP = 2;
/** The worst status of a mixed pixel hangs at least this far into the row. */
const LEAST_HANG = 0.4;

export function drawDetail(scene: Scene): void {
  const { ctx, layout, rowHeight, scroll, rows } = scene;
  const pixels = makePixelRow(Math.floor(layout.plotWidth));
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, layout.top, layout.left + layout.plotWidth, layout.plotHeight);
  ctx.clip();
  for (let r = Math.floor(scroll / rowHeight); r < rows.length; r++) {
    const y = layout.top + r * rowHeight - scroll;
    if (y > layout.bottom) break;
    const row = rows[r];
    if (typeof row !== 'number') drawGroupHead(scene, row, y);
    else {
      foldRow(scene.fleet, row, { window: scene.window, out: pixels });
      const box = { x: layout.left, y: y + 1, width: pixels.width, height: rowHeight - GAP };
      drawStatus(scene, pixels, box);
      drawPressure(scene, pixels, box);
      drawMarks(scene, row, box);
      drawRowHead(scene, row, y);
    }
  }
  ctx.restore();
}

/** Runs of pixels that look the same. */
function drawStatus(scene: Scene, pixels: PixelRow, box: Box): void {
  const { worst, share, dominant } = pixels;
  for (let x = 0; x < box.width; ) {
    const code = worst[x];
    const whole = share[x] > WHOLE;
    let end = x + 1;
    while (
      end < box.width &&
      worst[end] === code &&
      share[end] > WHOLE === whole &&
      (whole || dominant[end] === dominant[x])
    ) {
      end += 1;
    }
    const part = { ...box, x: box.x + x, width: end - x };
    if (whole) fillStatus(scene, code, part);
    else {
      fillStatus(scene, dominant[x] === code ? OK : dominant[x], part);
      if (code > OK) hang(scene, { pixels, box, code, from: x, to: end });
    }
    x = end;
  }
}

interface Hanging {
  readonly pixels: PixelRow;
  readonly box: Box;
  readonly code: number;
  readonly from: number;
  readonly to: number;
}

/** The worst of a mixed pixel hangs from the roof, as long as its share of the time. */
function hang({ ctx, palette }: Scene, { pixels, box, code, from, to }: Hanging): void {
  ctx.fillStyle = palette.status[code];
  for (let x = from; x < to; x++) {
    const length = Math.max(box.height * LEAST_HANG, pixels.share[x] * box.height);
    ctx.fillRect(box.x + x, box.y, 1, code === NODATA ? 2 : length);
  }
}

function drawPressure(scene: Scene, pixels: PixelRow, box: Box): void {
  const { ctx, palette, fills } = scene;
  const { worst, dominant, pressure } = pixels;
  // A queue cannot stand where there is no link: the part of the pixel that had one holds it.
  const holder = (x: number) => (worst[x] === ABSENT ? dominant[x] : worst[x]);
  for (let x = 0; x < box.width; ) {
    const code = holder(x);
    const fill = pressure[x];
    let end = x + 1;
    while (end < box.width && pressure[end] === fill && holder(end) === code) end += 1;
    if (fill > 0 && code !== ABSENT) {
      const height = Math.max(1.5, (fill / 255) * (box.height - 1));
      const y = box.y + box.height - height;
      ctx.fillStyle = code > SLOW ? fills.solid[code] : palette.status[code];
      ctx.fillRect(box.x + x, y, end - x, height);
      if (code >= SLOW) {
        ctx.fillStyle = palette.status[code];
        ctx.fillRect(box.x + x, y, end - x, 1.5);
      }
    }
    x = end;
  }
}

function drawMarks(scene: Scene, i: number, box: Box): void {
  const { ctx, palette, window, layout } = scene;
  const toX = (time: number) => xOf(time, window, layout) - layout.left;
  const { links, drops } = marksOfRow(scene.fleet, i, { toX, width: box.width });
  const floor = box.y + box.height;
  for (const { x, kind, triangle } of links) {
    const at = Math.round(box.x + x);
    ctx.fillStyle = palette.panel;
    ctx.fillRect(at - 1, box.y, 3, box.height);
    ctx.fillStyle = palette.text;
    ctx.fillRect(at, box.y, 1, box.height);
    if (!triangle) continue;
    const [base, tip] = kind === DISCONNECT ? [box.y, box.y + 5] : [floor, floor - 5];
    ctx.beginPath();
    ctx.moveTo(at - 3, base);
    ctx.lineTo(at + 4, base);
    ctx.lineTo(at + 0.5, tip);
    ctx.fill();
  }
  for (const run of drops) drawDrops(scene, run, box);
}

/** Lost is the strongest contrast of the theme; a rim of panel colour parts it from any status. */
function drawDrops(scene: Scene, { from, to, messages }: DropRun, box: Box): void {
  const { ctx, palette } = scene;
  if (to - from <= 10) {
    const x = box.x + (from + to) / 2;
    for (const [colour, size] of [
      [palette.panel, 5.2],
      [palette.strongest, 3.8],
    ] as const) {
      ctx.fillStyle = colour;
      ctx.beginPath();
      ctx.moveTo(x, box.y + 4.5 - size);
      ctx.lineTo(x + size, box.y + 4.5);
      ctx.lineTo(x, box.y + 4.5 + size);
      ctx.lineTo(x - size, box.y + 4.5);
      ctx.fill();
    }
    return;
  }
  ctx.fillStyle = palette.panel;
  ctx.fillRect(box.x + from - 1, box.y - 1, to - from + 2, 5);
  ctx.fillStyle = palette.strongest;
  ctx.fillRect(box.x + from, box.y, to - from, 3);
  const text = `${count(messages)} dropped`;
  ctx.font = font(scene, 10, 600);
  const width = ctx.measureText(text).width;
  if (to - from <= width + 20) return;
  ctx.fillStyle = palette.panel;
  ctx.beginPath();
  ctx.roundRect(box.x + from + 6, box.y + 4, width + 8, 12, 2);
  ctx.fill();
  ctx.fillStyle = palette.strongest;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillText(text, box.x + from + 10, box.y + 10.5);
}
