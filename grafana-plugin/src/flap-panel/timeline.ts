/**
 * The timeline on its two canvases: what is drawn stays on the lower one, what moves with the
 * pointer is on the upper one, so that moving the pointer draws no row. Knows nothing of React.
 */
import type { Fleet } from '../fleet/fleet';
import type { Window } from '../fleet/fold';
import { type Inspection, inspect } from '../fleet/inspect';
import { type Order, type OrderWishes, orderFleet, sharedSuffix } from '../fleet/order';
import type { ZoneOffset } from '../fleet/time-text';
import type { Palette } from '../look/palette';
import { makeFills, type StatusFills } from '../look/status-fill';
import { DenseRows } from './draw/dense';
import { drawDetail } from './draw/detail';
import { drawAxis, drawEvents, drawGrid, drawScrollBar } from './draw/frame';
import { drawColumnHeads } from './draw/gutter';
import { drawOverlay } from './draw/overlay';
import { Overview } from './draw/overview';
import type { Row, Scene } from './draw/scene';
import {
  clampWindow,
  DETAIL_FROM,
  type Density,
  densityFor,
  type Layout,
  layoutOf,
  maxScroll,
  panWindow,
  rowHeightOf,
  type Size,
  timeAt,
  zoomWindow,
} from './viewport';

/** A row and a time on it. */
export interface Cursor {
  readonly row: number;
  readonly time: number;
}

export interface TimelineInput {
  readonly fleet: Fleet;
  readonly wishes: OrderWishes;
  /** null = the one that shows this many rows best. */
  readonly density: Density | null;
  readonly palette: Palette;
  readonly zone: ZoneOffset;
  readonly size: Size;
}

export interface TimelineEvents {
  /** The view, the order or the density in force changed. */
  onView(view: { readonly window: Window; readonly density: Density; readonly order: Order }): void;
  /** Pointer or focus moved; null = it left. */
  onCursor(cursor: Cursor | null, by: 'pointer' | 'keyboard'): void;
}

const MAX_RATIO = 2;

export class Timeline {
  readonly #lower: HTMLCanvasElement;
  readonly #upper: HTMLCanvasElement;
  readonly #events: TimelineEvents;
  #input: TimelineInput | undefined;
  #layout: Layout = layoutOf({ width: 0, height: 0 });
  #ratio = 1;
  #fills: StatusFills | undefined;
  #overview = new Overview();
  #dense: DenseRows | undefined;
  #order: Order = { minions: [], groups: [] };
  #rows: readonly Row[] = [];
  #suffix = '';
  #window: Window = { from: 0, to: 1 };
  #scroll = 0;
  #frame = 0;
  #hover: Cursor | null = null;
  #focus: Cursor | null = null;
  #selection: readonly [number, number] | null = null;

  constructor(
    canvases: { readonly lower: HTMLCanvasElement; readonly upper: HTMLCanvasElement },
    events: TimelineEvents,
  ) {
    this.#lower = canvases.lower;
    this.#upper = canvases.upper;
    this.#events = events;
  }

  /** Takes new data, wishes, looks or size; draws at once. */
  update(input: TimelineInput): void {
    const before = this.#input;
    this.#input = input;
    const ratio = Math.min(MAX_RATIO, globalThis.devicePixelRatio || 1);
    const resized =
      before?.size.width !== input.size.width || before.size.height !== input.size.height;
    if (resized || ratio !== this.#ratio) this.#resize(input.size, ratio);
    if (resized || before?.palette !== input.palette) {
      this.#fills = undefined;
      this.#dense = undefined;
    }
    const reloaded = before?.fleet !== input.fleet;
    if (reloaded || resized || before?.palette !== input.palette) this.#overview = new Overview();
    if (reloaded) this.#keepWindow(before?.fleet, input.fleet);
    const reordered = before?.wishes !== input.wishes || before?.density !== input.density;
    if (reloaded || reordered || resized) this.#reorder(reordered && !reloaded);
    this.draw();
  }

  /** A window that is not the whole range stays where it is in time when newer data come. */
  #keepWindow(before: Fleet | undefined, fleet: Fleet): void {
    const whole = before === undefined || this.#window.to - this.#window.from >= before.span - 1;
    if (whole) {
      this.#window = { from: 0, to: fleet.span };
      return;
    }
    const shift = before.startMs - fleet.startMs;
    const { from, to } = this.#window;
    this.#window = clampWindow({ from: from + shift, to: to + shift }, fleet.span);
  }

  #resize(size: Size, ratio: number): void {
    this.#ratio = ratio;
    this.#layout = layoutOf(size);
    for (const canvas of [this.#lower, this.#upper]) {
      canvas.width = Math.round(size.width * ratio);
      canvas.height = Math.round(size.height * ratio);
    }
  }

