/** What stands left of the rows: swatch, id, flaps, drops; heads of groups; strips beside dense rows. */
import { seek } from '../../fleet/fleet';
import type { Group } from '../../fleet/order';
import { ABSENT, isAnonymous, isNotOk, NODATA, OK, SLOW, STATUS_NAMES } from '../../fleet/statuses';
import { count } from '../../fleet/time-text';
import { mix } from '../../look/colour';
import { fillStatus } from '../../look/status-fill';
import { fitted, font, type Scene } from './scene';

export const SWATCH_WIDTH = 18;
export const SWATCH_HEIGHT = 12;
const NAME_X = 24;
/** Right edges of the columns, from the rows' left edge. */
const FLAPS_X = 66;
const DROPPED_X = 10;
const COLUMNS = 112;

/** `–` is a known zero, `?` is not known. */
function figure(value: number | null): string {
  if (value === null) return '?';
  return value === 0 ? '–' : count(value);
}

export function drawRowHead(scene: Scene, i: number, y: number): void {
  const { ctx, palette, layout, rowHeight } = scene;
  const minion = scene.fleet.minions[i];
  const middle = y + rowHeight / 2 + 0.5;
  const box = { x: 0, y: y + (rowHeight - SWATCH_HEIGHT) / 2, width: SWATCH_WIDTH };
  fillStatus(scene, minion.now, { ...box, height: SWATCH_HEIGHT });
  if (minion.now === NODATA || isAnonymous(minion.now)) {
    ctx.strokeStyle = palette.status[minion.now];
    ctx.lineWidth = 1;
    ctx.strokeRect(0.5, Math.round(box.y) + 0.5, SWATCH_WIDTH - 1, SWATCH_HEIGHT - 1);
  }
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.font = font(scene, 12);
  ctx.fillStyle = minion.now >= SLOW ? palette.strongest : palette.text;
  const name = minion.id.slice(0, minion.id.length - scene.suffix.length);
  const room = layout.gutter - NAME_X - (layout.columns ? COLUMNS : 8);
  ctx.fillText(fitted(ctx, name, room), NAME_X, middle);
  if (!layout.columns) return;
  const anonymous = isAnonymous(minion.now);
  const flaps = anonymous ? null : minion.flaps;
  const dropped = anonymous ? null : minion.dropped;
  ctx.textAlign = 'right';
  ctx.fillStyle = flaps ? palette.text : palette.quiet;
  ctx.fillText(figure(flaps), layout.gutter - FLAPS_X, middle);
  ctx.fillStyle = dropped ? palette.strongest : palette.quiet;
  if (dropped) ctx.font = font(scene, 12, 500);
  ctx.fillText(figure(dropped), layout.gutter - DROPPED_X, middle);
}

export function drawColumnHeads(scene: Scene): void {
  const { ctx, palette, layout } = scene;
  if (!layout.columns) return;
  const detail = scene.rowHeight >= 9;
  const y = layout.top - 8;
  ctx.font = font(scene, 11);
  ctx.fillStyle = palette.quiet;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const grouped = scene.groups.length > 0;
  ctx.fillText(detail ? 'minion, status now' : grouped ? 'group, not ok now' : 'now', 0, y);
  if (!detail) return;
  ctx.textAlign = 'right';
  ctx.fillText('flaps', layout.gutter - FLAPS_X, y);
  ctx.fillText('dropped', layout.gutter - DROPPED_X, y);
}

