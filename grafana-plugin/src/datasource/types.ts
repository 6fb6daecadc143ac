/** What a data source of ours is made of: its settings, its secrets, its queries. */
import type { DataQuery, DataSourceJsonData } from '@grafana/data';
import type { SeriesMetric } from '../../../exporter/src/http/history-api-types';

/** Exporters of one data source; plugin.json has a route for each. */
export const MAX_MASTERS = 8;

export type UrlKey = `url${number}`;
export type NameKey = `name${number}`;
export type UserKey = `user${number}`;

/** Addresses are flat keys, for Grafana's proxy fills routes from keys: `url0`, `name0`, `url1` … */
export interface BrinescopeSettings extends DataSourceJsonData {
  [key: UrlKey]: string | undefined;
  [key: NameKey]: string | undefined;
  [key: UserKey]: string | undefined;
  /** Of all exporters, by names that Grafana's proxy knows. */
  tlsSkipVerify?: boolean;
  tlsAuthWithCACert?: boolean;
}

/**
 * Only Grafana's server reads them: `token0` … is a bearer token, `basic0` … user and password as
 * the header of basic authentication wants them (base64), `tlsCACert` a certificate in PEM.
 */
export type BrinescopeSecrets = Record<string, string>;

export const QUERY_TYPES = [
  ...(['timeline', 'minions', 'events', 'series', 'jobs', 'losses', 'stream'] as const),
] as const;
export type QueryType = (typeof QUERY_TYPES)[number];

/** What a live query shows: events as log lines, minions by status over time, queues of now. */
export const LIVE_PARTS = ['events', 'fleet', 'queues'] as const;
export type LivePart = (typeof LIVE_PARTS)[number];

export interface BrinescopeQuery extends DataQuery {
  queryType: QueryType;
  /** Key ids or patterns, separated by commas; empty = all. */
  minion?: string;
  /** Statuses of the present, separated by commas. */
  status?: string;
  /** Kinds of events, separated by commas. */
  kind?: string;
  metrics?: SeriesMetric[];
  /** Of a stream; default events. */
  live?: LivePart[];
  /** Names of exporters, separated by commas; empty = all. */
  master?: string;
  /** Most rows per master; each type has its own default. */
  limit?: number;
}

/** What a template variable offers. */
export const VARIABLE_KINDS = ['minions', 'statuses', 'functions', 'masters'] as const;
export type VariableKind = (typeof VARIABLE_KINDS)[number];

export interface BrinescopeVariable extends DataQuery {
  what: VariableKind;
  /** Of minions: key ids or patterns, and statuses of the present, separated by commas. */
  minion?: string;
  status?: string;
  /** Of functions and minions: names of exporters; empty = all. */
  master?: string;
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
