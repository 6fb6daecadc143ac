/** Events, their totals, and series of single minions, out of the store. */
import { EVENT_KINDS, type EventKind } from '../domain/event-kinds.js';
import { CONFIDENCES, LOSS_LINKS } from '../domain/loss-vocabulary.js';
import { idFilter, isPattern } from './id-filter.js';
import type {
  EventsAsked,
  EventsFound,
  SeriesAsked,
  SeriesFound,
  TotalsAsked,
  TotalsFound,
} from './queries.js';
import {
  type HistoryEvent,
  IDS_PER_MS,
  type SeriesMetric,
  type SeriesRow,
  TOLD_LATE_MS,
} from './record.js';
import { findRow, NOT_KNOWN, SAMPLE_METRICS, viewSamples } from './sample-rows.js';
import type { HistoryStore } from './store.js';
import { blobOf, type Cell, type Row, textOf } from './store-file.js';
import { gapsIn, stepFor } from './timeline.js';
import { isStatus } from './timeline-states.js';

const COLUMNS = 'id, at_ms, kind, ref, status, reason, link, confidence, jid, count, text';

export function findEvents(store: HistoryStore, asked: EventsAsked): EventsFound {
  const refs = refsOf(store, asked.minions);
  if (refs?.length === 0) return { rows: [], nextId: null };
  const ascending = asked.order === 'asc';
  const where: string[] = [];
  const cells: Cell[] = [];
  const add = (condition: string, ...values: Cell[]) => {
    where.push(condition);
    cells.push(...values);
  };
  if (asked.beyondId !== undefined) add(ascending ? 'id > ?' : 'id < ?', asked.beyondId);
  if (asked.belowId !== undefined) add('id < ?', asked.belowId);
  if (asked.fromMs !== undefined) {
    add('id >= ?', Math.round(asked.fromMs) * IDS_PER_MS);
    add('at_ms >= ?', Math.round(asked.fromMs));
  }
  if (asked.toMs !== undefined) {
    add('id <= ?', Math.round(asked.toMs + TOLD_LATE_MS) * IDS_PER_MS);
    add('at_ms < ?', Math.round(asked.toMs));
  }
  if (asked.kinds !== undefined) add(`kind IN (${marks(asked.kinds)})`, ...asked.kinds);
  if (refs !== undefined) add(`ref IN (SELECT value FROM json_each(?))`, JSON.stringify(refs));
  if (asked.jid !== undefined) add('jid = ?', asked.jid);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const sql = `SELECT ${COLUMNS} FROM event ${condition} ORDER BY id ${ascending ? 'ASC' : 'DESC'} LIMIT ?`;
  const found = store.file.all(sql, ...cells, asked.limit + 1);
  const rows = found.slice(0, asked.limit).map((row) => recordOf(store, row));
  return { rows, nextId: found.length > asked.limit ? (rows.at(-1)?.id ?? null) : null };
}

export function findTotals(store: HistoryStore, asked: TotalsAsked): TotalsFound {
  const { file } = store;
  const fromMs = asked.fromMs ?? beginningOf(store) ?? asked.toMs;
  const gaps = gapsIn(store, { fromMs, toMs: asked.toMs });
  const ref = asked.minion === undefined ? undefined : (store.minions.find(asked.minion) ?? -1);
  const rows = file.all(
    `SELECT kind, reason, link, count(*), sum(count) FROM event
     WHERE id >= ? AND id <= ? AND at_ms >= ? AND at_ms < ? ${ref === undefined ? '' : 'AND ref = ?'}
     GROUP BY kind, reason, link ORDER BY kind, reason, link`,
    Math.round(fromMs) * IDS_PER_MS,
    Math.round(asked.toMs + TOLD_LATE_MS) * IDS_PER_MS,
    Math.round(fromMs),
    Math.round(asked.toMs),
    ...(ref === undefined ? [] : [ref]),
  );
  return {
    fromMs,
    gaps,
    rows: rows.map(([kind, reason, link, events, count]) => ({
      kind: kindOf(kind),
      reason: textOf(reason),
      link: LOSS_LINKS.find((one) => one === link) ?? null,
      events: Number(events),
      count: Number(count),
    })),
  };
}

/** Of what is known, even if it is no more than that nothing was kept; undefined while nothing is. */
function beginningOf({ file }: HistoryStore): number | undefined {
  const event = file.number('SELECT at_ms FROM event ORDER BY id LIMIT 1');
  const gap = file.number('SELECT min(from_ms) FROM gap');
  if (event === undefined || gap === undefined) return event ?? gap;
  return Math.min(event, gap);
}