export function drawGroupHead(scene: Scene, group: Group, y: number): void {
  const { ctx, palette, layout, rowHeight, fleet } = scene;
  const members = group.minions.map((i) => fleet.minions[i]);
  const bad = members.filter((one) => isNotOk(one.now)).length;
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const flaps = sum(members.map((one) => one.flaps));
  const dropped = sum(members.map((one) => one.dropped));
  const middle = y + rowHeight / 2;
  ctx.fillStyle = palette.raised;
  ctx.fillRect(0, y, layout.left + layout.plotWidth, rowHeight - 1);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.font = font(scene, 12, 500);
  ctx.fillStyle = palette.strongest;
  const name = fitted(ctx, group.name === '' ? 'without' : group.name, layout.gutter - 150);
  ctx.fillText(name, 4, middle);
  const after = 12 + ctx.measureText(name).width;
  ctx.font = font(scene, 12);
  ctx.fillStyle = palette.quiet;
  ctx.fillText(`${count(members.length)}${bad > 0 ? `, ${count(bad)} not ok` : ''}`, after, middle);
  if (layout.columns) {
    ctx.textAlign = 'right';
    ctx.fillStyle = flaps > 0 ? palette.text : palette.quiet;
    ctx.fillText(figure(flaps), layout.gutter - FLAPS_X, middle);
    ctx.fillStyle = dropped > 0 ? palette.strongest : palette.quiet;
    ctx.fillText(figure(dropped), layout.gutter - DROPPED_X, middle);
  }
  drawGroupCurve(scene, group, y);
}

/** The group's own curve: share of its minions that are not ok, in the colour of the worst. */
function drawGroupCurve(scene: Scene, group: Group, y: number): void {
  const { ctx, palette, layout, rowHeight, fleet, window } = scene;
  const width = Math.floor(layout.plotWidth);
  const scale = width / (window.to - window.from);
  const held = new Float32Array(width);
  const worst = new Uint8Array(width);
  const { row, start, status } = fleet.segments;
  for (const i of group.minions) {
    for (let k = seek(fleet.segments, i, window.from); k < row[i + 1]; k++) {
      const a = Math.max(0, (start[k] - window.from) * scale);
      if (a >= width) break;
      if (!isNotOk(status[k])) continue;
      const until = k + 1 < row[i + 1] ? start[k + 1] : fleet.span;
      const z = Math.min(width, (until - window.from) * scale);
      for (let x = a | 0; x < z; x++) {
        held[x] += Math.max(0.34, Math.min(z, x + 1) - Math.max(a, x));
        if (status[k] > worst[x]) worst[x] = status[k];
      }
    }
  }
  for (let x = 0; x < width; x++) {
    if (worst[x] === OK) continue;
    const height = Math.max(2, Math.min(1, held[x] / group.minions.length) * (rowHeight - 5));
    ctx.fillStyle = palette.status[worst[x]];
    ctx.fillRect(layout.left + x, y + rowHeight - 2 - height, 1, height);
  }
}

/** Beside rows that are too low for names: the present status as a strip, and who that is. */
export function drawDenseGutter(scene: Scene): void {
  const { ctx, layout } = scene;
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, layout.top, layout.gutter, layout.plotHeight);
  ctx.clip();
  drawStrip(scene);
  if (layout.columns) {
    if (scene.groups.length > 0) drawBrackets(scene);
    else drawStatusRuns(scene);
  }
  ctx.restore();
}

function drawStrip({ ctx, palette, layout, order, rowHeight, scroll, fleet }: Scene): void {
  const step = rowHeight >= 1 ? 1 : Math.ceil(1 / rowHeight);
  const first = Math.floor(scroll / rowHeight);
  const last = Math.min(order.length, Math.ceil((scroll + layout.plotHeight) / rowHeight));
  const height = Math.max(1, rowHeight * step - (rowHeight >= 3 ? 1 : 0));
  for (let q = first; q < last; q += step) {
    let worst = OK;
    for (let k = q; k < Math.min(last, q + step); k++) {
      worst = Math.max(worst, fleet.minions[order[k]].now);
    }
    const quiet = mix(palette.okField, palette.status[OK], 0.25);
    ctx.fillStyle = worst === OK ? quiet : palette.status[worst];
    ctx.fillRect(layout.gutter - 14, layout.top + q * rowHeight - scroll, 8, height);
  }
}

