/** What follows the pointer or the focus: the row, the cross-hair, the time on the axis, the selection. */
import { clock } from '../../fleet/time-text';
import type { Cursor } from '../timeline';
import { AXIS, DETAIL_FROM, xOf } from '../viewport';
import { fitted, font, type Scene } from './scene';

export interface OverlayState {
  readonly cursor: Cursor | null;
  /** By the keyboard: a ring is drawn. */
  readonly focused: boolean;
  readonly selection: readonly [number, number] | null;
  /** The drawing below, of which the focused cell is shown again inside its ring. */
  readonly lower: HTMLCanvasElement;
}

export function drawOverlay(scene: Scene, state: OverlayState): void {
  if (state.selection !== null) drawSelection(scene, state.selection);
  if (state.cursor === null || state.cursor.row >= scene.rows.length) return;
  const { ctx, palette, layout, rowHeight, scroll } = scene;
  const y = layout.top + state.cursor.row * rowHeight - scroll;
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, layout.top - 4, layout.width, layout.plotHeight + 8);
  ctx.clip();
  ctx.fillStyle = palette.text;
  ctx.globalAlpha = 0.07;
  ctx.fillRect(0, y, layout.left + layout.plotWidth, rowHeight);
  ctx.globalAlpha = 1;
  if (rowHeight < DETAIL_FROM) drawName(scene, state.cursor, y);
  ctx.restore();
  drawCrossHair(scene, state.cursor);
  if (state.focused) drawRing(scene, state, y);
}

function drawSelection({ ctx, palette, layout }: Scene, [a, z]: readonly [number, number]): void {
  ctx.fillStyle = palette.link;
  ctx.globalAlpha = 0.16;
  ctx.fillRect(Math.min(a, z), layout.top, Math.abs(z - a), layout.plotHeight);
  ctx.globalAlpha = 1;
  for (const x of [a, z]) ctx.fillRect(x, layout.top, 1, layout.plotHeight);
}

function drawCrossHair(scene: Scene, { time }: Cursor): void {
  const { ctx, palette, layout, window, fleet, zone } = scene;
  if (time < window.from || time > window.to) return;
  const x = xOf(time, window, layout);
  ctx.fillStyle = palette.text;
  ctx.globalAlpha = 0.55;
  for (let y = layout.top; y < layout.bottom; y += 5) ctx.fillRect(Math.round(x), y, 1, 3);
  ctx.globalAlpha = 1;
  const text = clock(fleet.startMs + time, zone);
  ctx.font = font(scene, 11, 500);
  const width = ctx.measureText(text).width + 12;
  const left = Math.max(layout.left, Math.min(layout.width - width - 8, x - width / 2));
  const top = layout.height - AXIS + 3;
  ctx.fillStyle = palette.text;
  ctx.beginPath();
  ctx.roundRect(left, top, width, 17, 3);
  ctx.fill();
  ctx.fillStyle = palette.panel;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(text, left + width / 2, top + 9);
}

/** Where rows are too low for names, the one under the pointer is named. */
function drawName(scene: Scene, cursor: Cursor, y: number): void {
  const { ctx, palette, layout, rowHeight, fleet } = scene;
  const row = scene.rows[cursor.row];
  if (typeof row !== 'number') return;
  ctx.strokeStyle = palette.text;
  ctx.lineWidth = 1;
  ctx.strokeRect(layout.left - 0.5, y - 1, layout.plotWidth, Math.max(3, rowHeight + 1));
  ctx.font = font(scene, 12, 500);
  const name = fitted(ctx, fleet.minions[row].id, layout.gutter - 44);
  const width = ctx.measureText(name).width + 14;
  const top = Math.max(layout.top, Math.min(layout.bottom - 20, y - 9));
  const left = layout.gutter - 24 - width;
  ctx.fillStyle = palette.raised;
  ctx.strokeStyle = palette.border;
  ctx.beginPath();
  ctx.roundRect(left, top, width, 20, 4);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = palette.strongest;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillText(name, left + 7, top + 10.5);
}

/** Link colour on a rim of panel colour, so that it stands on any status. */
function drawRing(scene: Scene, { cursor, lower }: OverlayState, y: number): void {
  const { ctx, palette, layout, rowHeight, window, ratio } = scene;
  if (cursor === null) return;
  const height = Math.max(6, rowHeight) - 2;
  for (const [colour, width] of [
    [palette.panel, 5],
    [palette.link, 2],
  ] as const) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.strokeRect(2, y + 1, layout.left + layout.plotWidth - 4, height);
  }
  if (rowHeight < DETAIL_FROM) return;
  const x = Math.round(xOf(cursor.time, window, layout));
  ctx.fillStyle = palette.panel;
  ctx.fillRect(x - 5, y - 1, 11, rowHeight + 2);
  const from = [(x - 4) * ratio, y * ratio, 9 * ratio, rowHeight * ratio] as const;
  ctx.drawImage(lower, ...from, x - 4, y, 9, rowHeight);
  ctx.strokeStyle = palette.link;
  ctx.lineWidth = 2;
  ctx.strokeRect(x - 4, y, 9, rowHeight);
}
