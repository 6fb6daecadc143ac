/** A timeline row and its time axis as SVG that takes its colours from the style. */
import type { TimelineView } from '../timeline-api-types.js';
import { setAttribute, setText } from './dom.js';
import { type StripPaths, stripPaths } from './strip-paths.js';
import { ticksOf } from './time-axis.js';

const SVG = 'http://www.w3.org/2000/svg';
const AXIS_HEIGHT = 16;

export interface Strip {
  readonly node: SVGElement;
  /** Shows row `row` of the answer; undefined: nothing is known, nothing is shown. */
  readonly show: (view: TimelineView | undefined, row: number) => void;
}

/** Hidden from screen readers: what it says stands in words beside it. */
export function createStrip(height: number): Strip {
  const node = picture('strip', height);
  const layers = new Map<string, SVGElement>();
  return {
    node,
    show: (view, row) => {
      setAttribute(node, 'width', view === undefined ? '0' : `${view.columns}`);
      const paths: StripPaths = view === undefined ? new Map() : stripPaths(view, row, height);
      for (const [layer, path] of layers) {
        if (paths.has(layer as never)) continue;
        path.remove();
        layers.delete(layer);
      }
      for (const [layer, data] of paths) {
        const path = layers.get(layer) ?? shape('path', layer);
        layers.set(layer, path);
        setAttribute(path, 'd', data);
        // Painted in the order of the layers, whichever of them is new.
        node.append(path);
      }
    },
  };
}

export interface Axis {
  readonly node: SVGElement;
  readonly show: (view: TimelineView | undefined) => void;
}

export function createAxis(): Axis {
  const node = picture('axis', AXIS_HEIGHT);
  let shown = '';
  return {
    node,
    show: (view) => {
      const width = view?.columns ?? 0;
      setAttribute(node, 'width', `${width}`);
      const ticks = view === undefined ? [] : ticksOf(view, width);
      const key = JSON.stringify(ticks);
      if (key === shown) return;
      shown = key;
      node.replaceChildren(
        ...ticks.flatMap(({ x, text }) => {
          const line = shape('path', 'tick');
          setAttribute(line, 'd', `M${x + 0.5} ${AXIS_HEIGHT - 3}v3`);
          const word = shape('text', 'word');
          setAttribute(word, 'x', `${x}`);
          setAttribute(word, 'y', '10');
          setText(word, text);
          return [line, word];
        }),
      );
    },
  };
}

function picture(className: string, height: number): SVGElement {
  const node = document.createElementNS(SVG, 'svg');
  setAttribute(node, 'class', className);
  setAttribute(node, 'height', `${height}`);
  setAttribute(node, 'aria-hidden', 'true');
  setAttribute(node, 'focusable', 'false');
  return node;
}

function shape(name: 'path' | 'text', layer: string): SVGElement {
  const node = document.createElementNS(SVG, name);
  // `field-absent`: its pattern; the others their colour, by class.
  const [kind, state] = layer.split(/-(.*)/s, 2);
  if (kind === 'field') setAttribute(node, 'fill', `url(#p-${state})`);
  else setAttribute(node, 'class', state === undefined ? `at-${kind}` : `at-${kind} in-${state}`);
  return node;
}
