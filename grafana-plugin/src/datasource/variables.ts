/** Template variables: minions, statuses, functions and masters. */
import {
  CustomVariableSupport,
  type DataQueryRequest,
  type DataQueryResponse,
  type MetricFindValue,
} from '@grafana/data';
import { from, map, type Observable } from 'rxjs';
import type { JobListView } from '../../../exporter/src/http/job-api-types';
import type { MinionsView } from '../../../exporter/src/http/minions-api-types';
import { STATUSES } from '../fleet/statuses';
import type { ExporterApi } from './api';
import type { BrinescopeDataSource } from './datasource';
import { IDS_MAX, idTest, wordsOf } from './filters';
import { type BrinescopeVariable, type Master, VARIABLE_KINDS } from './types';
import { VariableEditor } from './VariableEditor';

/** A page of minions, and the largest fleet. */
const PAGE = 5000;
const MINIONS_MAX = 20_000;
const JOBS_MAX = 512;

export const DEFAULT_VARIABLE: Pick<BrinescopeVariable, 'what'> = { what: 'minions' };

/** Also the short form: `minions(absent,stalled)`, `statuses()`, `functions()`, `masters()`. */
export function variableOf(query: string | Partial<BrinescopeVariable>): BrinescopeVariable {
  if (typeof query !== 'string') return { refId: 'variable', ...DEFAULT_VARIABLE, ...query };
  const [, word = query.trim(), status = ''] = /^(\w+)\((.*)\)$/.exec(query.trim()) ?? [];
  const what = VARIABLE_KINDS.find((kind) => kind === word) ?? 'minions';
  return { refId: 'variable', what, status };
}

const sorted = (texts: Iterable<string>): MetricFindValue[] =>
  [...new Set(texts)].sort().map((text) => ({ text, value: text }));

async function minionsOf(
  api: ExporterApi,
  masters: readonly Master[],
  asked: BrinescopeVariable,
): Promise<MetricFindValue[]> {
  const ids = wordsOf(asked.minion);
  const minion = ids.length > IDS_MAX ? undefined : ids.join(',') || undefined;
  const keep = idTest(ids);
  const found: string[] = [];
  for (let offset = 0; offset < MINIONS_MAX; offset += PAGE) {
    const params = { minion, status: asked.status || undefined, sort: 'name', limit: PAGE, offset };
    const { answers, failures } = await api.askAll<MinionsView>(masters, 'minions', params);
    const [failure] = failures;
    if (answers.length === 0 && failure !== undefined) throw new Error(failure.message);
    found.push(...answers.flatMap(({ view }) => view.rows.map(({ id }) => id)).filter(keep));
    if (answers.every(({ view }) => view.of <= offset + PAGE)) break;
  }
  return sorted(found);
}

/** Values of a variable whose texts are filled in. */
export async function valuesOf(
  api: ExporterApi,
  masters: readonly Master[],
  asked: BrinescopeVariable,
): Promise<MetricFindValue[]> {
  const names = wordsOf(asked.master);
  const chosen = masters.filter(({ name }) => names.length === 0 || names.includes(name));
  switch (asked.what) {
    case 'masters':
      return masters.map(({ name }) => ({ text: name, value: name }));
    case 'statuses':
      return STATUSES.filter((one) => one !== 'nodata').map((text) => ({ text, value: text }));
    case 'functions': {
      const { answers } = await api.askAll<JobListView>(chosen, 'jobs', { limit: JOBS_MAX });
      return sorted(answers.flatMap(({ view }) => view.rows.map((row) => row.function)));
    }
    default:
      return minionsOf(api, chosen, asked);
  }
}

export class BrinescopeVariables extends CustomVariableSupport<
  BrinescopeDataSource,
  BrinescopeVariable
> {
  override editor = VariableEditor;
  readonly #source: BrinescopeDataSource;

  constructor(source: BrinescopeDataSource) {
    super();
    this.#source = source;
  }

  override getDefaultQuery() {
    return DEFAULT_VARIABLE as object;
  }

  override query(request: DataQueryRequest<BrinescopeVariable>): Observable<DataQueryResponse> {
    const [target] = request.targets;
    const values = this.#source.metricFindQuery(target ?? DEFAULT_VARIABLE, request);
    return from(values).pipe(map((data) => ({ data })));
  }
}