  #reorder(toTop: boolean): void {
    const input = this.#input;
    if (input === undefined) return;
    this.#order = orderFleet(input.fleet, input.wishes);
    this.#suffix = sharedSuffix(input.fleet.minions);
    const heads = this.density === 'detail';
    const { groups, minions } = this.#order;
    this.#rows =
      groups.length > 0 && heads
        ? groups.flatMap((group): Row[] => [group, ...group.minions])
        : minions;
    if (toTop) this.#scroll = 0;
    this.#scroll = Math.min(this.#scroll, this.maxScroll);
    this.#tell();
  }

  get layout(): Layout {
    return this.#layout;
  }

  get window(): Window {
    return this.#window;
  }

  get order(): Order {
    return this.#order;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get fleet(): Fleet | undefined {
    return this.#input?.fleet;
  }

  get scroll(): number {
    return this.#scroll;
  }

  get focus(): Cursor | null {
    return this.#focus;
  }

  get density(): Density {
    const chosen = this.#input?.density ?? null;
    return chosen ?? densityFor(this.#order.minions.length, this.#layout);
  }

  get rowHeight(): number {
    const height = rowHeightOf(this.density, this.#rows.length, this.#layout);
    return Math.max(Number.EPSILON, height);
  }

  get maxScroll(): number {
    return maxScroll(this.#rows.length, this.rowHeight, this.#layout);
  }

  #tell(): void {
    this.#events.onView({ window: this.#window, density: this.density, order: this.#order });
  }

  #scene(ctx: CanvasRenderingContext2D, input: TimelineInput): Scene {
    this.#fills ??= makeFills(ctx, input.palette, this.#ratio);
    return {
      ctx,
      palette: input.palette,
      fills: this.#fills,
      fleet: input.fleet,
      rows: this.#rows,
      groups: this.#order.groups,
      order: this.#order.minions,
      window: this.#window,
      scroll: this.#scroll,
      rowHeight: this.rowHeight,
      layout: this.#layout,
      ratio: this.#ratio,
      zone: input.zone,
      suffix: this.#suffix,
    };
  }

  /** Both canvases, now. */
  draw(): void {
    const ctx = this.#lower.getContext('2d');
    const input = this.#input;
    if (ctx === null || input === undefined || this.#layout.width === 0) return;
    ctx.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    ctx.clearRect(0, 0, this.#layout.width, this.#layout.height);
    const scene = this.#scene(ctx, input);
    this.#overview.draw(scene);
    if (scene.rowHeight >= DETAIL_FROM) {
      drawGrid(scene);
      drawDetail(scene);
    } else {
      this.#dense ??= new DenseRows(input.palette);
      this.#dense.draw(scene);
    }
    drawColumnHeads(scene);
    drawEvents(scene);
    drawAxis(scene);
    drawScrollBar(scene);
    this.drawOverlay();
  }

  drawOverlay(): void {
    const ctx = this.#upper.getContext('2d');
    const input = this.#input;
    if (ctx === null || input === undefined || this.#layout.width === 0) return;
    ctx.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    ctx.clearRect(0, 0, this.#layout.width, this.#layout.height);
    drawOverlay(this.#scene(ctx, input), {
      cursor: this.#hover ?? this.#focus,
      focused: this.#hover === null && this.#focus !== null,
      selection: this.#selection,
      lower: this.#lower,
    });
  }

  #changed(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
      this.#tell();
    });
  }

  setWindow(window: Window): void {
    this.#window = clampWindow(window, this.#input?.fleet.span ?? 1);
    this.#changed();
  }

  zoom(factor: number, centre: number): void {
    this.setWindow(zoomWindow(this.#window, this.#input?.fleet.span ?? 1, { factor, centre }));
  }

  pan(by: number): void {
    this.setWindow(panWindow(this.#window, this.#input?.fleet.span ?? 1, by));
  }

  setScroll(scroll: number): void {
    this.#scroll = Math.max(0, Math.min(this.maxScroll, scroll));
    this.#changed();
  }

  select(selection: readonly [number, number] | null): void {
    this.#selection = selection;
    this.drawOverlay();
  }

  /** What lies at a point of the canvas; null outside the rows. */
  hit(x: number, y: number): Cursor | null {
    const { top, bottom, width, left } = this.#layout;
    if (x < 0 || x > width || y < top || y >= bottom) return null;
    const row = Math.floor((y - top + this.#scroll) / this.rowHeight);
    if (row < 0 || row >= this.#rows.length) return null;
    const { from, to } = this.#window;
    const time = x < left ? to : timeAt(x, this.#window, this.#layout);
    return { row, time: Math.max(from, Math.min(to, time)) };
  }

  setHover(hover: Cursor | null): void {
    this.#hover = hover;
    this.drawOverlay();
    this.#events.onCursor(hover ?? this.#focus, 'pointer');
  }

  /** Moves the focus into the rows and into sight. */
  setFocus(focus: Cursor | null): void {
    this.#hover = null;
    const span = this.#input?.fleet.span ?? 1;
    this.#focus =
      focus === null
        ? null
        : {
            row: Math.max(0, Math.min(this.#rows.length - 1, focus.row)),
            time: Math.max(0, Math.min(span, focus.time)),
          };
    if (this.#focus !== null) this.#reveal(this.#focus);
    this.drawOverlay();
    this.#events.onCursor(this.#focus, 'keyboard');
  }

  #reveal({ row, time }: Cursor): void {
    if (time < this.#window.from) this.pan(time - this.#window.from);
    if (time > this.#window.to) this.pan(time - this.#window.to);
    const y = row * this.rowHeight;
    const room = this.#layout.plotHeight;
    if (y < this.#scroll) this.setScroll(y);
    if (y + this.rowHeight > this.#scroll + room) this.setScroll(y + this.rowHeight - room);
  }

  /** What stands there; undefined on the head of a group. */
  inspect(cursor: Cursor): Inspection | undefined {
    const fleet = this.#input?.fleet;
    const row = this.#rows[cursor.row];
    if (fleet === undefined || typeof row !== 'number') return undefined;
    const pixelMs = (this.#window.to - this.#window.from) / this.#layout.plotWidth;
    return inspect(fleet, row, { time: cursor.time, pixelMs });
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
  }
}
