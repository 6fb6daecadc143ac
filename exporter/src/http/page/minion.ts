/** The view of one minion: all that is known of it, asked for every two seconds while it is shown. */
import type { ApiError } from '../api-types.js';
import { splitEvidence } from '../evidence-text.js';
import type { HistoryEvent } from '../history-api-types.js';
import type { LossView } from '../job-api-types.js';
import type { ConnectionView, MinionDetailView } from '../minions-api-types.js';
import { clockText } from '../time-text.js';
import {
  byId,
  element,
  type Row,
  rowList,
  setAttribute,
  setHidden,
  setOptional,
  setText,
} from './dom.js';
import { createSwatch } from './icons.js';
import { LINK_WORD, REASON_WORD } from './loss-words.js';
import {
  connectionCells,
  keyPairs,
  minionFigures,
  type Pair,
  queuePairs,
  requestPairs,
  statusTitle,
  totalsText,
} from './minion-words.js';
import { createAxis, createStrip } from './strip.js';
import { createTimelineFeed, SPANS, type Span } from './timeline-feed.js';
import { printable } from './words.js';

const PERIOD_MS = 2_000;
const GIVE_UP_MS = 8_000;
const STRIP_HEIGHT = 64;
const CONNECTION_COLUMNS = 8;

export interface MinionPage {
  /** Shows this minion, or hides the view. */
  readonly open: (id: string | undefined) => void;
  readonly span: (span: Span) => void;
}

export function createMinionPage(): MinionPage {
  let id: string | undefined;
  let span: Span = SPANS[1];
  let timer: number | undefined;
  let request: AbortController | undefined;
  const show = createDetail();
  const drawing = createDrawing();

  const turn = async (): Promise<void> => {
    window.clearTimeout(timer);
    request?.abort();
    if (id === undefined || document.hidden) return;
    const controller = new AbortController();
    request = controller;
    try {
      const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(GIVE_UP_MS)]);
      const address = `api/v1/minions/${encodeURIComponent(id)}`;
      const response = await fetch(address, { signal, cache: 'no-store' });
      const told: unknown = await response.json();
      if (controller.signal.aborted) return;
      // What this server sends is typed; the page and the server are of one build.
      if (response.ok) show(told as MinionDetailView);
      else sayNothingKnown((told as ApiError).error.message);
    } catch {
      if (controller.signal.aborted) return;
      sayNothingKnown('The exporter does not answer.');
    }
    if (request === controller) timer = window.setTimeout(turn, PERIOD_MS);
  };

  document.addEventListener('visibilitychange', () => void turn());
  return {
    open: (next) => {
      setHidden(byId('minion-view'), next === undefined);
      if (next === id) return;
      id = next;
      setText(byId('minion-id'), next === undefined ? '' : printable(next));
      setText(byId('minion-status'), 'asking…');
      setHidden(byId('minion-known'), true);
      setOptional(byId('minion-evidence'), '');
      drawing(id, span);
      void turn();
      if (next !== undefined) byId('h-minion').focus();
    },
    span: (next) => {
      span = next;
      drawing(id, span);
    },
  };
}

function sayNothingKnown(why: string): void {
  setText(byId('minion-status'), 'Nothing is known of it');
  setOptional(byId('minion-evidence'), why);
  setHidden(byId('minion-known'), true);
  setHidden(byId('minion-mark'), true);
}

function createDetail(): (minion: MinionDetailView) => void {
  const swatch = createSwatch();
  byId('minion-mark').append(swatch.node);
  const figures = rowList(byId('minion-figures'), createFigure);
  const queue = rowList(byId('minion-queue'), createPair);
  const requests = rowList(byId('minion-requests'), createPair);
  const keys = rowList(byId('minion-keys'), createPair);
  const links = rowList(byId('minion-links'), createConnection);
  const events = rowList(byId('minion-events'), createEvent);
  const losses = rowList(byId('minion-losses'), createLoss);
  return (minion) => {
    const { atMs } = minion;
    swatch.set(minion.status);
    setHidden(byId('minion-mark'), false);
    setHidden(byId('minion-known'), false);
    setText(byId('minion-status'), statusTitle(minion));
    setOptional(byId('minion-evidence'), `${printable(minion.evidence)} (${minion.evidenceFrom})`);
    figures(minionFigures(minion));
    queue(queuePairs(minion));
    requests(requestPairs(minion));
    keys(keyPairs(minion));
    links(minion.connections.map((link) => ({ link, atMs })));
    events(minion.events.map((event) => ({ event, atMs })));
    losses(minion.losses.map((loss) => ({ loss, atMs })));
    setOptional(byId('minion-totals'), totalsText(minion.totals, minion.history.fromMs));
    none('minion-links-none', minion.connections, 'No connection is known to be its own.');
    none('minion-events-none', minion.events, 'Nothing is recorded of it.');
    none('minion-losses-none', minion.losses, 'No return of it was lost.');
    setHidden(byId('minion-links-table'), minion.connections.length === 0);
  };
}

