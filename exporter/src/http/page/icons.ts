/**
 * Swatches of the statuses and the small marks of events and sources, as SVG that takes its colours
 * from the style.
 */
import type { MinionStatus } from '../../domain/vocabulary.js';
import type { EventView, SourceState } from '../api-types.js';
import { setAttribute } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
/** Statuses with a line along the top as well: hollow ones. */
const ROOFED: ReadonlySet<MinionStatus> = new Set(['absent', 'stale']);

/** Path of each event's mark in a box of 18 × 12; `status` events show the status instead. */
const EVENT_PATH: Readonly<Record<Exclude<EventView['kind'], 'status'>, string>> = {
  connect: 'M9 3l4 5H5zM8.4 8h1.2v4H8.4z',
  disconnect: 'M5 4h8L9 9zM8.4 0h1.2v4H8.4z',
  flap: 'M1 4h7l-3.5 5zM10 8l3.5-5L17 8z',
  storm: 'M1 4v4M1 6h16M17 4v4',
  listener_restart: 'M9 0v12',
  master_restart: 'M9 0v12',
};

export interface Swatch {
  readonly node: SVGElement;
  readonly set: (status: MinionStatus) => void;
}

/**
 * A field of the status' pattern with its floor and roof lines; hidden from screen readers, the
 * word stands beside it.
 */
export function createSwatch(className = 'sw'): Swatch {
  const node = svg(className);
  const field = shape('rect', { width: '100%', height: '100%' });
  const roof = shape('line', { x1: '0', y1: '0', x2: '100%', y2: '0' });
  const floor = shape('line', { x1: '0', y1: '100%', x2: '100%', y2: '100%', 'stroke-width': '2' });
  node.append(field, floor, roof);
  return {
    node,
    set: (status) => {
      setAttribute(field, 'fill', `url(#p-${status})`);
      setAttribute(floor, 'class', `edge-${status}`);
      setAttribute(roof, 'class', ROOFED.has(status) ? `edge-${status}` : undefined);
    },
  };
}

export interface EventMark {
  readonly node: SVGElement;
  readonly set: (event: EventView) => void;
}

export function createEventMark(): EventMark {
  const swatch = createSwatch();
  const path = shape('path', {});
  swatch.node.append(path);
  return {
    node: swatch.node,
    set: (event) => {
      const isStatus = event.kind === 'status' && event.status !== null;
      if (event.status !== null && isStatus) swatch.set(event.status);
      for (const part of swatch.node.children) {
        setAttribute(part, 'visibility', (part === path) === isStatus ? 'hidden' : undefined);
      }
      setAttribute(path, 'd', event.kind === 'status' ? '' : EVENT_PATH[event.kind]);
      setAttribute(path, 'class', markClass(event.kind));
    },
  };
}

export interface SourceMark {
  readonly node: SVGElement;
  readonly set: (state: SourceState, word: string) => void;
}

/** Full, half, dashed, crossed: the form tells the state without its colour. */
export function createSourceMark(): SourceMark {
  const node = svg('');
  setAttribute(node, 'width', '12');
  setAttribute(node, 'height', '12');
  node.removeAttribute('aria-hidden');
  setAttribute(node, 'role', 'img');
  const ring = shape('circle', { cx: '6', cy: '6', r: '3.6' });
  const half = shape('path', { d: 'M6 2.4a3.6 3.6 0 0 1 0 7.2z', class: 's-half' });
  const cross = shape('path', { d: 'M2.5 2.5l7 7m0-7l-7 7', class: 's-down' });
  node.append(ring, half, cross);
  return {
    node,
    set: (state, word) => {
      setAttribute(node, 'aria-label', word);
      setAttribute(ring, 'class', `s-${state}`);
      setAttribute(ring, 'visibility', state === 'down' ? 'hidden' : undefined);
      setAttribute(half, 'visibility', state === 'limited' ? undefined : 'hidden');
      setAttribute(cross, 'visibility', state === 'down' ? undefined : 'hidden');
    },
  };
}

function markClass(kind: EventView['kind']): string {
  if (kind === 'storm') return 'mark line';
  return kind.endsWith('restart') ? 'mark restart' : 'mark';
}

function svg(className: string): SVGElement {
  const node = document.createElementNS(SVG, 'svg');
  if (className !== '') node.setAttribute('class', className);
  node.setAttribute('aria-hidden', 'true');
  node.setAttribute('focusable', 'false');
  return node;
}

function shape(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node as SVGElement;
}
