/**
 * Head of the page: how many minions are in which status, which share that is, and what the keys
 * and links sum up to.
 */
import type { MinionStatus } from '../../domain/vocabulary.js';
import type { FleetView, Overview } from '../api-types.js';
import { clockText } from '../time-text.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { createSwatch } from './icons.js';
import {
  countText,
  numberText,
  STATUS_MEANING,
  STATUS_ORDER,
  STATUS_WORD,
  STORM_WORD,
} from './words.js';

export interface FleetPanel {
  readonly update: (overview: Overview) => void;
  /** The pressed tile, so that another control can undo it. */
  readonly press: (status: MinionStatus | undefined) => void;
}

export function createFleetPanel(onFilter: (status: MinionStatus | undefined) => void): FleetPanel {
  let pressed: MinionStatus | undefined;
  const press = (status: MinionStatus | undefined): void => {
    pressed = status;
    for (const tile of tiles) {
      setAttribute(tile.node, 'aria-pressed', String(tile.status === pressed));
    }
  };
  const tiles = STATUS_ORDER.map((status) =>
    createTile(status, () => {
      press(pressed === status ? undefined : status);
      onFilter(pressed);
    }),
  );
  byId('counts').append(...tiles.map((tile) => tile.node));
  const share = createShare();
  const line = byId('fleet-line');
  return {
    press,
    update: (overview) => {
      const { byStatus } = overview.fleet;
      for (const tile of tiles) tile.update(byStatus === null ? null : byStatus[tile.status]);
      share(overview.fleet);
      setText(line, fleetLine(overview));
    },
  };
}

interface Tile {
  readonly status: MinionStatus;
  readonly node: HTMLElement;
  readonly update: (count: number | null) => void;
}

function createTile(status: MinionStatus, onPress: () => void): Tile {
  const figure = element('b');
  const swatch = createSwatch();
  swatch.set(status);
  const word = element('span', { className: 'word', children: [swatch.node] });
  word.append(STATUS_WORD[status]);
  const node = element('button', {
    className: 'count',
    attributes: { type: 'button', 'aria-pressed': 'false' },
    children: [figure, word, element('small', { text: STATUS_MEANING[status] })],
  });
  node.addEventListener('click', onPress);
  return {
    status,
    node,
    update: (count) => {
      setText(figure, numberText(count));
      node.classList.toggle('zero', count === 0);
      node.classList.toggle('unread', count === null);
    },
  };
}

/** Widths are to scale, but no status that exists is thinner than 3 px. */
function createShare(): (fleet: FleetView) => void {
  const bar = byId('share');
  const parts = STATUS_ORDER.map((status) => {
    const swatch = createSwatch('seg');
    swatch.set(status);
    bar.append(swatch.node);
    return { status, node: swatch.node };
  });
  return ({ byStatus, minions }) => {
    for (const { status, node } of parts) {
      const count = byStatus === null ? 0 : byStatus[status];
      node.style.flexGrow = String(count);
      node.style.display = count === 0 ? 'none' : 'block';
    }
    setAttribute(bar, 'aria-label', shareText(byStatus, minions));
  };
}

function shareText(byStatus: FleetView['byStatus'], minions: number | null): string {
  if (byStatus === null || minions === null) return 'Share of each status: unknown';
  const parts = STATUS_ORDER.filter((status) => byStatus[status] > 0).map(
    (status) => `${numberText(byStatus[status])} ${STATUS_WORD[status]}`,
  );
  return `Share of each status of ${countText(minions, 'minion')}: ${parts.join(', ')}`;
}

function fleetLine({ fleet, atMs }: Overview): string {
  const parts = [
    fleet.minions === null ? 'minions unknown' : countText(fleet.minions, 'minion'),
    keysText(fleet, atMs),
    linksText(fleet),
    countText(fleet.flaps, 'flap'),
    ...stormTexts(fleet),
  ];
  return parts.join(' · ');
}

function linksText({ links }: FleetView): string {
  if (links === null) return 'links unknown';
  const { publish, request } = links;
  const parts = [
    `${numberText(publish.minion)} publish and ${numberText(request.minion)} request of minions`,
    `${numberText(publish.unknown + request.unknown)} of nobody we know`,
  ];
  return `links: ${parts.join(', ')}`;
}

function keysText({ keys, oldestPendingMs }: FleetView, atMs: number): string {
  if (keys === null) return 'keys unknown';
  const waits =
    keys.pending > 0 && oldestPendingMs !== null
      ? ` since ${clockText(oldestPendingMs, atMs)}`
      : '';
  const parts = [
    `${numberText(keys.accepted)} accepted`,
    `${numberText(keys.pending)} pending${waits}`,
    `${numberText(keys.rejected)} rejected`,
    `${numberText(keys.denied)} denied`,
  ];
  return `keys: ${parts.join(', ')}`;
}

function stormTexts({ storms }: FleetView): readonly string[] {
  const happened = Object.entries(storms).filter(([, count]) => count > 0);
  if (happened.length === 0) return [];
  const causes = happened.map(([cause, count]) => {
    const words: Readonly<Record<string, string>> = STORM_WORD;
    return `${words[cause] ?? cause} ${numberText(count)}`;
  });
  return [`reconnect storms: ${causes.join(', ')}`];
}
