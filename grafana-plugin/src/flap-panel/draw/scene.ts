/** All that one drawing is made from. */
import type { Fleet } from '../../fleet/fleet';
import type { Window } from '../../fleet/fold';
import type { Group } from '../../fleet/order';
import type { ZoneOffset } from '../../fleet/time-text';
import type { Brush } from '../../look/status-fill';
import type { Layout } from '../viewport';

/** A row: a minion by its index, or the head of a group. */
export type Row = number | Group;

export interface Scene extends Brush {
  readonly fleet: Fleet;
  readonly rows: readonly Row[];
  readonly groups: readonly Group[];
  /** Minions without the heads of groups. */
  readonly order: readonly number[];
  readonly window: Window;
  readonly scroll: number;
  readonly rowHeight: number;
  readonly layout: Layout;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly zone: ZoneOffset;
  /** What all ids end with: not written in the rows. */
  readonly suffix: string;
}

export function font(scene: Brush, size: number, weight = 400): string {
  return `${weight} ${size}px ${scene.palette.font}`;
}

/** Cut at the end so that it is no wider than `room`. */
export function fitted(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}
