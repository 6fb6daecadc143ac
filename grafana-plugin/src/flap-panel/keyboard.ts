/** Keys of the timeline. */
import { changesOf } from '../fleet/inspect';
import type { Cursor, Timeline } from './timeline';

export interface KeyWishes {
  onOpen(row: number): void;
  onTable(): void;
  onSearch(): void;
}

interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
}

/** Pixels per press of an arrow, and ten times as many with Shift. */
const STEP_PX = 4;
const ZOOM_IN = 0.6;

function startOf(timeline: Timeline): Cursor {
  const { from, to } = timeline.window;
  return { row: Math.floor(timeline.scroll / timeline.rowHeight), time: to - (to - from) / 4 };
}

function changeFrom(timeline: Timeline, { row, time }: Cursor, forward: boolean): Cursor | null {
  const minion = timeline.rows[row];
  if (typeof minion !== 'number' || timeline.fleet === undefined) return null;
  const changes = changesOf(timeline.fleet, minion);
  const next = forward
    ? changes.find((at) => at > time + 1)
    : changes.reverse().find((at) => at < time - 1);
  return next === undefined ? null : { row, time: next };
}

function moved(timeline: Timeline, at: Cursor, { key, shiftKey }: KeyPress): Cursor | null {
  const { from, to } = timeline.window;
  const { plotWidth, plotHeight } = timeline.layout;
  const step = ((to - from) / plotWidth) * STEP_PX * (shiftKey ? 10 : 1);
  const page = Math.max(1, Math.floor(plotHeight / timeline.rowHeight) - 1);
  switch (key) {
    case 'ArrowDown':
      return { ...at, row: at.row + 1 };
    case 'ArrowUp':
      return { ...at, row: at.row - 1 };
    case 'PageDown':
      return { ...at, row: at.row + page };
    case 'PageUp':
      return { ...at, row: at.row - page };
    case 'ArrowRight':
      return { ...at, time: at.time + step };
    case 'ArrowLeft':
      return { ...at, time: at.time - step };
    case 'Home':
      return { ...at, time: from };
    case 'End':
      return { ...at, time: to };
    case ']':
    case '[':
      return changeFrom(timeline, at, key === ']') ?? at;
    default:
      return null;
  }
}

/** Acts on a key; false = it is none of ours. */
export function pressKey(timeline: Timeline, press: KeyPress, wishes: KeyWishes): boolean {
  const at = timeline.focus ?? startOf(timeline);
  const next = moved(timeline, at, press);
  if (next !== null) {
    timeline.setFocus(next);
    return true;
  }
  switch (press.key) {
    case '+':
    case '=':
      timeline.zoom(ZOOM_IN, at.time);
      return true;
    case '-':
      timeline.zoom(1 / ZOOM_IN, at.time);
      return true;
    case '0':
      timeline.setWindow({ from: 0, to: timeline.fleet?.span ?? 1 });
      return true;
    case 'Enter':
      wishes.onOpen(at.row);
      return true;
    case 'Escape':
      timeline.setFocus(null);
      return true;
    case 't':
    case 'T':
      wishes.onTable();
      return true;
    case '/':
      wishes.onSearch();
      return true;
    default:
      return false;
  }
}