export function findSeries(store: HistoryStore, asked: SeriesAsked): SeriesFound {
  const { seconds } = stepFor({ ...asked, columns: asked.points });
  const wanted = asked.minions.flatMap((minion) => {
    const ref = store.minions.find(minion);
    const kept = asked.metrics.map((metric) => ({ metric, atMs: [], values: [] }));
    return ref === undefined ? [] : [{ minion, ref, kept }];
  }) satisfies readonly Wanted[];
  const columnMs = Math.max(seconds * 1_000, (asked.toMs - asked.fromMs) / asked.points);
  const sql = `SELECT at_ms, body FROM sample_${seconds} WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms`;
  for (const [at, body] of store.file.all(sql, Math.round(asked.fromMs), Math.round(asked.toMs))) {
    const rows = viewSamples(blobOf(body));
    const columnAt = asked.fromMs + Math.floor((Number(at) - asked.fromMs) / columnMs) * columnMs;
    const atMs = columnMs > seconds * 1_000 ? Math.round(columnAt) : Number(at);
    for (const { ref, kept } of wanted as readonly Wanted[]) {
      const row = findRow(rows, ref);
      if (row < 0) continue;
      for (const series of kept) {
        const value = rows.columns[SAMPLE_METRICS.indexOf(series.metric)]?.[row] ?? Number.NaN;
        if (!Number.isNaN(value) && value !== NOT_KNOWN) keepHighest(series, atMs, value);
      }
    }
  }
  const rows = wanted.flatMap(({ minion, ref, kept }) =>
    kept.map((series) => seriesRow(store, { minion, ref }, series)),
  );
  return { stepSeconds: columnMs / 1_000, rows, gaps: gapsIn(store, asked) };
}

interface Wanted {
  readonly minion: string;
  readonly ref: number;
  readonly kept: readonly Kept[];
}

interface Kept {
  readonly metric: SeriesMetric;
  readonly atMs: number[];
  readonly values: number[];
}

function keepHighest({ atMs, values }: Kept, at: number, value: number): void {
  if (atMs.at(-1) === at) {
    values[values.length - 1] = Math.max(values.at(-1) ?? value, value);
    return;
  }
  atMs.push(at);
  values.push(value);
}

function seriesRow(
  store: HistoryStore,
  { minion, ref }: { readonly minion: string; readonly ref: number },
  { metric, atMs, values }: Kept,
): SeriesRow {
  const usual = store.minions.usual.rttSeconds[ref] ?? Number.NaN;
  const rtt = Number.isNaN(usual) ? null : usual;
  const unit = metric === 'pressure' ? 'ratio' : 'seconds';
  return { minion, metric, unit, idle: metric === 'rtt' ? rtt : 0, atMs, values };
}

/** undefined = all minions. */
function refsOf(
  { minions }: HistoryStore,
  asked: readonly string[] | undefined,
): number[] | undefined {
  if (asked === undefined) return undefined;
  if (!asked.some(isPattern)) {
    return asked.flatMap((id) => minions.find(id) ?? []);
  }
  const filter = idFilter({ minions: asked });
  const refs: number[] = [];
  for (const [id, ref] of minions.entries()) if (filter?.(id) ?? true) refs.push(ref);
  return refs;
}

function recordOf({ minions }: HistoryStore, row: Row): HistoryEvent {
  const [id, atMs, kind, ref, status, reason, link, confidence, jid, count, text] = row;
  const said = textOf(status);
  return {
    id: Number(id),
    atMs: Number(atMs),
    kind: kindOf(kind),
    minion: ref === null || ref === undefined ? null : minions.idOf(Number(ref)),
    status: said !== null && isStatus(said) ? said : null,
    reason: textOf(reason),
    link: LOSS_LINKS.find((one) => one === link) ?? null,
    confidence: CONFIDENCES.find((one) => one === confidence) ?? null,
    jid: textOf(jid),
    count: Number(count),
    text: textOf(text) ?? '',
  };
}

function kindOf(cell: Cell | undefined): EventKind {
  return EVENT_KINDS.find((kind) => kind === cell) ?? 'recorder';
}

function marks(list: readonly unknown[]): string {
  return list.map(() => '?').join(', ');
}
