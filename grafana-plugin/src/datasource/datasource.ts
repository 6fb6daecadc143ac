/** The data source: asks one or several exporters and merges what they say. */
import {
  CoreApp,
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
import { from, merge, type Observable } from 'rxjs';
import { PLAIN } from '../look/plain-text';
import { annotationSupport } from './annotations';
import { ExporterApi } from './api';
import { EVENT_WORDS } from './event-words';
import { type Health, healthOf } from './health';
import { livePackets } from './live-query';
import { type Answered, type Question, Questions } from './questions';
import {
  type BrinescopeQuery,
  type BrinescopeSettings,
  type BrinescopeVariable,
  DEFAULT_QUERY,
  type Master,
  mastersOf,
} from './types';
import { BrinescopeVariables, valuesOf, variableOf } from './variables';

type Request = DataQueryRequest<BrinescopeQuery>;

const TAG_KEYS = ['minion', 'status', 'kind', 'function', 'master'];

/** An empty or "all" choice means all. */
const ALL = /^(\$__all|\.\*|\.\+|\*)$/;

export class BrinescopeDataSource extends DataSourceApi<BrinescopeQuery, BrinescopeSettings> {
  readonly masters: readonly Master[];
  readonly #api: ExporterApi;
  readonly #questions: Questions;
  readonly #templates: TemplateSrv;

  constructor(
    settings: DataSourceInstanceSettings<BrinescopeSettings>,
    templates: TemplateSrv = getTemplateSrv(),
  ) {
    super(settings);
    this.masters = mastersOf(settings.jsonData);
    this.#api = new ExporterApi(settings.url ?? '');
    this.#questions = new Questions(this.#api);
    this.#templates = templates;
    this.annotations = annotationSupport();
    this.variables = new BrinescopeVariables(this);
  }

  override getDefaultQuery(app: CoreApp): Partial<BrinescopeQuery> {
    // Explore has no panel of ours: there people read what happened.
    return app === CoreApp.Explore ? { queryType: 'events' } : DEFAULT_QUERY;
  }

  override getQueryDisplayText(query: BrinescopeQuery): string {
    return [query.queryType, query.minion, query.status, query.kind].filter(Boolean).join(' ');
  }

  #fill(text: string | undefined, scoped: ScopedVars): string {
    return this.#templates.replace(text ?? '', scoped, 'csv').replace(ALL, '');
  }

  #filled(query: BrinescopeQuery, scoped: ScopedVars): BrinescopeQuery {
    return {
      ...query,
      queryType: query.queryType ?? DEFAULT_QUERY.queryType,
      minion: this.#fill(query.minion, scoped),
      status: this.#fill(query.status, scoped),
      kind: this.#fill(query.kind, scoped),
      master: this.#fill(query.master, scoped),
    };
  }

  override interpolateVariablesInQueries(queries: BrinescopeQuery[], scoped: ScopedVars) {
    return queries.map((query) => this.#filled(query, scoped));
  }

  override filterQuery(query: BrinescopeQuery): boolean {
    return query.hide !== true;
  }

  override query(request: Request): Observable<DataQueryResponse> {
    if (this.masters.length === 0) {
      const message = t('source.no-exporter', 'No exporter is configured in this data source.');
      return from([{ data: [], errors: [{ message }] }]);
    }
    const questions = request.targets
      .filter((target) => this.filterQuery(target))
      .map((target) => this.#questionOf(target, request));
    const live = questions.filter(({ query }) => query.queryType === 'stream');
    const once = questions.filter(({ query }) => query.queryType !== 'stream');
    const lines = live.map((question) => livePackets(this.#api, question));
    if (once.length === 0 && lines.length > 0) return merge(...lines);
    return merge(from(this.#answerAll(once, live.length > 0)), ...lines);
  }

  #questionOf(target: BrinescopeQuery, request: Request): Question {
    const { range, maxDataPoints, scopedVars, filters } = request;
    return {
      query: this.#filled(target, scopedVars),
      masters: this.masters,
      several: this.masters.length > 1,
      fromMs: range.from.valueOf(),
      toMs: range.to.valueOf(),
      maxDataPoints: maxDataPoints ?? 1000,
      filters: filters ?? [],
    };
  }

  async #answerAll(questions: readonly Question[], besideLive: boolean) {
    const answers = await Promise.all(
      questions.map(async (question) => ({
        refId: question.query.refId,
        answered: await this.#questions.answer(question),
      })),
    );
    const data: DataFrame[] = [];
    const errors: { refId: string; message: string }[] = [];
    for (const { refId, answered } of answers) {
      const sentences = sentencesOf(answered);
      for (const frame of noticed(answered.frames, sentences)) data.push({ ...frame, refId });
      if (answered.frames.length > 0) continue;
      for (const message of sentences) errors.push({ refId, message });
    }
    // Packets of the live queries carry keys of their own.
    const key = besideLive ? { key: 'once' } : {};
    return errors.length === 0 ? { data, ...key } : { data, errors, ...key };
  }

  override async metricFindQuery(
    query: string | Partial<BrinescopeVariable>,
    options?: { readonly scopedVars?: ScopedVars },
  ): Promise<MetricFindValue[]> {
    const asked = variableOf(query);
    const scoped = options?.scopedVars ?? {};
    const filled = {
      minion: this.#fill(asked.minion, scoped),
      status: this.#fill(asked.status, scoped),
      master: this.#fill(asked.master, scoped),
    };
    return valuesOf(this.#api, this.masters, { ...asked, ...filled });
  }

  override async getTagKeys(): Promise<MetricFindValue[]> {
    return TAG_KEYS.map((text) => ({ text, value: text }));
  }

  override async getTagValues({ key }: { key: string }): Promise<MetricFindValue[]> {
    if (key === 'kind') return Object.keys(EVENT_WORDS).map((text) => ({ text, value: text }));
    if (key === 'status') return this.metricFindQuery({ what: 'statuses' });
    if (key === 'function') return this.metricFindQuery({ what: 'functions' });
    if (key === 'master') return this.metricFindQuery({ what: 'masters' });
    return key === 'minion' ? this.metricFindQuery({ what: 'minions' }) : [];
  }

  override testDatasource(): Promise<Health> {
    return healthOf(this.#api, this.masters);
  }
}

function sentencesOf({ failures, notices }: Answered): string[] {
  const failed = failures.map(({ master, message }) =>
    t(
      'source.partial',
      '{{master}} did not answer ({{message}}): its minions are not shown, and not counted as absent.',
      { ...PLAIN, master: master.name, message },
    ),
  );
  return [...failed, ...notices];
}

/** What is missing stands on the first frame. */
function noticed(frames: readonly DataFrame[], sentences: readonly string[]): DataFrame[] {
  const [first, ...rest] = frames;
  if (first === undefined || sentences.length === 0) return [...frames];
  const notices = [
    ...(first.meta?.notices ?? []),
    ...sentences.map((text) => ({ severity: 'warning' as const, text })),
  ];
  return [{ ...first, meta: { ...first.meta, notices } }, ...rest];
}