/** Groups as brackets; those too low for a name are counted in one line. */
function drawBrackets(scene: Scene): void {
  const { ctx, palette, layout, groups, rowHeight, scroll, fleet } = scene;
  let first = 0;
  let freeY = Number.NEGATIVE_INFINITY;
  const small = { y: 0, groups: 0, minions: 0 };
  for (const { name, minions } of groups) {
    const from = Math.max(layout.top, layout.top + first * rowHeight - scroll) + 0.5;
    first += minions.length;
    const to = Math.min(layout.bottom, layout.top + first * rowHeight - scroll) - 1;
    if (to < layout.top || from > layout.bottom) continue;
    if (to - from >= 3) {
      ctx.fillStyle = palette.border;
      ctx.fillRect(layout.gutter - 20, from, 1, Math.max(1, to - from));
      ctx.fillRect(layout.gutter - 20, from, 4, 1);
    }
    if (to - from < 13) {
      if (small.groups === 0) small.y = from;
      small.groups += 1;
      small.minions += minions.length;
      continue;
    }
    const y = Math.min(to - 6, from + 8);
    if (y - freeY < 14) continue;
    freeY = y;
    const bad = minions.filter((i) => isNotOk(fleet.minions[i].now)).length;
    const figures = bad > 0 ? `${count(bad)} of ${count(minions.length)}` : count(minions.length);
    line(scene, y, { name: name === '' ? 'without' : name, figures, loud: bad > 0 });
  }
  if (small.groups > 0) {
    const y = Math.max(small.y + 9, freeY + 15);
    const name = `${count(small.groups)} smaller groups`;
    line(scene, y, { name, figures: count(small.minions), loud: false });
  }
}

function line(
  scene: Scene,
  y: number,
  { name, figures, loud }: { name: string; figures: string; loud: boolean },
): void {
  const { ctx, palette, layout } = scene;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  ctx.font = font(scene, 12);
  ctx.fillStyle = loud ? palette.text : palette.quiet;
  ctx.fillText(figures, layout.gutter - 28, y);
  const room = layout.gutter - 40 - ctx.measureText(figures).width;
  ctx.textAlign = 'left';
  ctx.font = font(scene, 12, loud ? 500 : 400);
  ctx.fillText(fitted(ctx, name, room), 0, y);
}

/** Without groups: where one status ends and the next begins, while the order makes such runs. */
function drawStatusRuns(scene: Scene): void {
  const { ctx, palette, layout, order, rowHeight, scroll } = scene;
  const runs: { from: number; code: number }[] = [];
  const first = Math.floor(scroll / rowHeight);
  const last = Math.min(order.length, Math.ceil((scroll + layout.plotHeight) / rowHeight));
  for (let q = first; q < last; q++) {
    const code = scene.fleet.minions[order[q]].now;
    if (runs.at(-1)?.code !== code) runs.push({ from: q, code });
  }
  if (runs.length >= 40) return;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  ctx.font = font(scene, 12);
  let freeY = Number.NEGATIVE_INFINITY;
  for (const [k, { from, code }] of runs.entries()) {
    const until = runs[k + 1]?.from ?? order.length;
    const y = Math.max(layout.top, layout.top + from * rowHeight - scroll);
    const middle = Math.max(y + 7, freeY + 14);
    if (middle > layout.bottom - 4 || middle - y > 60) continue;
    freeY = middle;
    ctx.strokeStyle = palette.border;
    ctx.beginPath();
    ctx.moveTo(layout.gutter - 16, y + 0.5);
    ctx.lineTo(layout.gutter - 22, y + 0.5);
    ctx.lineTo(layout.gutter - 30, middle);
    ctx.lineTo(layout.gutter - 34, middle);
    ctx.stroke();
    ctx.fillStyle = code >= SLOW && code <= ABSENT ? palette.text : palette.quiet;
    ctx.fillText(`${STATUS_NAMES[code]}  ${count(until - from)}`, layout.gutter - 38, middle);
  }
}
