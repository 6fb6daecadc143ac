/**
 * The exporter's stream of one master as an observable that does not end: it begins with what
 * happened before, and after a break goes on behind the last event it knows, so that none is lost
 * and none comes twice.
 */
import { Observable, type Subscription } from 'rxjs';
import type {
  EventsView,
  HistoryEvent,
  StreamGap,
  StreamSample,
} from '../../../exporter/src/http/history-api-types';
import { type ExporterApi, messageOf, type Params } from './api';
import { type ServerEvent, ServerEventReader } from './sse';
import type { Master } from './types';

/** The exporter says something at least every 15 s; the proxy's own limit is 30 s. */
const SILENCE_MS = 40_000;
const RETRY_MS = 2_000;
const RETRY_MAX_MS = 30_000;
/** An error's text is shown to people. */
const REFUSAL_CHARS = 2_000;

export type LiveNews =
  | { readonly kind: 'events'; readonly rows: readonly HistoryEvent[] }
  | { readonly kind: 'sample'; readonly sample: StreamSample }
  | { readonly kind: 'gap'; readonly gap: StreamGap }
  /** It is read from now on. */
  | { readonly kind: 'up' }
  /** It broke off and is tried again. */
  | { readonly kind: 'down'; readonly message: string };

export interface LiveWishes {
  readonly minion: string | undefined;
  readonly event: string | undefined;
  /** Events from before, at most. */
  readonly backlog: number;
  readonly fromMs: number;
  readonly samples: boolean;
}

export interface LiveSource {
  readonly api: ExporterApi;
  readonly master: Master;
  readonly wishes: LiveWishes;
}

export function liveOf(source: LiveSource): Observable<LiveNews> {
  return new Observable((subscriber) => {
    const line = new LiveLine(source, (news) => subscriber.next(news));
    void line.begin();
    return () => line.end();
  });
}

class LiveLine {
  readonly #source: LiveSource;
  readonly #tell: (news: LiveNews) => void;
  /** Of the last event that is known; undefined = the past was not asked yet. */
  #lastId: number | undefined;
  #reading: Subscription | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS;
  #failures = 0;
  #ended = false;

  constructor(source: LiveSource, tell: (news: LiveNews) => void) {
    this.#source = source;
    this.#tell = tell;
  }

  async begin(): Promise<void> {
    try {
      if (this.#lastId === undefined) await this.#askPast();
    } catch (error) {
      this.#breakOff(messageOf(error));
      return;
    }
    if (!this.#ended) this.#connect();
  }

  end(): void {
    this.#ended = true;
    this.#stop();
  }

  #stop(): void {
    this.#reading?.unsubscribe();
    this.#reading = undefined;
    clearTimeout(this.#timer);
  }

  /** The newest event of all says where the stream goes on; those asked for are shown. */
  async #askPast(): Promise<void> {
    const { api, master, wishes } = this.#source;
    const newest = await api.ask<EventsView>(master, 'events', { limit: 1 });
    const lastId = newest.rows[0]?.id ?? 0;
    const { minion, event, backlog, fromMs } = wishes;
    const params = { minion, kind: event, from: fromMs, limit: backlog };
    const past = backlog === 0 ? [] : (await api.ask<EventsView>(master, 'events', params)).rows;
    if (this.#ended) return;
    this.#lastId = lastId;
    // What happened between the two answers comes with the stream.
    const rows = past.filter(({ id }) => id <= lastId);
    this.#tell({ kind: 'events', rows });
  }

  #connect(): void {
    const { api, master, wishes } = this.#source;
    const params: Params = {
      minion: wishes.minion,
      kind: wishes.event,
      samples: wishes.samples ? 'on' : 'off',
      after: this.#lastId,
    };
    const reader = new ServerEventReader();
    const refusal = new Refusal();
    let isUp = false;
    this.#watch();
    this.#reading = api.listen(master, 'stream', params).subscribe({
      next: ({ status, data }) => {
        this.#watch();
        if (status >= 400) return refusal.add(status, data);
        if (!isUp) this.#tell({ kind: 'up' });
        isUp = true;
        this.#failures = 0;
        if (data !== undefined) this.#take(reader, data);
      },
      error: (error: unknown) => this.#breakOff(messageOf(error)),
      complete: () => this.#breakOff(refusal.text ?? 'the connection ended'),
    });
  }

  #take(reader: ServerEventReader, data: Uint8Array): void {
    const rows: HistoryEvent[] = [];
    try {
      for (const event of reader.read(data)) this.#sort(event, rows);
    } catch (error) {
      // What was whole is kept: it will not come again.
      if (rows.length > 0) this.#tell({ kind: 'events', rows });
      this.#breakOff(messageOf(error));
      return;
    }
    this.#retryMs = reader.retryMs ?? this.#retryMs;
    if (rows.length > 0) this.#tell({ kind: 'events', rows });
  }

  #sort({ type, data }: ServerEvent, rows: HistoryEvent[]): void {
    if (type === 'event') {
      const row: HistoryEvent = JSON.parse(data);
      if (row.id <= (this.#lastId ?? 0)) return;
      this.#lastId = row.id;
      rows.push(row);
    } else if (type === 'sample') this.#tell({ kind: 'sample', sample: JSON.parse(data) });
    else if (type === 'gap') this.#tell({ kind: 'gap', gap: JSON.parse(data) });
    // `slow` and `bye` are last words: the connection ends, and is made again.
  }

  /** A connection that says nothing is no connection. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#breakOff('it fell silent'), SILENCE_MS);
  }

  #breakOff(message: string): void {
    if (this.#ended) return;
    this.#stop();
    this.#tell({ kind: 'down', message });
    const waitMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2 ** Math.min(this.#failures, 8));
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.begin(), waitMs);
  }
}

/** The text of an answer that is an error, out of its pieces. */
class Refusal {
  #status: number | undefined;
  #body = '';

  add(status: number, data: Uint8Array | undefined): void {
    this.#status = status;
    this.#body = (this.#body + new TextDecoder().decode(data)).slice(0, REFUSAL_CHARS);
  }

  /** In the exporter's own words, or the proxy's; undefined when nothing was refused. */
  get text(): string | undefined {
    if (this.#status === undefined) return undefined;
    try {
      const body: { error?: { message?: string }; message?: string } = JSON.parse(this.#body);
      return body.error?.message ?? `${this.#status}: ${body.message ?? ''}`;
    } catch {
      // A proxy's page of its own; only the status is worth a line.
      return String(this.#status);
    }
  }
}
