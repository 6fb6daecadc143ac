/** Answers one query that ends: asks the exporters what its type asks for and makes frames of it. */
import type { AdHocVariableFilter, DataFrame } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { MasterView } from '../../../exporter/src/http/api-types';
import type { EventsView, SeriesView } from '../../../exporter/src/http/history-api-types';
import type { JobListView, LossListView } from '../../../exporter/src/http/job-api-types';
import type { MinionsView } from '../../../exporter/src/http/minions-api-types';
import type { TimelineView } from '../../../exporter/src/http/timeline-api-types';
import type { Answers, ExporterApi, Failure, Params } from './api';
import { filterTest, IDS_MAX, idTest, type ValueOf, wordsOf } from './filters';
import {
  eventsFrame,
  filteredFrame,
  jobsFrame,
  lossesFrame,
  minionsFrame,
  seriesFrames,
  timelineFrame,
} from './tables';
import type { BrinescopeQuery, Master, QueryType } from './types';

/** The exporter folds to at most this many columns. */
const MAX_COLUMNS = 4096;
const MAX_TIMELINE_ROWS = 20_000;
const MAX_POINTS = 5000;
/** What the exporter gives at once, and what is usual. */
const ROWS = { usual: 1000, most: 5000 };
const JOBS = { usual: 200, most: 512 };

/** What an ad-hoc filter can ask of each type; the others say nothing of it and stay whole. */
const FILTER_KEYS: Readonly<Record<QueryType, readonly string[]>> = {
  timeline: ['minion', 'status', 'master'],
  minions: ['minion', 'status', 'master', 'identity'],
  events: ['minion', 'kind', 'reason', 'link', 'jid', 'master'],
  stream: ['minion', 'kind', 'reason', 'link', 'jid', 'master'],
  series: ['minion', 'metric', 'master'],
  jobs: ['function', 'jid', 'state', 'phase', 'master'],
  losses: ['minion', 'function', 'jid', 'link', 'reason', 'confidence', 'master'],
};

export interface Question {
  readonly query: BrinescopeQuery;
  readonly masters: readonly Master[];
  /** The data source has several exporters: rows say whose they are. */
  readonly several: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  readonly maxDataPoints: number;
  readonly filters: readonly AdHocVariableFilter[];
}

export interface Answered {
  readonly frames: readonly DataFrame[];
  readonly failures: readonly Failure[];
  /** What is left out, one sentence each. */
  readonly notices: readonly string[];
}

type Limits = typeof ROWS;

const limitOf = ({ limit }: BrinescopeQuery, { usual, most }: Limits) =>
  Math.max(1, Math.min(most, Math.round(limit ?? usual)));

/** Values that a filter names as they are, so that the exporter can be asked for them alone. */
function named(filters: readonly AdHocVariableFilter[], key: string): string | undefined {
  const found = filters.find((one) => one.key === key && /^=\|?$/.test(one.operator));
  if (found === undefined) return undefined;
  const values = found.operator === '=|' ? (found.values ?? [found.value]) : [found.value];
  return values.some((value) => value === '' || /[,*?]/.test(value)) ? undefined : values.join(',');
}

/** Filters that a type of query understands. */
export function filtersFor(type: QueryType, filters: readonly AdHocVariableFilter[]) {
  return filters.filter(({ key }) => FILTER_KEYS[type].includes(key));
}

/** Exporters that are asked: those of the query, less those that a filter takes away. */
export function mastersAsked({ query, masters, filters }: Question): readonly Master[] {
  const names = wordsOf(query.master);
  const wanted = filterTest(filters.filter(({ key }) => key === 'master'));
  return masters.filter(
    ({ name }) => (names.length === 0 || names.includes(name)) && wanted(() => name),
  );
}

/** Minions and kinds as the exporter is asked for them; undefined = all. */
export function askedFor({ query, filters }: Question) {
  const minions = query.minion || named(filters, 'minion') || undefined;
  return {
    minion: wordsOf(minions).length > IDS_MAX ? undefined : minions,
    status: query.status || undefined,
    kind: query.kind || named(filters, 'kind') || undefined,
  };
}

/** What the exporter could not be asked is compared here. */
export function rowTest({ query, filters }: Question): (of: ValueOf) => boolean {
  const byFilter = filterTest(
    filtersFor(query.queryType, filters).filter(({ key }) => key !== 'master'),
  );
  const ids = wordsOf(query.minion);
  const isLocal = ids.length > IDS_MAX;
  const byId = idTest(isLocal ? ids : []);
  return (of) => byFilter(of) && (!isLocal || byId(of('minion') ?? ''));
}

const cut = (rows: number) =>
  t('source.cut', 'Not all are shown: ask for fewer, or raise the limit of {{rows}}.', {
    rows: rows.toLocaleString('en-US'),
  });

/** A notice when there is more than was asked for. */
function cutOf(
  { answers }: Answers<{ readonly of: number; readonly rows: readonly unknown[] }>,
  limit: number,
): string[] {
  return answers.some(({ view }) => view.of > view.rows.length) ? [cut(limit)] : [];
}

export class Questions {
  readonly #api: ExporterApi;
  readonly #marks = new Map<number, Promise<number | null>>();

  constructor(api: ExporterApi) {
    this.#api = api;
  }

  async answer(question: Question): Promise<Answered> {
    const answered = await this.#frames({ ...question, masters: mastersAsked(question) });
    // A series is in or out as a whole, and that is decided already.
    if (question.query.queryType === 'series') return answered;
    const keep = rowTest(question);
    return { ...answered, frames: answered.frames.map((frame) => filteredFrame(frame, keep)) };
  }

