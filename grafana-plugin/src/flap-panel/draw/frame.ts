/** What stands around the rows: grid, axis, scroll bar, and the lane of events that concern the whole fleet. */
import type { FleetEvent } from '../../fleet/fleet';
import { NODATA } from '../../fleet/statuses';
import { type Tick, ticks } from '../../fleet/time-text';
import { AXIS, LANE, maxScroll, xOf } from '../viewport';
import { font, type Scene } from './scene';

/** A label takes about this much. */
const TICK_ROOM = 110;

function ticksOf({ fleet, window, layout, zone }: Scene): Tick[] {
  const range = [fleet.startMs + window.from, fleet.startMs + window.to] as const;
  return ticks(range, Math.max(2, layout.plotWidth / TICK_ROOM), zone);
}

export function drawGrid(scene: Scene): void {
  const { ctx, palette, layout, fleet, window } = scene;
  ctx.fillStyle = palette.hairline;
  for (const { ms } of ticksOf(scene)) {
    const x = Math.round(xOf(ms - fleet.startMs, window, layout));
    ctx.fillRect(x, layout.top, 1, layout.plotHeight);
  }
}

export function drawAxis(scene: Scene): void {
  const { ctx, palette, layout, fleet, window } = scene;
  const y = layout.height - AXIS;
  ctx.fillStyle = palette.border;
  ctx.fillRect(layout.left, y, layout.plotWidth, 1);
  ctx.font = font(scene, 12);
  ctx.fillStyle = palette.quiet;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  let free = Number.NEGATIVE_INFINITY;
  for (const { ms, text } of ticksOf(scene)) {
    const half = ctx.measureText(text).width / 2;
    const x = xOf(ms - fleet.startMs, window, layout);
    const right = layout.left + layout.plotWidth - half;
    const at = Math.max(layout.left + half, Math.min(right, x));
    if (at - half < free) continue;
    ctx.fillText(text, at, y + 12);
    free = at + half + 12;
  }
}

export function drawScrollBar({ ctx, palette, layout, rows, rowHeight, scroll }: Scene): void {
  const most = maxScroll(rows.length, rowHeight, layout);
  if (most <= 0) return;
  const room = layout.plotHeight;
  const height = Math.max(24, (room * room) / (room + most));
  ctx.fillStyle = palette.border;
  ctx.beginPath();
  ctx.roundRect(layout.width - 6, layout.top + ((room - height) * scroll) / most, 4, height, 2);
  ctx.fill();
}

interface Placed {
  readonly event: FleetEvent;
  readonly from: number;
  readonly to: number;
}

const IMPORTANCE: Record<FleetEvent['kind'], number> = { storm: 0, restart: 1, gap: 2 };

export function drawEvents(scene: Scene): void {
  const { layout, window } = scene;
  const right = layout.left + layout.plotWidth;
  const placed: Placed[] = [];
  for (const event of scene.fleet.events) {
    const x = xOf(event.at, window, layout);
    const end = event.until === undefined ? x : xOf(event.until, window, layout);
    if (end < layout.left || x > right) continue;
    placed.push({ event, from: Math.max(layout.left, x), to: Math.min(right, end) });
  }
  for (const one of placed) drawSpan(scene, one);
  const lines = placed.filter(({ event }) => event.kind === 'restart');
  const busy = lines.map(({ from }): readonly [number, number] => [from - 2, from + 4]);
  placed.sort((a, b) => IMPORTANCE[a.event.kind] - IMPORTANCE[b.event.kind]);
  for (const one of placed) drawLabel(scene, one, busy);
}

function drawSpan({ ctx, palette, layout }: Scene, { event, from, to }: Placed): void {
  const y = layout.top - LANE;
  if (event.kind === 'restart') {
    ctx.strokeStyle = palette.link;
    ctx.lineWidth = 1.25;
    ctx.setLineDash([4, 3]);
    ctx.beginPath();
    ctx.moveTo(Math.round(from) + 0.5, y + 3);
    ctx.lineTo(Math.round(from) + 0.5, layout.bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    return;
  }
  ctx.fillStyle = event.kind === 'gap' ? palette.status[NODATA] : palette.text;
  ctx.fillRect(from, y + 18, Math.max(2, to - from), 2);
  ctx.fillRect(from, y + 15, 1, 5);
  ctx.fillRect(Math.max(from + 1, to - 1), y + 15, 1, 5);
}

/** Right or left of its instant, then the short form, then none: no label touches another. */
function drawLabel(scene: Scene, { event, from, to }: Placed, busy: (readonly [number, number])[]) {
  const { ctx, palette, layout } = scene;
  const line = event.kind === 'restart';
  const right = layout.left + layout.plotWidth;
  ctx.font = font(scene, 11, 500);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const free = (x: number, width: number) =>
    x >= layout.left &&
    x + width <= right &&
    !busy.some(([a, z]) => !(line && a === from - 2) && x < z + 8 && x + width > a - 8);
  for (const text of [event.text, event.short]) {
    const { width } = ctx.measureText(text);
    const spots = line ? [from + 6, from - 6 - width] : [from, to - width];
    const x = spots.find((spot) => free(spot, width));
    if (x === undefined) continue;
    busy.push([x, x + width]);
    ctx.fillStyle = line ? palette.link : event.kind === 'gap' ? palette.quiet : palette.text;
    ctx.fillText(text, x, layout.top - LANE + 8);
    return;
  }
}
