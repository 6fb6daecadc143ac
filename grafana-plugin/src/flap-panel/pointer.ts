/** Pointer and wheel on the timeline: hover, selection of a time, pan, scroll, zoom, the overview's brush. */
import type { Timeline } from './timeline';
import { AXIS, timeAt } from './viewport';

export interface PointerWishes {
  /** A time range was drawn in the rows; milliseconds since 1970. */
  onSelectRange(fromMs: number, toMs: number): void;
  /** A row was clicked. */
  onChoose(row: number, time: number): void;
}

/** Pixels that a pointer may move and still have clicked. */
const CLICK_PX = 4;
const HANDLE_PX = 7;
/** Zoom per pixel of the wheel. */
const WHEEL_ZOOM = 0.0022;

type DragKind = 'select' | 'pan' | 'brush' | 'brush-from' | 'brush-to' | 'brush-new';

interface Drag {
  readonly kind: DragKind;
  readonly x: number;
  readonly y: number;
  readonly from: number;
  readonly to: number;
}

export class Pointer {
  readonly #timeline: Timeline;
  readonly #canvas: HTMLCanvasElement;
  readonly #wishes: PointerWishes;
  readonly #ended = new AbortController();
  #drag: Drag | null = null;
  #moved = false;

  constructor(timeline: Timeline, canvas: HTMLCanvasElement, wishes: PointerWishes) {
    this.#timeline = timeline;
    this.#canvas = canvas;
    this.#wishes = wishes;
    const { signal } = this.#ended;
    const listen = <K extends keyof HTMLElementEventMap>(
      kind: K,
      act: (event: HTMLElementEventMap[K]) => void,
    ) => canvas.addEventListener(kind, act, { signal, passive: false });
    listen('wheel', (event) => this.#wheel(event));
    listen('pointerdown', (event) => this.#down(event));
    listen('pointermove', (event) => this.#move(event));
    listen('pointerup', (event) => this.#up(event));
    listen('pointercancel', () => this.#cancel());
    listen('pointerleave', () => {
      if (this.#drag === null) this.#timeline.setHover(null);
    });
    listen('dblclick', (event) => {
      const { x } = this.#at(event);
      timelineZoomOut(this.#timeline, x);
    });
  }

  dispose(): void {
    this.#ended.abort();
  }

  #at(event: MouseEvent): { x: number; y: number } {
    const box = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** Inside a dashboard the page scrolls; the rows do while the panel has the focus. */
  #wheel(event: WheelEvent): void {
    const timeline = this.#timeline;
    const { x } = this.#at(event);
    const { left, plotWidth } = timeline.layout;
    const { from, to } = timeline.window;
    if (event.ctrlKey || event.metaKey) {
      const centre = timeAt(Math.max(left, x), timeline.window, timeline.layout);
      timeline.zoom(Math.exp(event.deltaY * WHEEL_ZOOM), centre);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      timeline.pan(((event.deltaX || event.deltaY) / plotWidth) * (to - from));
    } else if (document.activeElement === this.#canvas && timeline.maxScroll > 0) {
      timeline.setScroll(timeline.scroll + event.deltaY);
    } else return;
    event.preventDefault();
  }

  /** Where the brush begins and ends in the overview. */
  #brush(): { from: number; to: number; scale: number } {
    const { layout, window, fleet } = this.#timeline;
    const scale = layout.plotWidth / (fleet?.span ?? 1);
    return { from: layout.left + window.from * scale, to: layout.left + window.to * scale, scale };
  }

  #kindAt(x: number, y: number, shift: boolean): DragKind | null {
    const { layout } = this.#timeline;
    if (y < layout.overview) {
      if (x < layout.left - HANDLE_PX) return null;
      const { from, to } = this.#brush();
      if (Math.abs(x - from) < HANDLE_PX) return 'brush-from';
      if (Math.abs(x - to) < HANDLE_PX) return 'brush-to';
      const zoomed = to - from < layout.plotWidth - CLICK_PX;
      return zoomed && x > from && x < to ? 'brush' : 'brush-new';
    }
    if (y > layout.height - AXIS || shift) return 'pan';
    return 'select';
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { x, y } = this.#at(event);
    this.#canvas.focus({ preventScroll: true });
    const kind = this.#kindAt(x, y, event.shiftKey);
    if (kind === null) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#drag = { kind, x, y, ...this.#timeline.window };
    this.#moved = false;
  }

  #move(event: PointerEvent): void {
    const { x, y } = this.#at(event);
    if (this.#drag === null) {
      this.#timeline.setHover(this.#timeline.hit(x, y));
      this.#canvas.style.cursor = this.#cursorAt(x, y);
      return;
    }
    if (Math.abs(x - this.#drag.x) > CLICK_PX || Math.abs(y - this.#drag.y) > CLICK_PX) {
      this.#moved = true;
    }
    if (this.#moved) this.#dragTo(this.#drag, x);
  }

  #dragTo(drag: Drag, x: number): void {
    const timeline = this.#timeline;
    const { layout } = timeline;
    const { from, to } = drag;
    const { scale } = this.#brush();
    const by = (x - drag.x) / scale;
    const inOverview = (at: number) => (at - layout.left) / scale;
    if (drag.kind === 'select') {
      if (drag.x < layout.left) return;
      const right = layout.left + layout.plotWidth;
      timeline.setHover(null);
      timeline.select([drag.x, Math.max(layout.left, Math.min(right, x))]);
    } else if (drag.kind === 'pan') {
      const shift = ((x - drag.x) / layout.plotWidth) * (to - from);
      timeline.setWindow({ from: from - shift, to: to - shift });
    } else if (drag.kind === 'brush') timeline.setWindow({ from: from + by, to: to + by });
    else if (drag.kind === 'brush-from') timeline.setWindow({ from: from + by, to });
    else if (drag.kind === 'brush-to') timeline.setWindow({ from, to: to + by });
    else {
      const ends = [inOverview(drag.x), inOverview(x)].sort((a, b) => a - b);
      timeline.setWindow({ from: ends[0], to: ends[1] });
    }
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag;
    this.#cancel();
    if (drag === null) return;
    const { x, y } = this.#at(event);
    const timeline = this.#timeline;
    if (!this.#moved) {
      const hit = timeline.hit(x, y);
      if (drag.kind === 'select' && hit !== null) this.#wishes.onChoose(hit.row, hit.time);
      return;
    }
    if (drag.kind !== 'select' || drag.x < timeline.layout.left) return;
    const { left, plotWidth } = timeline.layout;
    const end = Math.max(left, Math.min(left + plotWidth, x));
    const times = [drag.x, end].map((at) => timeAt(at, timeline.window, timeline.layout));
    const startMs = timeline.fleet?.startMs ?? 0;
    this.#wishes.onSelectRange(startMs + Math.min(...times), startMs + Math.max(...times));
  }

  #cancel(): void {
    this.#drag = null;
    this.#timeline.select(null);
  }

  #cursorAt(x: number, y: number): string {
    const kind = this.#kindAt(x, y, false);
    if (kind === null) return 'default';
    if (kind === 'brush-from' || kind === 'brush-to' || kind === 'pan') return 'ew-resize';
    if (kind === 'brush') return 'grab';
    return x > this.#timeline.layout.left ? 'crosshair' : 'pointer';
  }
}

function timelineZoomOut(timeline: Timeline, x: number): void {
  timeline.zoom(3, timeAt(x, timeline.window, timeline.layout));
}
