/** What a data source of ours is made of: its settings, its secrets, its queries. */
import type { DataQuery, DataSourceJsonData } from '@grafana/data';
import type { SeriesMetric } from '../../../exporter/src/http/history-api-types';

/** Exporters of one data source; plugin.json has a route for each. */
export const MAX_MASTERS = 8;

export type UrlKey = `url${number}`;
export type NameKey = `name${number}`;

/** Addresses are flat keys, for Grafana's proxy fills routes from keys: `url0`, `name0`, `url1` … */
export interface BrinescopeSettings extends DataSourceJsonData {
  [key: UrlKey]: string | undefined;
  [key: NameKey]: string | undefined;
}

/** `token0`, `token1` …; only Grafana's server reads them. */
export type BrinescopeSecrets = Record<string, string>;

export const QUERY_TYPES = ['timeline', 'minions', 'events', 'series', 'jobs', 'losses'] as const;
export type QueryType = (typeof QUERY_TYPES)[number];

export interface BrinescopeQuery extends DataQuery {
  queryType: QueryType;
  /** Key ids or patterns, separated by commas; empty = all. */
  minion?: string;
  /** Statuses of the present, separated by commas. */
  status?: string;
  /** Kinds of events, separated by commas. */
  kind?: string;
  metrics?: SeriesMetric[];
  /** Most rows per master; each type has its own default. */
  limit?: number;
}

export const DEFAULT_QUERY: Pick<BrinescopeQuery, 'queryType'> = { queryType: 'timeline' };

/** One exporter as it is configured. */
export interface Master {
  readonly index: number;
  /** As shown; the master's own id where none was given. */
  readonly name: string;
}

export function mastersOf(settings: BrinescopeSettings): Master[] {
  const out: Master[] = [];
  for (let index = 0; index < MAX_MASTERS; index++) {
    const url = settings[`url${index}`] ?? '';
    if (url === '') continue;
    out.push({ index, name: settings[`name${index}`] || `master ${index + 1}` });
  }
  return out;
}
