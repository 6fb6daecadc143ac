/** The smaller panels: the master's ports, jobs, what libzmq reports, and Salt's presence beside ours. */
import type { Port } from '../../domain/vocabulary.js';
import type { MonitorView, Overview, PingView, PresenceCounts, PresenceRow } from '../api-types.js';
import { durationText, latencyText } from '../time-text.js';
import { advicePairs } from './advice-words.js';
import { canaryPairs } from './canary-words.js';
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
import { jobPairs } from './job-words.js';
import { ledgerPairs } from './ledger-words.js';
import { countText, numberText, printable } from './words.js';

interface FactRow {
  readonly word: string;
  readonly cells: readonly string[];
}

export function createPortsPanel(): { update: (overview: Overview) => void } {
  const rows = rowList(byId('ports-rows'), createFactRow);
  const pairs = rowList(byId('ports-pairs'), createPair);
  return {
    update: (overview) => {
      setText(byId('ports-scan'), scanText(overview));
      rows(portRows(overview));
      pairs(portPairs(overview));
    },
  };
}

export function createJobsPanel(): { update: (overview: Overview) => void } {
  const pairs = rowList(byId('jobs-pairs'), createPair);
  return {
    update: ({ jobs, canaries }) => pairs([...jobPairs(jobs), ...canaryPairs(canaries)]),
  };
}

export function createAdvicePanel(): { update: (overview: Overview) => void } {
  const pairs = rowList(byId('advice-pairs'), createPair);
  return { update: ({ advice }) => pairs(advicePairs(advice)) };
}

export function createMonitorPanel(): { update: (overview: Overview) => void } {
  const rows = rowList(byId('monitor-rows'), createMonitorRow);
  return {
    update: ({ monitor, atMs }) => {
      rows(monitor.rows.map((view) => ({ view, atMs })));
      setText(
        byId('monitor-count'),
        monitor.shown < monitor.of
          ? `${numberText(monitor.shown)} of ${countText(monitor.of, 'socket')}`
          : '',
      );
      const table = byId('monitor-rows').parentElement;
      if (table !== null) table.hidden = monitor.rows.length === 0;
      setOptional(
        byId('monitor-empty'),
        monitor.rows.length === 0 ? 'No watched socket has reported an event yet.' : '',
      );
    },
  };
}

export function createPresencePanel(): { update: (overview: Overview) => void } {
  const rows = rowList(byId('presence-rows'), createFactRow);
  const list = rowList(byId('presence-list'), createDisagreement);
  return {
    update: (overview) => {
      const { presence } = overview;
      const read = overview.fleet.minions !== null;
      rows([
        { word: 'Brinescope (kernel)', cells: presenceCells(presence.kernel, read) },
        { word: 'Salt (connected_ids)', cells: presenceCells(presence.salt, read) },
      ]);
      setText(byId('presence-note'), presenceNote(overview));
      list(presence.minions.rows);
      setHidden(byId('presence-scroll'), presence.minions.rows.length === 0);
    },
  };
}

function scanText({ exporter }: Overview): string {
  if (exporter.scanOrigin === null) return 'not read yet';
  const origin = exporter.scanOrigin === 'proc' ? 'from /proc' : 'from the kernel';
  const every = exporter.scanIntervalSeconds;
  return every === null ? origin : `${origin}, every ${Number(every.toFixed(1))} s`;
}

function portRows({ fleet, listeners }: Overview): readonly FactRow[] {
  const each = (cell: (port: Port) => string): readonly string[] =>
    listeners.map(({ port }) => cell(port));
  const links = (peer: 'minion' | 'unknown' | 'own') =>
    each((port) => numberText(fleet.links === null ? null : fleet.links[port][peer]));
  return [
    {
      word: 'listens',
      cells: listeners.map(({ up }) => (up === null ? 'unknown' : up ? 'yes' : 'no')),
    },
    { word: 'links of minions', cells: links('minion') },
    { word: 'links of nobody we know', cells: links('unknown') },
    { word: 'links of our own', cells: links('own') },
    {
      word: 'connects',
      cells: each((port) => numberText(fleet.connects[port].minion + fleet.connects[port].unknown)),
    },
    {
      word: 'disconnects',
      cells: each((port) =>
        numberText(fleet.disconnects[port].minion + fleet.disconnects[port].unknown),
      ),
    },
    {
      word: 'accept queue',
      cells: listeners.map(({ queueLength, queueLimit }) => queueText(queueLength, queueLimit)),
    },
    { word: 'listener restarts', cells: listeners.map(({ restarts }) => numberText(restarts)) },
  ];
}