function none(id: string, rows: readonly unknown[], text: string): void {
  setOptional(byId(id), rows.length === 0 ? text : '');
}

/** The tall strip of its own, as wide as there is room. */
function createDrawing(): (id: string | undefined, span: Span) => void {
  const strip = createStrip(STRIP_HEIGHT);
  const axis = createAxis();
  const place = byId('minion-strip');
  place.append(strip.node, axis.node);
  let wanted: { id: string | undefined; span: Span } = { id: undefined, span: SPANS[1] };
  const feed = createTimelineFeed((view, why) => {
    const row = view?.rows.ids.indexOf(wanted.id ?? '') ?? -1;
    strip.show(row < 0 ? undefined : view, Math.max(0, row));
    axis.show(row < 0 ? undefined : view);
    setOptional(byId('minion-strip-none'), row < 0 ? why || 'Nothing is recorded of it.' : '');
  });
  const ask = (): void => {
    const columns = Math.floor(place.clientWidth);
    const { id, span } = wanted;
    feed.want(id === undefined || columns === 0 ? undefined : { ids: [id], columns, span });
  };
  new ResizeObserver(ask).observe(place);
  return (id, span) => {
    if (id !== wanted.id) strip.show(undefined, 0);
    wanted = { id, span };
    ask();
  };
}

function createFigure(): Row<Pair> {
  const value = element('dd');
  const word = element('dt');
  return {
    node: element('div', { className: 'figure', children: [word, value] }),
    update: (pair) => {
      setText(value, pair.text);
      setText(word, pair.word);
    },
  };
}

function createPair(): Row<Pair> {
  const word = element('dt');
  const value = element('dd');
  return {
    node: element('div', { className: 'pair', children: [word, value] }),
    update: (pair) => {
      setText(word, pair.word);
      setText(value, pair.text);
    },
  };
}

function createConnection(): Row<{ link: ConnectionView; atMs: number }> {
  const cells = Array.from({ length: CONNECTION_COLUMNS }, (_, at) =>
    element(at === 0 ? 'th' : 'td', {
      className: at >= 4 && at <= 6 ? 'r' : 'num',
      attributes: at === 0 ? { scope: 'row', role: 'rowheader' } : { role: 'cell' },
    }),
  );
  return {
    node: element('tr', { attributes: { role: 'row' }, children: cells }),
    update: ({ link, atMs }) => {
      for (const [at, text] of connectionCells(link, atMs).entries()) {
        const cell = cells[at];
        if (cell !== undefined) setText(cell, text);
      }
    },
  };
}

function createEvent(): Row<{ event: HistoryEvent; atMs: number }> {
  const time = element('time');
  const text = element('span');
  const from = element('span', { className: 'from' });
  return {
    node: element('li', { children: [time, element('p', { children: [text, from] })] }),
    update: ({ event, atMs }) => {
      setText(time, clockText(event.atMs, atMs));
      setAttribute(time, 'datetime', new Date(event.atMs).toISOString());
      const told = splitEvidence(event.text);
      setText(text, printable(told.text));
      setText(from, told.from === undefined ? '' : ` (${printable(told.from)})`);
    },
  };
}

function createLoss(): Row<{ loss: LossView; atMs: number }> {
  const time = element('time');
  const what = element('p');
  const evidence = element('p', { className: 'from' });
  return {
    node: element('li', { children: [time, element('div', { children: [what, evidence] })] }),
    update: ({ loss, atMs }) => {
      const decidedMs = loss.decided === null ? Number.NaN : Date.parse(loss.decided);
      setText(time, Number.isNaN(decidedMs) ? 'undecided' : clockText(decidedMs, atMs));
      const where = `${LINK_WORD[loss.link]}: ${REASON_WORD[loss.reason]}`;
      setText(what, `job ${printable(loss.jid)} ${where} (${loss.confidence})`);
      setText(evidence, loss.evidence.map(printable).join(' '));
    },
  };
}
