/** Finds a minion by a part of its id: what matches is listed as links, and Enter opens the first. */
import type { MinionsView } from '../minions-api-types.js';
import { byId, element, type Row, rowList, setAttribute, setHidden, setText } from './dom.js';
import { createSwatch } from './icons.js';
import { minionHref } from './route.js';
import { countText, numberText, printable, STATUS_WORD } from './words.js';

const ROWS = 10;
/** Between two keys of somebody who types. */
const PAUSE_MS = 150;

type Match = MinionsView['rows'][number];

/** `/` leads to the field from anywhere on the page, Escape ends the search. */
export function startFind(): void {
  const form = byId('find');
  const field = form.querySelector('input');
  if (field === null) throw new Error('The page has no field to find a minion in');
  const list = rowList(byId('find-list'), createMatch);
  let first: string | undefined;
  let timer: number | undefined;
  let request: AbortController | undefined;

  const end = (): void => {
    window.clearTimeout(timer);
    request?.abort();
    first = undefined;
    setHidden(byId('found'), true);
  };
  const ask = async (search: string): Promise<void> => {
    const controller = new AbortController();
    request = controller;
    const query = new URLSearchParams({ search, sort: 'name', limit: `${ROWS}` });
    try {
      const response = await fetch(`api/v1/minions?${query}`, { signal: controller.signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      // What this server sends is typed; the page and the server are of one build.
      const { rows, of } = (await response.json()) as MinionsView;
      first = rows[0]?.id;
      list(rows);
      setText(byId('find-note'), foundText(rows.length, of));
    } catch {
      if (controller.signal.aborted) return;
      list([]);
      setText(byId('find-note'), 'The exporter does not answer.');
    }
    setHidden(byId('found'), false);
  };
  field.addEventListener('input', () => {
    end();
    const search = field.value.trim();
    if (search !== '') timer = window.setTimeout(() => void ask(search), PAUSE_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (first !== undefined) location.hash = minionHref(first);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    field.value = '';
    end();
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (byId('fleet-view').hidden) return;
    event.preventDefault();
    field.focus();
  });
}

function foundText(shown: number, of: number): string {
  if (of === 0) return 'No minion has such an id.';
  return shown < of
    ? `The first ${numberText(shown)} of ${numberText(of)}`
    : countText(of, 'minion');
}

function createMatch(): Row<Match> {
  const swatch = createSwatch();
  const link = element('a');
  const word = element('span', { className: 'from' });
  return {
    node: element('li', { children: [swatch.node, link, word] }),
    update: ({ id, status }) => {
      swatch.set(status);
      setText(link, printable(id));
      setAttribute(link, 'href', minionHref(id));
      setText(word, STATUS_WORD[status]);
    },
  };
}
