/** Answers of exporters as data frames; with several masters each row says whose it is. */
import { createDataFrame, type DataFrame, type Field, FieldType } from '@grafana/data';
import type { HistoryEvent, SeriesView } from '../../../exporter/src/http/history-api-types';
import type { JobView, LossRow } from '../../../exporter/src/http/job-api-types';
import type { MinionRow } from '../../../exporter/src/http/minions-api-types';
import type { TimelineView } from '../../../exporter/src/http/timeline-api-types';
import { TIMELINE_KEY } from '../fleet/frames';
import type { MasterTimeline } from '../fleet/timeline-fleet';
import type { MasterAnswer } from './api';
import type { ValueOf } from './filters';

interface Column<Row> {
  readonly name: string;
  readonly type?: FieldType;
  readonly unit?: string;
  value(row: Row): unknown;
}

const TIME = FieldType.time;
const NUMBER = FieldType.number;

interface Rows<Row> {
  readonly rows: readonly Row[];
}

function table<Row>(
  answers: readonly MasterAnswer<Rows<Row>>[],
  several: boolean,
  columns: readonly Column<Row>[],
): DataFrame {
  const rows = answers.flatMap(({ master, view }) =>
    view.rows.map((row) => ({ row, master: master.name })),
  );
  const fields: Partial<Field>[] = columns.map(({ name, type, unit, value }) => ({
    name,
    type: type ?? FieldType.string,
    config: unit === undefined ? {} : { unit },
    values: rows.map(({ row }) => value(row)),
  }));
  if (several) {
    const values = rows.map(({ master }) => master);
    fields.push({ name: 'master', type: FieldType.string, config: {}, values });
  }
  return createDataFrame({
    fields: fields as Field[],
    meta: { preferredVisualisationType: 'table' },
  });
}

export function minionsFrame(
  answers: readonly MasterAnswer<Rows<MinionRow>>[],
  several: boolean,
): DataFrame {
  return table(answers, several, [
    { name: 'minion', value: (row) => row.id },
    { name: 'status', value: (row) => row.status },
    { name: 'since', type: TIME, value: (row) => row.sinceMs },
    { name: 'flaps', type: NUMBER, value: (row) => row.flaps },
    { name: 'pressure', type: NUMBER, unit: 'percentunit', value: (row) => row.queue.pressure },
    { name: 'queued', type: NUMBER, value: (row) => row.queue.messages },
    {
      name: 'dropped',
      type: NUMBER,
      value: (row) => row.queue.dropped.hwm + row.queue.dropped.disconnect,
    },
    { name: 'lost returns', type: NUMBER, value: (row) => row.returns.lost },
    { name: 'wait', type: NUMBER, unit: 's', value: (row) => row.requests.waitSeconds },
    { name: 'round trip', type: NUMBER, unit: 's', value: (row) => row.rttSeconds },
    { name: 'identity', value: (row) => row.basis.publish ?? '' },
    { name: 'evidence', value: (row) => row.evidence },
  ]);
}

export function jobsFrame(
  answers: readonly MasterAnswer<Rows<JobView>>[],
  several: boolean,
): DataFrame {
  return table(answers, several, [
    {
      name: 'began',
      type: TIME,
      value: (row) => (row.began === null ? null : Date.parse(row.began)),
    },
    { name: 'jid', value: (row) => row.jid },
    { name: 'function', value: (row) => row.function },
    { name: 'state', value: (row) => row.state },
    { name: 'phase', value: (row) => row.phase },
    { name: 'expected', type: NUMBER, value: (row) => row.expected },
    { name: 'returned', type: NUMBER, value: (row) => row.returned },
    { name: 'missing', type: NUMBER, value: (row) => row.missing },
    { name: 'pending', type: NUMBER, value: (row) => row.pending },
  ]);
}

export function lossesFrame(
  answers: readonly MasterAnswer<Rows<LossRow>>[],
  several: boolean,
): DataFrame {
  return table(answers, several, [
    {
      name: 'decided',
      type: TIME,
      value: (row) => (row.decided === null ? null : Date.parse(row.decided)),
    },
    { name: 'minion', value: (row) => row.minion },
    { name: 'jid', value: (row) => row.jid },
    { name: 'function', value: (row) => row.function ?? '' },
    { name: 'link', value: (row) => row.link },
    { name: 'reason', value: (row) => row.reason },
    { name: 'confidence', value: (row) => row.confidence },
    { name: 'evidence', value: (row) => row.evidence.join(' ') },
  ]);
}

function labelsOf(event: HistoryEvent, master: string | null): Record<string, string> {
  const { kind, minion, status, reason, link, jid } = event;
  const known = Object.entries({ kind, minion, status, reason, link, jid, master });
  return Object.fromEntries(known.filter((one): one is [string, string] => one[1] !== null));
}

