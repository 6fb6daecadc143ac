/** The data source: asks one or several exporters and merges what they say. */
import {
  type AnnotationQuery,
  type CoreApp,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
} from '@grafana/data';
import { t } from '@grafana/i18n';
import { getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import type { MasterView, Overview } from '../../../exporter/src/http/api-types';
import type { EventsView, SeriesView } from '../../../exporter/src/http/history-api-types';
import type { JobListView, LossListView } from '../../../exporter/src/http/job-api-types';
import type { MinionsView } from '../../../exporter/src/http/minions-api-types';
import type { TimelineView } from '../../../exporter/src/http/timeline-api-types';
import { STATUSES } from '../fleet/statuses';
import { type Answers, ExporterApi, messageOf, type Params } from './api';
import {
  eventsFrame,
  jobsFrame,
  lossesFrame,
  minionsFrame,
  seriesFrames,
  timelineFrame,
} from './tables';
import {
  type BrinescopeQuery,
  type BrinescopeSettings,
  DEFAULT_QUERY,
  type Master,
  mastersOf,
} from './types';

type Request = DataQueryRequest<BrinescopeQuery>;

/** The exporter folds to at most this many columns. */
const MAX_COLUMNS = 4096;
const MAX_ROWS = 20_000;

interface Health {
  readonly status: 'success' | 'error';
  readonly message: string;
}

export class BrinescopeDataSource extends DataSourceApi<BrinescopeQuery, BrinescopeSettings> {
  readonly masters: readonly Master[];
  readonly #api: ExporterApi;
  readonly #templates: TemplateSrv;

  constructor(
    settings: DataSourceInstanceSettings<BrinescopeSettings>,
    templates: TemplateSrv = getTemplateSrv(),
  ) {
    super(settings);
    this.masters = mastersOf(settings.jsonData);
    this.#api = new ExporterApi(settings.url ?? '');
    this.#templates = templates;
    this.annotations = {
      getDefaultQuery: () => ({ queryType: 'events', kind: 'master_restart,storm,drop' }),
      prepareAnnotation: (annotation: AnnotationQuery<BrinescopeQuery>) => ({
        ...annotation,
        mappings: { time: { value: 'timestamp' }, text: { value: 'body' }, ...annotation.mappings },
      }),
    };
  }

  override getDefaultQuery(_app: CoreApp): Partial<BrinescopeQuery> {
    return DEFAULT_QUERY;
  }

  override getQueryDisplayText(query: BrinescopeQuery): string {
    return [query.queryType, query.minion, query.status, query.kind].filter(Boolean).join(' ');
  }

  #filled(query: BrinescopeQuery, scoped: ScopedVars): BrinescopeQuery {
    const fill = (text: string | undefined) =>
      // An empty or "all" choice means all minions.
      this.#templates.replace(text ?? '', scoped, 'csv').replace(/^(\$__all|\.\*|\.\+|\*)$/, '');
    return {
      ...query,
      queryType: query.queryType ?? DEFAULT_QUERY.queryType,
      minion: fill(query.minion),
      status: fill(query.status),
      kind: fill(query.kind),
    };
  }

  override interpolateVariablesInQueries(queries: BrinescopeQuery[], scoped: ScopedVars) {
    return queries.map((query) => this.#filled(query, scoped));
  }

  override async query(request: Request): Promise<DataQueryResponse> {
    if (this.masters.length === 0) {
      const message = t('source.no-exporter', 'No exporter is configured in this data source.');
      return { data: [], errors: [{ message }] };
    }
    const data: DataFrame[] = [];
    const errors: { refId: string; message: string }[] = [];
    const asked = request.targets.filter((target) => target.hide !== true);
    const answers = await Promise.all(
      asked.map(async (target) => {
        const query = this.#filled(target, request.scopedVars);
        return { refId: target.refId, ...(await this.#answer(query, request)) };
      }),
    );
    for (const { refId, frames, failures } of answers) {
      for (const frame of frames) data.push({ ...frame, refId });
      if (frames.length > 0) continue;
      for (const failure of failures) errors.push({ refId, message: failure });
    }
    return errors.length === 0 ? { data } : { data, errors };
  }

  /** Frames, with what could not be asked as a notice on the first of them. */
  async #answer(query: BrinescopeQuery, request: Request) {
    const { frames, failures } = await this.#framesOf(query, request);
    const sentences = failures.map(({ master, message }) =>
      t(
        'source.partial',
        '{{master}} did not answer ({{message}}): its minions are not shown, and not counted as absent.',
        { master: master.name, message },
      ),
    );
    const [first, ...rest] = frames;
    if (first === undefined || sentences.length === 0) return { frames, failures: sentences };
    const notices = [
      ...(first.meta?.notices ?? []),
      ...sentences.map((text) => ({ severity: 'warning' as const, text })),
    ];
    const noticed = { ...first, meta: { ...first.meta, notices } };
    return { frames: [noticed, ...rest], failures: sentences };
  }

  async #framesOf(query: BrinescopeQuery, { range, maxDataPoints }: Request) {
    const [from, to] = [range.from.valueOf(), range.to.valueOf()];
    const minion = query.minion || undefined;
    const status = query.status || undefined;
    const limit = query.limit;
    switch (query.queryType) {
      case 'minions':
        return this.#table('minions', { minion, status, limit: limit ?? 1000 }, minionsFrame);
      case 'events': {
        const kind = query.kind || undefined;
        const params = { minion, kind, from, to, limit: limit ?? 1000 };
        return this.#table<EventsView>('events', params, eventsFrame);
      }
      case 'series': {
        const metric = query.metrics?.join(',') || undefined;
        const points = Math.min(5000, maxDataPoints ?? 1000);
        const asked = await this.#ask<SeriesView>('series', { minion, metric, from, to, points });
        return { frames: seriesFrames(asked.answers), failures: asked.failures };
      }
      case 'jobs':
        return this.#table<JobListView>('jobs', { limit: limit ?? 200 }, jobsFrame);
      case 'losses':
        return this.#table<LossListView>('losses', { limit: limit ?? 200 }, lossesFrame);
      default:
        return this.#timeline({
          ...{ minion, status, from, to, encoding: 'base64', limit: limit ?? MAX_ROWS },
          columns: Math.max(1, Math.min(MAX_COLUMNS, Math.round(maxDataPoints ?? 1000))),
        });
    }
  }

  #ask<T>(path: string, params: Params): Promise<Answers<T>> {
    return this.#api.askAll<T>(this.masters, path, params);
  }

  async #table<View>(
    path: string,
    params: Params,
    frameOf: (answers: Answers<View>['answers']) => DataFrame,
  ) {
    const { answers, failures } = await this.#ask<View>(path, params);
    return { frames: answers.length === 0 ? [] : [frameOf(answers)], failures };
  }

  async #timeline(params: Params) {
    const { answers, failures } = await this.#ask<TimelineView>('timeline', params);
    const several = this.masters.length > 1;
    const frames = await Promise.all(
      answers.map(async (answer) => {
        const hwm = await this.#markOf(answer.master);
        return timelineFrame(answer, { hwm, several });
      }),
    );
    return { frames, failures };
  }

  readonly #marks = new Map<number, Promise<number | null>>();

  /** `pub_hwm` of a master, asked once: it changes with a restart of the master only. */
  #markOf(master: Master): Promise<number | null> {
    const known = this.#marks.get(master.index);
    if (known !== undefined) return known;
    const asked = this.#api
      .ask<{ readonly master: MasterView | null }>(master, 'overview')
      .then((overview) => overview.master?.options.pub_hwm ?? null)
      // Without it pressure is shown as a share; the timeline itself may well have answered.
      .catch(() => null);
    this.#marks.set(master.index, asked);
    return asked;
  }

  /** `minions()`, `minions(status)`, `statuses()`, `functions()`, `masters()`. */
  override async metricFindQuery(query: string): Promise<MetricFindValue[]> {
    const [, what = query.trim(), argument = ''] = /^(\w+)\((.*)\)$/.exec(query.trim()) ?? [];
    if (what === 'masters') return this.masters.map(({ name }) => ({ text: name }));
    if (what === 'statuses') {
      return STATUSES.filter((one) => one !== 'nodata').map((text) => ({ text }));
    }
    if (what === 'functions') {
      const { answers } = await this.#ask<JobListView>('jobs', { limit: 512 });
      const names = answers.flatMap(({ view }) => view.rows.map((row) => row.function));
      return [...new Set(names)].sort().map((text) => ({ text }));
    }
    const status = this.#templates.replace(argument, {}, 'csv') || undefined;
    const { answers } = await this.#ask<MinionsView>('minions', {
      status,
      sort: 'name',
      limit: 5000,
    });
    const ids = answers.flatMap(({ view }) => view.rows.map((row) => row.id));
    return [...new Set(ids)].sort().map((text) => ({ text }));
  }

  override async getTagKeys(): Promise<MetricFindValue[]> {
    return ['minion', 'status'].map((text) => ({ text }));
  }

  override async getTagValues({ key }: { key: string }): Promise<MetricFindValue[]> {
    return this.metricFindQuery(key === 'status' ? 'statuses()' : 'minions()');
  }

  override async testDatasource(): Promise<Health> {
    if (this.masters.length === 0) {
      return {
        status: 'error',
        message: t('source.health.none', 'Enter the address of an exporter.'),
      };
    }
    const lines: string[] = [];
    let failed = false;
    for (const master of this.masters) {
      try {
        lines.push(healthLine(master, await this.#api.ask<Overview>(master, 'overview')));
      } catch (error) {
        failed = true;
        lines.push(`${master.name}: ${messageOf(error)}`);
      }
    }
    return { status: failed ? 'error' : 'success', message: lines.join(' ') };
  }
}

/** Version, master, and what the exporter cannot see. */
function healthLine(master: Master, overview: Overview): string {
  const { exporter, sources, fleet } = overview;
  const salt = overview.master;
  const where =
    salt === null
      ? 'no master yet'
      : `${salt.id ?? 'a master'} (Salt ${salt.saltVersion ?? 'unknown'})`;
  const minions = fleet.minions === null ? '' : `, ${fleet.minions} minions`;
  const blind = sources.filter((one) => one.state === 'down' || one.state === 'limited');
  const words = blind.map(({ source, state }) => `${source} ${state}`);
  const cannot = words.length === 0 ? '' : ` It cannot see everything: ${words.join(', ')}.`;
  return `${master.name}: Brinescope ${exporter.version} watches ${where}${minions}.${cannot}`;
}
