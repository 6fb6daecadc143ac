/** The latest events with their ids, for streams and for whoever asks without a store. */
import type { FeedEvent } from '../domain/event-feed.js';
import { feedText } from '../domain/event-feed.js';
import { type HistoryEvent, IDS_PER_MS, type ToldRecord } from './record.js';

/** Enough for a reader that comes back after a minute of ordinary trouble; older ones are in the store. */
const KEPT = 4_096;

export type EventListener = (events: readonly HistoryEvent[]) => void;

export class EventLog {
  readonly #ring: HistoryEvent[] = [];
  readonly #listeners = new Set<EventListener>();
  #recorded = 0;
  #lastId = 0;
  /** The id before the first one that this process gave. */
  #begunAfter = Number.POSITIVE_INFINITY;

  /** Highest id that was given; 0 = none yet. */
  get lastId(): number {
    return this.#lastId;
  }

  /** No id at or below it is given from here on. */
  continueAfter(id: number): void {
    this.#lastId = Math.max(this.#lastId, id);
  }

  /** Gives ids, and tells the listeners. */
  add(events: readonly FeedEvent[], nowMs: number): readonly ToldRecord[] {
    const loud: HistoryEvent[] = [];
    const told = events.map((event) => {
      const record = this.#record(event, nowMs);
      const quiet = event.quiet ?? false;
      if (!quiet) loud.push(record);
      return { ...record, quiet };
    });
    for (const record of loud) {
      this.#ring[this.#recorded % KEPT] = record;
      this.#recorded += 1;
    }
    if (loud.length > 0) for (const listener of this.#listeners) listener(loud);
    return told;
  }

  /** Ascending. `isWhole`: nothing that followed the id is missing. */
  after(id: number): { readonly rows: readonly HistoryEvent[]; readonly isWhole: boolean } {
    const rows = this.list();
    const first = rows[0]?.id ?? Number.POSITIVE_INFINITY;
    const isWhole = this.#recorded <= KEPT ? id >= this.#begunAfter : id >= first;
    return { rows: rows.filter((row) => row.id > id), isWhole };
  }

  /** Oldest first. */
  list(): HistoryEvent[] {
    const from = Math.max(0, this.#recorded - KEPT);
    const rows: HistoryEvent[] = [];
    for (let n = from; n < this.#recorded; n += 1) {
      const row = this.#ring[n % KEPT];
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #record(event: FeedEvent, nowMs: number): HistoryEvent {
    const id = Math.max(this.#lastId + 1, Math.floor(nowMs) * IDS_PER_MS);
    if (this.#begunAfter === Number.POSITIVE_INFINITY) this.#begunAfter = id - 1;
    this.#lastId = id;
    return {
      id,
      atMs: Number.isFinite(event.wallMs) ? Math.round(event.wallMs) : Math.round(nowMs),
      kind: event.kind,
      minion: event.minion ?? null,
      status: event.status ?? null,
      reason: event.reason ?? null,
      link: event.link ?? null,
      confidence: event.confidence ?? null,
      jid: event.jid ?? null,
      count: event.count ?? 1,
      text: feedText(event),
    };
  }
}
