/** The strip above the rows: how many minions are not ok over the whole range, and the brush. */
import { isUnrecorded, makeOverviewBins, type OverviewBins } from '../../fleet/overview-bins';
import {
  ABSENT,
  AMBIGUOUS,
  HALF_OPEN,
  isNotOk,
  NODATA,
  SLOW,
  STALLED,
  UNKNOWN,
} from '../../fleet/statuses';
import { clock, count } from '../../fleet/time-text';
import { mix } from '../../look/colour';
import { font, type Scene } from './scene';

const STACK = [ABSENT, HALF_OPEN, STALLED, SLOW, AMBIGUOUS, UNKNOWN];
/** Drops this close become one line. */
const DROP_JOIN = 6;

/** The strip does not change while the view pans and zooms: it is painted once. */
export class Overview {
  #bins: OverviewBins | undefined;
  #picture: HTMLCanvasElement | undefined;

  draw(scene: Scene): void {
    const { layout } = scene;
    if (layout.overview === 0) return;
    const width = Math.floor(layout.plotWidth);
    this.#bins ??= makeOverviewBins(scene.fleet, width);
    this.#picture ??= paint(scene, this.#bins);
    scene.ctx.drawImage(this.#picture, layout.left, 0, width, layout.overview);
    drawWords(scene, this.#bins);
    drawBrush(scene);
  }
}

function paint(scene: Scene, bins: OverviewBins): HTMLCanvasElement {
  const { palette, layout, ratio, fleet } = scene;
  const picture = document.createElement('canvas');
  picture.width = bins.width * ratio;
  picture.height = layout.overview * ratio;
  const ctx = picture.getContext('2d');
  if (ctx === null) return picture;
  ctx.scale(ratio, ratio);
  const floor = layout.overview - 6;
  const room = layout.overview - 16;
  ctx.fillStyle = mix(palette.panel, palette.canvas, 0.7);
  ctx.fillRect(0, 2, bins.width, layout.overview - 2);
  for (let x = 0; x < bins.width; x++) {
    let y = floor;
    for (const code of STACK) {
      const height = (bins.counts[code][x] / bins.peak) * room;
      if (height === 0) continue;
      ctx.fillStyle = palette.status[code];
      ctx.globalAlpha = code <= AMBIGUOUS ? 0.75 : 1;
      ctx.fillRect(x, y - height, 1, height);
      y -= height;
    }
    ctx.globalAlpha = 1;
    if (x % 3 === 0 && isUnrecorded(bins, x, fleet.minions.length)) {
      ctx.fillStyle = palette.status[NODATA];
      for (let dot = 6 + (x & 1) * 3; dot < floor; dot += 6) ctx.fillRect(x, dot, 1, 1);
    }
  }
  ctx.fillStyle = palette.border;
  ctx.fillRect(0, floor, bins.width, 1);
  ctx.fillStyle = palette.strongest;
  paintDrops(ctx, bins, layout.overview - 3);
  return picture;
}

function paintDrops(ctx: CanvasRenderingContext2D, bins: OverviewBins, y: number): void {
  let last = Number.NEGATIVE_INFINITY;
  for (let x = 0; x < bins.width; x++) {
    if (bins.drops[x] === 0) continue;
    const from = x - last <= DROP_JOIN ? last : x;
    ctx.fillRect(from, y, x - from + 1, 2);
    last = x;
  }
}

function drawWords(scene: Scene, bins: OverviewBins): void {
  const { ctx, palette, layout, fleet } = scene;
  if (!layout.columns) return;
  const total = fleet.minions.length;
  const bad = fleet.minions.reduce((sum, one) => sum + (isNotOk(one.now) ? 1 : 0), 0);
  const peak = count(Math.round(bins.peak));
  const peakMs = fleet.startMs + (bins.peakAt / bins.width) * fleet.span;
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  ctx.font = font(scene, 12, 500);
  ctx.fillStyle = palette.text;
  ctx.fillText('Whole fleet', 0, 14);
  ctx.font = font(scene, 12);
  ctx.fillStyle = palette.quiet;
  ctx.fillText(`${count(bad)} of ${count(total)} not ok now`, 0, 30);
  if (layout.overview >= 50) {
    ctx.fillText(`peak ${peak} at ${clock(peakMs, scene.zone, false)}`, 0, 46);
  }
  ctx.textAlign = 'right';
  ctx.font = font(scene, 11);
  ctx.fillText(peak, layout.left - 6, 14);
  ctx.fillText('0', layout.left - 6, layout.overview - 5);
}

function drawBrush({ ctx, palette, layout, window, fleet }: Scene): void {
  const scale = layout.plotWidth / fleet.span;
  const from = layout.left + window.from * scale;
  const to = layout.left + window.to * scale;
  const height = layout.overview - 2;
  ctx.fillStyle = palette.panel;
  ctx.globalAlpha = 0.66;
  ctx.fillRect(layout.left, 2, from - layout.left, height);
  ctx.fillRect(to, 2, layout.left + layout.plotWidth - to, height);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette.quiet;
  ctx.lineWidth = 1;
  const frame = Math.max(3, Math.round(to - from) - 1);
  ctx.strokeRect(Math.round(from) + 0.5, 2.5, frame, layout.overview - 3);
  ctx.fillStyle = palette.text;
  for (const x of [from, to]) {
    ctx.beginPath();
    ctx.roundRect(Math.round(x) - 2.5, layout.overview / 2 - 8, 5, 16, 2.5);
    ctx.fill();
  }
}