  #frames(question: Question): Promise<Answered> {
    switch (question.query.queryType) {
      case 'minions':
        return this.#minions(question);
      case 'events':
        return this.#events(question);
      case 'series':
        return this.#series(question);
      case 'jobs':
      case 'losses':
        return this.#latest(question);
      default:
        return this.#timeline(question);
    }
  }

  #ask<T>({ masters }: Question, path: string, params: Params): Promise<Answers<T>> {
    return this.#api.askAll<T>(masters, path, params);
  }

  async #minions(question: Question): Promise<Answered> {
    const { minion, status } = askedFor(question);
    const limit = limitOf(question.query, ROWS);
    const params = { minion, status, limit };
    const { answers, failures } = await this.#ask<MinionsView>(question, 'minions', params);
    const frames = answers.length === 0 ? [] : [minionsFrame(answers, question.several)];
    const notices = cutOf({ answers, failures }, limit);
    return { frames, failures, notices };
  }

  async #events(question: Question): Promise<Answered> {
    const { fromMs: from, toMs: to } = question;
    const { minion, kind } = askedFor(question);
    const limit = limitOf(question.query, ROWS);
    const params = { minion, kind, from, to, limit };
    const { answers, failures } = await this.#ask<EventsView>(question, 'events', params);
    const isCut = answers.some(({ view }) => view.next !== null);
    const unkept = answers.filter(({ view }) => view.history.state === 'down');
    return {
      frames: answers.length === 0 ? [] : [eventsFrame(answers, question.several)],
      failures,
      notices: [
        ...(isCut ? [cut(limit)] : []),
        ...unkept.map(({ master, view }) => `${master.name}: ${view.history.detail}`),
      ],
    };
  }

  async #series(question: Question): Promise<Answered> {
    const { query, fromMs: from, toMs: to, maxDataPoints } = question;
    const { minion } = askedFor(question);
    if (minion === undefined) {
      const text = t('source.series.which', 'Name the minions whose figures you want, at most 50.');
      return { frames: [], failures: [], notices: [text] };
    }
    const points = Math.max(1, Math.min(MAX_POINTS, Math.round(maxDataPoints)));
    const metric = query.metrics?.join(',') || undefined;
    const params = { minion, metric, from, to, points };
    const { answers, failures } = await this.#ask<SeriesView>(question, 'series', params);
    const keep = rowTest(question);
    const frames = seriesFrames(answers, question.several).filter(({ fields }) =>
      keep((key) => fields[1]?.labels?.[key]),
    );
    return { frames, failures, notices: [] };
  }

  /** Jobs and losses: the exporter gives its latest, of which the time range is shown. */
  async #latest(question: Question): Promise<Answered> {
    const { query, filters, fromMs, toMs } = question;
    const limit = limitOf(query, JOBS);
    const within = (time: string | null) => {
      const at = time === null ? Number.NaN : Date.parse(time);
      // What has no instant is not hidden for it.
      return Number.isNaN(at) || (at >= fromMs && at <= toMs);
    };
    const name = named(filters, 'function');
    if (query.queryType === 'jobs') {
      const params = { function: name, limit };
      const asked = await this.#ask<JobListView>(question, 'jobs', params);
      const answers = asked.answers.map(({ master, view }) => ({
        master,
        view: { rows: view.rows.filter(({ began }) => within(began)) },
      }));
      const frames = answers.length === 0 ? [] : [jobsFrame(answers, question.several)];
      return { frames, failures: asked.failures, notices: cutOf(asked, limit) };
    }
    const params = { minion: askedFor(question).minion, function: name, limit };
    const asked = await this.#ask<LossListView>(question, 'losses', params);
    const answers = asked.answers.map(({ master, view }) => ({
      master,
      view: { rows: view.rows.filter(({ decided }) => within(decided)) },
    }));
    const frames = answers.length === 0 ? [] : [lossesFrame(answers, question.several)];
    return { frames, failures: asked.failures, notices: cutOf(asked, limit) };
  }

  async #timeline(question: Question): Promise<Answered> {
    const { query, several, fromMs: from, toMs: to, maxDataPoints } = question;
    const { minion, status } = askedFor(question);
    const columns = Math.max(1, Math.min(MAX_COLUMNS, Math.round(maxDataPoints)));
    const limit = limitOf(query, { usual: MAX_TIMELINE_ROWS, most: MAX_TIMELINE_ROWS });
    const params = { minion, status, from, to, columns, limit, encoding: 'base64' };
    const { answers, failures } = await this.#ask<TimelineView>(question, 'timeline', params);
    const frames = await Promise.all(
      answers.map(async (answer) => {
        const hwm = await this.#markOf(answer.master);
        return timelineFrame(answer, { hwm, several });
      }),
    );
    return { frames, failures, notices: [] };
  }

  /** `pub_hwm` of a master, asked once: it changes with a restart of the master only. */
  #markOf(master: Master): Promise<number | null> {
    const known = this.#marks.get(master.index);
    if (known !== undefined) return known;
    const asked = this.#api
      .ask<{ readonly master: MasterView | null }>(master, 'overview')
      .then((overview) => overview.master?.options.pub_hwm ?? null)
      .catch(() => {
        // Without it pressure is shown as a share; the next query asks again.
        this.#marks.delete(master.index);
        return null;
      });
    this.#marks.set(master.index, asked);
    return asked;
  }
}