function queueText(length: number | null, limit: number | null): string {
  if (length === null) return 'unknown';
  return `${numberText(length)} of ${limit === null ? '?' : numberText(limit)}`;
}

function portPairs({ fleet, listenOverflows, requestPing, ledgers }: Overview): readonly FactRow[] {
  return [
    { word: 'accept queue overflows', cells: [numberText(listenOverflows)] },
    { word: 'master restarts', cells: [numberText(fleet.masterRestarts)] },
    { word: 'request ping', cells: [pingText(requestPing)] },
    { word: 'its answers take', cells: [pingTimes(requestPing)] },
    ...ledgerPairs(ledgers),
  ];
}

function pingText({ results }: PingView): string {
  const { ok, timeout, error } = results;
  if (ok + timeout + error === 0) return 'none sent yet';
  return `${numberText(ok)} answered, ${numberText(timeout)} not in time, ${numberText(error)} failed`;
}

function pingTimes({ results, medianSeconds, p99Seconds }: PingView): string {
  if (results.ok === 0) return 'unknown';
  const bound = (seconds: number | null) =>
    seconds === null ? 'longer than measured' : `≤ ${latencyText(seconds)}`;
  return `half ${bound(medianSeconds)}, 99 % ${bound(p99Seconds)}`;
}

function presenceCells(counts: PresenceCounts, read: boolean): readonly string[] {
  if (!read) return ['unknown', 'unknown', 'unknown'];
  return [counts.present, counts.absent, counts.unknown].map(numberText);
}

function presenceNote({ presence, fleet, exporter }: Overview): string {
  if (fleet.minions === null) return 'The minions are not known yet.';
  const { kernel_not_salt: unseen, salt_not_kernel: ghosts } = presence.disagreements;
  if (unseen === null && ghosts === null) {
    return exporter.scanOrigin === null
      ? 'Nothing to compare: the sockets were not read yet.'
      : 'Nothing to compare: one of the two is not known.';
  }
  if (presence.minions.of === 0) return 'They differ on no minion.';
  const cut =
    presence.minions.shown < presence.minions.of
      ? `; the first ${numberText(presence.minions.shown)} by name`
      : '';
  return `They differ on ${countText(presence.minions.of, 'minion')}${cut}:`;
}

function createDisagreement(): Row<PresenceRow> {
  const who = element('bdi', { className: 'who' });
  const how = element('span', { className: 'how' });
  return {
    node: element('li', { children: [who, how] }),
    update: (row) => {
      setText(who, printable(row.id));
      setAttribute(who, 'title', printable(row.id));
      setText(
        how,
        row.kernelPresent ? 'connected, Salt misses it' : 'Salt counts it, not connected',
      );
    },
  };
}

function createFactRow(): Row<FactRow> {
  const word = element('th', { attributes: { scope: 'row' } });
  const node = element('tr', { children: [word] });
  const cells = rowList<string>(node, () => {
    const cell = element('td', { className: 'r' });
    return { node: cell, update: (text) => setText(cell, text) };
  });
  return {
    node,
    update: (row) => {
      setText(word, row.word);
      cells(row.cells);
    },
  };
}

function createPair(): Row<FactRow> {
  const word = element('dt');
  const value = element('dd');
  return {
    node: element('div', { className: 'pair', children: [word, value] }),
    update: (row) => {
      setText(word, row.word);
      setText(value, row.cells.join(', '));
    },
  };
}

function createMonitorRow(): Row<{ view: MonitorView; atMs: number }> {
  const cells = ['td', 'td', 'td', 'td', 'td'].map((name, index) =>
    element(name, { className: index === 2 ? 'r' : '', attributes: { role: 'cell' } }),
  );
  return {
    node: element('tr', { attributes: { role: 'row' }, children: cells }),
    update: ({ view, atMs }) => {
      const texts = [
        printable(view.source),
        printable(view.socket),
        numberText(view.peers),
        lastText(view, atMs),
        eventsText(view),
      ];
      for (const [index, cell] of cells.entries()) setText(cell, texts[index] ?? '');
    },
  };
}

function lastText({ lastEvent, lastEventMs }: MonitorView, atMs: number): string {
  if (lastEvent === null) return 'none yet';
  const ago = lastEventMs === null ? '' : `, ${durationText((atMs - lastEventMs) / 1000)} ago`;
  return `${printable(lastEvent)}${ago}`;
}

function eventsText({ events, retryIntervalSeconds }: MonitorView): string {
  const counts = Object.entries(events).map(
    ([name, count]) => `${printable(name)} ${numberText(count)}`,
  );
  if (retryIntervalSeconds !== null)
    counts.push(`retries every ${latencyText(retryIntervalSeconds)}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}
