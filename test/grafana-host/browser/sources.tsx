/** Asks data sources as Grafana's query runner, dashboards' variables and annotations do; keeps what they answered. */
import {
  type AnnotationEvent,
  type AnnotationQuery,
  CoreApp,
  type DataFrame,
  type DataQuery,
  type DataQueryRequest,
  type DataQueryResponse,
  dateTime,
  type MetricFindValue,
  type TimeRange,
  toCSV,
} from '@grafana/data';
import {
  firstValueFrom,
  from,
  isObservable,
  lastValueFrom,
  type Observable,
  type Subscription,
  switchMap,
} from 'rxjs';
import type { AnnotationSummary, FrameSummary, LiveSummary, QueryRequest } from '../host-api.ts';
import type { InstalledDataSource } from './services.tsx';

export const installed = new Map<string, InstalledDataSource>();
/** By the name that a test gave. */
export const frames = new Map<string, DataFrame[]>();

export function sourceOf(uid: string): InstalledDataSource {
  const source = installed.get(uid);
  if (source === undefined) throw new Error(`no data source ${uid}`);
  return source;
}

export function rangeOf(fromMs?: number, toMs?: number): TimeRange {
  const to = dateTime(toMs ?? Date.now());
  const start = dateTime(fromMs ?? to.valueOf() - 3_600_000);
  return { from: start, to, raw: { from: start, to } };
}

function requestOf(ask: QueryRequest): DataQueryRequest {
  const range = rangeOf(ask.fromMs, ask.toMs);
  const maxDataPoints = ask.maxDataPoints ?? 800;
  const intervalMs = Math.max(1, (range.to.valueOf() - range.from.valueOf()) / maxDataPoints);
  const targets = ask.targets.map((target, index): DataQuery => {
    return { refId: String.fromCharCode(65 + index), ...target };
  });
  return {
    requestId: 'host',
    app: ask.explore === true ? CoreApp.Explore : CoreApp.Dashboard,
    interval: `${Math.ceil(intervalMs / 1000)}s`,
    intervalMs,
    maxDataPoints,
    range,
    scopedVars: {},
    startTime: Date.now(),
    timezone: 'utc',
    targets,
    filters: ask.filters as DataQueryRequest['filters'],
  };
}

export function answerOf(uid: string, ask: QueryRequest) {
  const answer = sourceOf(uid).query(requestOf(ask));
  return isObservable(answer) ? answer : from(Promise.resolve(answer));
}

function summary(frame: DataFrame): FrameSummary {
  return {
    name: frame.name ?? '',
    refId: frame.refId ?? '',
    length: frame.length,
    type: frame.meta?.type ?? '',
    preferred: frame.meta?.preferredVisualisationType ?? '',
    notices: (frame.meta?.notices ?? []).map((notice) => ({ ...notice })),
    fields: frame.fields.map((field) => ({
      name: field.name,
      type: field.type,
      unit: field.config.unit ?? '',
      labels: { ...field.labels },
      values: [...field.values].slice(0, 50),
    })),
  };
}

/** Asks a data source; the frames of the last packet stay under `keep` for a panel. */
export async function query(uid: string, ask: QueryRequest, keep = 'last') {
  const packets: DataQueryResponse[] = [];
  await new Promise<void>((done, fail) => {
    answerOf(uid, ask).subscribe({ next: (one) => packets.push(one), error: fail, complete: done });
  });
  const last = packets.at(-1);
  frames.set(keep, (last?.data ?? []) as DataFrame[]);
  return {
    packets: packets.length,
    frames: ((last?.data ?? []) as DataFrame[]).map(summary),
    errors: (last?.errors ?? []).map((error) => error.message ?? ''),
  };
}

interface Listening {
  readonly subscription: Subscription;
  packets: number;
  /** The latest packet of each key, as Grafana keeps them. */
  readonly latest: Map<string, DataQueryResponse>;
}

const listening = new Map<string, Listening>();

export function listen(uid: string, ask: QueryRequest): void {
  stopListening(uid);
  const latest = new Map<string, DataQueryResponse>();
  const next = (packet: DataQueryResponse) => {
    latest.set(packet.key ?? 'A', packet);
    const now = listening.get(uid);
    if (now !== undefined) now.packets += 1;
    frames.set(
      'live',
      [...latest.values()].flatMap(({ data }) => data as DataFrame[]),
    );
  };
  // Subscribed later, so that the first packet finds its place.
  const subscription = from(Promise.resolve())
    .pipe(switchMap(() => answerOf(uid, ask)))
    .subscribe({ next });
  listening.set(uid, { subscription, packets: 0, latest });
}

export function stopListening(uid: string): void {
  listening.get(uid)?.subscription.unsubscribe();
}

export function live(uid: string): LiveSummary {
  const found = listening.get(uid);
  const packets = [...(found?.latest.values() ?? [])];
  const data = packets.flatMap((packet) => packet.data as DataFrame[]);
  const lines = data.find((frame) => frame.fields.some(({ name }) => name === 'labels'));
  const ids = [...(lines?.fields.find(({ name }) => name === 'id')?.values ?? [])].map(String);
  return {
    packets: found?.packets ?? 0,
    state: packets.map(({ state }) => state ?? '').join(),
    errors: packets.flatMap(({ errors }) => (errors ?? []).map(({ message }) => message ?? '')),
    frames: data.map(summary),
    ids: ids.reverse(),
  };
}

const texts = (values: readonly MetricFindValue[]) => values.map(({ text }) => text);

/** As a dashboard fills a variable: the query is a target of a request of its own. */
export async function variableValues(uid: string, asked: unknown): Promise<string[]> {
  const { variables } = sourceOf(uid);
  const request = { ...requestOf({ targets: [] }), targets: [asked] };
  const custom = variables as unknown as {
    query(request: unknown): Observable<{ data: MetricFindValue[] }>;
  };
  return texts((await lastValueFrom(custom.query(request))).data);
}

export async function tagKeys(uid: string): Promise<string[]> {
  return texts(((await sourceOf(uid).getTagKeys?.({ filters: [] })) ?? []) as MetricFindValue[]);
}

export async function tagValues(uid: string, key: string): Promise<string[]> {
  const values = await sourceOf(uid).getTagValues?.({ key, filters: [] });
  return texts((values ?? []) as MetricFindValue[]);
}

export async function annotations(uid: string, saved: object): Promise<AnnotationSummary[]> {
  const support = sourceOf(uid).annotations;
  const target = support?.getDefaultQuery?.();
  const annotation: AnnotationQuery = support?.prepareAnnotation?.({ target, ...saved });
  const prepared = support?.prepareQuery?.(annotation);
  if (prepared === undefined) return [];
  const answer = await lastValueFrom(answerOf(uid, { targets: [{ ...prepared }] }));
  const events = support?.processEvents?.(annotation, answer.data as DataFrame[]);
  const made: AnnotationEvent[] = (events && (await firstValueFrom(events))) ?? [];
  return made.map(({ time, text, tags }) => ({
    time: time ?? 0,
    text: text ?? '',
    tags: tags ?? [],
  }));
}

export function csv(key: string): string {
  return toCSV(frames.get(key) ?? []);
}
