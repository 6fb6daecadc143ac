/** Runs the store in its thread: writes in batches, tries again when the disk lets it, keeps it in bounds. */
import type { MinionSample } from '../domain/sample-table.js';
import { errorText } from '../lib/errors.js';
import { findEvents, findSeries, findTotals } from './event-queries.js';
import type { StoreState } from './protocol.js';
import type { Asked } from './queries.js';
import type { HistorySettings, ToldRecord } from './record.js';
import { HistoryStore } from './store.js';
import { timelineJson } from './timeline.js';
import { upkeep } from './upkeep.js';

/** Events of one transaction: half a second of writing. */
const BATCH_MAX = 20_000;
/** A store that failed is tried again after this. */
const RETRY_MS = 10_000;

export interface KeeperOptions {
  readonly settings: HistorySettings;
  readonly now: () => number;
  readonly onState: (state: StoreState) => void;
}

export class Keeper {
  readonly #options: KeeperOptions;
  #settings: HistorySettings;
  #store: HistoryStore | undefined;
  #waiting: ToldRecord[] = [];
  #failedMs = Number.NEGATIVE_INFINITY;
  /** Since when nothing can be written; NaN = it can. */
  #downMs = Number.NaN;
  #detail = 'It is being opened.';
  #dropped = 0;
  #lastId = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  tell(events: readonly ToldRecord[]): void {
    for (const event of events) this.#waiting.push(event);
  }

  /** Writes what waits, and tries a failed store again when its time has come. */
  flush(): void {
    this.#open();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_MAX);
      this.#waiting = this.#waiting.slice(BATCH_MAX);
      const isWritten = this.#try((store) => store.write(batch, this.#options.now()));
      if (!isWritten) this.#dropped += batch.length;
    }
  }

  sample(sample: MinionSample): void {
    this.flush();
    if (!this.#try((store) => store.writeSample(sample))) this.#dropped += 1;
    this.report();
  }

  upkeep(): void {
    this.#try((store) => upkeep(store, this.#options.now()));
    this.report();
  }

  /** Throws what SQLite says, or that there is no store. */
  answer(asked: Asked): unknown {
    this.flush();
    const store = this.#store;
    if (store === undefined) throw new Error(this.#detail);
    switch (asked.kind) {
      case 'events':
        return findEvents(store, asked);
      case 'totals':
        return findTotals(store, asked);
      case 'series':
        return findSeries(store, asked);
      case 'timeline':
        return timelineJson(store, asked);
    }
  }

  reconfigure(settings: HistorySettings): void {
    this.#settings = settings;
    const store = this.#store;
    if (store !== undefined) store.settings = settings;
    this.upkeep();
  }

  close(): void {
    this.flush();
    this.#store?.close(this.#options.now());
    this.#store = undefined;
  }

  report(): void {
    const store = this.#store;
    this.#options.onState({
      works: store !== undefined && Number.isNaN(this.#downMs),
      detail: this.#detail,
      fromMs: store?.file.number('SELECT min(at_ms) FROM states') ?? null,
      bytes: store === undefined ? null : store.file.bytes(),
      dropped: this.#dropped,
      lastId: this.#lastId,
    });
  }

  #open(): void {
    const now = this.#options.now();
    if (this.#store !== undefined || now - this.#failedMs < RETRY_MS) return;
    try {
      this.#store = new HistoryStore(this.#settings, now);
      this.#lastId = this.#store.lastId();
      this.#downMs = Number.NaN;
      this.#detail = `It is kept in ${this.#settings.path}.`;
    } catch (error) {
      this.#fail(error, now);
    }
    this.report();
  }

  /** False: it was not done, and nothing of it was. */
  #try(work: (store: HistoryStore) => void): boolean {
    const store = this.#store;
    const now = this.#options.now();
    if (store === undefined) return false;
    if (!Number.isNaN(this.#downMs) && now - this.#failedMs < RETRY_MS) return false;
    try {
      // The first thing that can be written again is that nothing was.
      const isBack = !Number.isNaN(this.#downMs);
      if (isBack) store.endGap({ fromMs: this.#downMs, toMs: now });
      work(store);
      if (isBack) this.#goOn();
      return true;
    } catch (error) {
      this.#fail(error, now);
      this.report();
      return false;
    }
  }

  #goOn(): void {
    this.#downMs = Number.NaN;
    this.#detail = `It is kept in ${this.#settings.path}.`;
    this.report();
  }

  #fail(error: unknown, now: number): void {
    this.#failedMs = now;
    if (Number.isNaN(this.#downMs)) this.#downMs = now;
    this.#detail = `Nothing is kept in ${this.#settings.path}: ${errorText(error)}.`;
  }
}
