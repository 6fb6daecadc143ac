/** Which part of the fleet is seen: the window in time, the scroll in rows, and the geometry that follows. */
import type { Window } from '../fleet/fold';

export type Density = 'detail' | 'compact' | 'fit';

/** CSS pixels. */
export const OVERVIEW = 52;
export const OVERVIEW_NARROW = 44;
export const LANE = 22;
export const AXIS = 22;
export const GUTTER = 268;
export const GUTTER_NARROW = 236;
export const GUTTER_PHONE = 122;
/** Room of the scroll bar. */
export const RIGHT = 8;
const ROW = 20;
const ROW_FEW = 22;
const ROW_ONE = 64;
const ROW_COMPACT = 3;
const ROW_COMPACT_LOW = 2;
/** Rows of at least this height are drawn in detail. */
export const DETAIL_FROM = 9;
/** No window is shorter: below it a pixel is less than the exporter can tell apart. */
const SHORTEST_MS = 20_000;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly gutter: number;
  /** Columns of flaps and drops fit. */
  readonly columns: boolean;
  readonly overview: number;
  /** Where the rows begin and end. */
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly plotWidth: number;
  readonly plotHeight: number;
}

export function layoutOf({ width, height }: Size): Layout {
  const gutter = width < 480 ? GUTTER_PHONE : width < 900 ? GUTTER_NARROW : GUTTER;
  const roomy = height >= 260;
  const overview = roomy ? (height < 480 ? OVERVIEW_NARROW : OVERVIEW) : 0;
  const top = overview + (overview > 0 ? 4 : 0) + LANE;
  const bottom = Math.max(top + 10, height - AXIS);
  return {
    width,
    height,
    gutter,
    columns: gutter > GUTTER_PHONE,
    overview,
    top,
    bottom,
    left: gutter,
    plotWidth: Math.max(20, width - gutter - RIGHT),
    plotHeight: bottom - top,
  };
}

/** The density that shows a fleet of this size best before anybody chose. */
export function densityFor(rows: number, layout: Layout): Density {
  if (rows * ROW <= layout.plotHeight * 14) return 'detail';
  return rows * ROW_COMPACT <= layout.plotHeight * 4 ? 'compact' : 'fit';
}

export function rowHeightOf(density: Density, rows: number, layout: Layout): number {
  const detail = rows === 1 ? ROW_ONE : rows <= 50 ? ROW_FEW : ROW;
  if (density === 'detail') return detail;
  if (density === 'fit') return Math.min(detail, layout.plotHeight / Math.max(1, rows));
  return layout.height < 200 ? ROW_COMPACT_LOW : ROW_COMPACT;
}

export function maxScroll(rows: number, rowHeight: number, layout: Layout): number {
  return Math.max(0, rows * rowHeight - layout.plotHeight);
}

export function xOf(time: number, window: Window, layout: Layout): number {
  return layout.left + ((time - window.from) / (window.to - window.from)) * layout.plotWidth;
}

export function timeAt(x: number, window: Window, layout: Layout): number {
  return window.from + ((x - layout.left) / layout.plotWidth) * (window.to - window.from);
}

/** Moved into the range, its length kept if it fits. */
export function clampWindow(window: Window, span: number): Window {
  const shortest = Math.min(span, SHORTEST_MS);
  const length = Math.max(shortest, Math.min(span, window.to - window.from));
  const from = Math.max(0, Math.min(span - length, window.from));
  return { from, to: from + length };
}

/** `factor` < 1 zooms in; what is at `centre` stays where it is. */
export function zoomWindow(
  window: Window,
  span: number,
  { factor, centre }: { factor: number; centre: number },
): Window {
  const length = window.to - window.from;
  const next = Math.max(Math.min(span, SHORTEST_MS), Math.min(span, length * factor));
  const from = centre - ((centre - window.from) * next) / length;
  return clampWindow({ from, to: from + next }, span);
}

export function panWindow(window: Window, span: number, by: number): Window {
  return clampWindow({ from: window.from + by, to: window.to + by }, span);
}