/** As log lines, which Explore and the logs panel show; newest first. */
export function eventsFrame(
  answers: readonly MasterAnswer<Rows<HistoryEvent>>[],
  several: boolean,
): DataFrame {
  const rows = answers.flatMap(({ master, view }) =>
    view.rows.map((event) => ({ event, master: several ? master.name : null })),
  );
  rows.sort((a, b) => b.event.atMs - a.event.atMs || b.event.id - a.event.id);
  const body = ({ event }: (typeof rows)[number]) =>
    event.minion === null ? event.text : `${event.minion}: ${event.text}`;
  const text = FieldType.string;
  const ids = rows.map(({ event, master }) => `${master ?? ''}${event.id}`);
  const labels = rows.map(({ event, master }) => labelsOf(event, master));
  return createDataFrame({
    fields: [
      { name: 'timestamp', type: TIME, values: rows.map(({ event }) => event.atMs) },
      { name: 'body', type: text, values: rows.map(body) },
      { name: 'id', type: text, values: ids },
      { name: 'labels', type: FieldType.other, values: labels },
      { name: 'severity', type: text, values: rows.map(({ event }) => severityOf(event)) },
    ],
    meta: { type: 'log-lines' as never, preferredVisualisationType: 'logs' },
  });
}

function severityOf({ kind, status }: HistoryEvent): string {
  if (kind === 'drop' || kind === 'loss' || kind === 'gap') return 'error';
  if (kind === 'storm' || kind === 'master_restart' || kind === 'abandoned') return 'warning';
  if (kind === 'status') return status === 'ok' ? 'info' : 'warning';
  return 'info';
}

/** One frame per minion and metric; where the exporter keeps no point the value is its usual one. */
export function seriesFrames(
  answers: readonly MasterAnswer<SeriesView>[],
  several: boolean,
): DataFrame[] {
  return answers.flatMap(({ master, view }) =>
    view.rows.map((row) => {
      const labels: Record<string, string> = { minion: row.minion, metric: row.metric };
      if (several) labels.master = master.name;
      const { atMs, values } = filled(view, row);
      const unit = row.unit === 'ratio' ? 'percentunit' : 's';
      return createDataFrame({
        name: row.metric,
        fields: [
          { name: 'Time', type: TIME, values: atMs },
          { name: 'Value', type: NUMBER, labels, config: { unit }, values },
        ],
        meta: {
          type: 'timeseries-multi' as never,
          typeVersion: [0, 1],
          preferredVisualisationType: 'graph',
        },
      });
    }),
  );
}

/** Only departures from idle come over the wire; gaps in the recording stay empty. */
function filled(view: SeriesView, row: SeriesView['rows'][number]) {
  const step = view.stepSeconds * 1000;
  const known = new Map(row.atMs.map((at, k) => [at, row.values[k]]));
  const atMs: number[] = [];
  const values: (number | null)[] = [];
  for (let at = Math.ceil(view.fromMs / step) * step; at <= view.toMs; at += step) {
    const unrecorded = view.gaps.some((gap) => at >= gap.fromMs && at < gap.toMs);
    atMs.push(at);
    values.push(known.get(at) ?? (unrecorded ? null : row.idle));
  }
  return { atMs, values };
}

/** The rows of a frame that a test leaves, by the text of its columns; a frame without them as it was. */
export function filteredFrame(frame: DataFrame, keep: (of: ValueOf) => boolean): DataFrame {
  const columns = new Map(frame.fields.map((field) => [field.name, field.values]));
  const labels = columns.get('labels');
  const kept: number[] = [];
  for (let row = 0; row < frame.length; row++) {
    const of: ValueOf = (key) => {
      const value: unknown = labels === undefined ? columns.get(key)?.[row] : labels[row]?.[key];
      return value === null || value === undefined ? undefined : String(value);
    };
    if (keep(of)) kept.push(row);
  }
  if (kept.length === frame.length) return frame;
  const timeline: MasterTimeline | undefined = frame.meta?.custom?.[TIMELINE_KEY];
  const custom = timeline && { [TIMELINE_KEY]: { ...timeline, rows: kept } };
  return {
    ...frame,
    length: kept.length,
    fields: frame.fields.map((field) => ({
      ...field,
      values: kept.map((row) => field.values[row]),
    })),
    meta: { ...frame.meta, ...(custom && { custom }) },
  };
}

/** A row per minion for people, and the folded timeline for the panel, in the frame's meta data. */
export function timelineFrame(
  { view, master }: MasterAnswer<TimelineView>,
  context: { readonly hwm: number | null; readonly several: boolean },
): DataFrame {
  const { rows } = view;
  const text = FieldType.string;
  const seconds = { unit: 's' };
  const fields = [
    { name: 'minion', type: text, values: [...rows.ids] },
    { name: 'status', type: text, values: rows.last.map((code) => view.states[code]) },
    { name: 'since', type: TIME, values: [...rows.sinceMs] },
    { name: 'flaps', type: NUMBER, values: [...rows.flaps] },
    { name: 'dropped', type: NUMBER, values: [...rows.dropped] },
    { name: 'lost returns', type: NUMBER, values: [...rows.losses] },
    {
      name: 'highest pressure',
      type: NUMBER,
      config: { unit: 'percentunit' },
      values: [...rows.pressureMax],
    },
    { name: 'not ok for', type: NUMBER, config: seconds, values: [...rows.troubleSeconds] },
  ];
  if (context.several) {
    fields.push({ name: 'master', type: text, values: rows.ids.map(() => master.name) });
  }
  const timeline: MasterTimeline = { master: master.name, view, hwm: context.hwm };
  return createDataFrame({
    name: master.name,
    fields,
    meta: { custom: { [TIMELINE_KEY]: timeline }, preferredVisualisationType: 'table' },
  });
}
