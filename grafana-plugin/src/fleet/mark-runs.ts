/** Marks of one row as they are drawn: neighbours that would touch become one. */
import { CONNECT, DISCONNECT, DROP, type Fleet } from './fleet';

/** A connect this close behind its disconnect, in pixels, is part of that mark. */
const FLAP_PX = 9;
/** Marks closer than this lose their triangle. */
const CLOSE_PX = 6;
/** Drops closer than this become one bar. */
const DROP_RUN_PX = 40;

export interface LinkMark {
  readonly x: number;
  readonly kind: typeof CONNECT | typeof DISCONNECT;
  readonly triangle: boolean;
}

export interface DropRun {
  readonly from: number;
  readonly to: number;
  readonly messages: number;
}

export interface RowMarks {
  readonly links: readonly LinkMark[];
  readonly drops: readonly DropRun[];
}

/** `toX` turns a time of the range into a pixel of a row that is `width` wide. */
export function marksOfRow(
  fleet: Fleet,
  i: number,
  { toX, width }: { toX: (time: number) => number; width: number },
): RowMarks {
  const { row, at, kind, count } = fleet.marks;
  const links: LinkMark[] = [];
  const drops: { from: number; to: number; messages: number }[] = [];
  let lastX = Number.NEGATIVE_INFINITY;
  let lastDisconnect = Number.NEGATIVE_INFINITY;
  for (let k = row[i]; k < row[i + 1]; k++) {
    const x = toX(at[k]);
    if (x < -2 || x > width + 2) continue;
    if (kind[k] === DROP) {
      const run = drops.at(-1);
      if (run !== undefined && x - run.to <= DROP_RUN_PX) {
        run.to = x;
        run.messages += count[k];
      } else drops.push({ from: x, to: x, messages: count[k] });
    } else if (kind[k] === DISCONNECT) {
      links.push({ x, kind: DISCONNECT, triangle: x - lastX >= CLOSE_PX });
      lastX = x;
      lastDisconnect = x;
    } else if (x - lastDisconnect >= FLAP_PX) {
      links.push({ x, kind: CONNECT, triangle: x - lastX >= CLOSE_PX });
    }
  }
  return { links, drops };
}
