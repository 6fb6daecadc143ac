/** Carries what the domain notices to the history: events four times a second, samples every ten. */

import type { Settings } from './config/settings.js';
import { feedOfRecorder, type State, takeEvents, takeSample } from './domain/index.js';
import { History } from './history/history.js';
import type { HistorySettings } from './history/record.js';
import type { MinionDetailView } from './http/minions-api-types.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/log.js';

const SAMPLE_MS = 10_000;
/** Opening a store that was left open takes a second at most; a dead file server must not hold us up. */
const OPEN_PATIENCE_MS = 10_000;
/** Of one minion's detail. */
const EVENTS_SHOWN = 50;

export class HistoryKeeper {
  readonly history: History;
  readonly #state: State;
  readonly #clock: Clock;
  #sampled: number;

  constructor(options: {
    readonly state: State;
    readonly settings: Settings;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    const { state, settings, clock, log } = options;
    this.#state = state;
    this.#clock = clock;
    this.history = new History({ settings: historySettings(settings), clock, log });
    this.#sampled = stepOf(clock.now().wallMs);
  }

  /** Resolves when it is known whether the history can be kept, or after ten seconds. */
  async start(): Promise<void> {
    const patience = new Promise<void>((resolve) => {
      setTimeout(resolve, OPEN_PATIENCE_MS).unref();
    });
    await Promise.race([this.history.start(), patience]);
    this.history.tell([feedOfRecorder('up', this.#clock.now())]);
  }

  /** After each tick of the domain. */
  pump(): void {
    this.history.tell(takeEvents(this.#state));
    const now = this.#clock.now();
    const step = stepOf(now.wallMs);
    if (step === this.#sampled || this.#state.underway) return;
    this.#sampled = step;
    if (this.history.isKept) this.history.sample(takeSample(this.#state, now));
  }

  reconfigure(settings: Settings): void {
    this.history.reconfigure(historySettings(settings));
  }

  async stop(): Promise<void> {
    this.history.tell([...takeEvents(this.#state), feedOfRecorder('down', this.#clock.now())]);
    await this.history.stop();
  }

  /** What is kept of one minion. */
  async past(id: string): Promise<Pick<MinionDetailView, 'events' | 'totals' | 'history'>> {
    const status = this.history.status();
    if (status.state !== 'works') {
      const own = this.history.log.list().filter(({ minion }) => minion === id);
      return { events: own.reverse().slice(0, EVENTS_SHOWN), totals: null, history: status };
    }
    const [events, totals] = await Promise.all([
      this.history.ask({
        kind: 'events',
        kinds: undefined,
        minions: [id],
        jid: undefined,
        fromMs: undefined,
        toMs: undefined,
        beyondId: undefined,
        order: 'desc',
        limit: EVENTS_SHOWN,
      }),
      this.history.ask({
        kind: 'totals',
        minion: id,
        fromMs: undefined,
        toMs: this.#clock.now().wallMs,
      }),
    ]);
    return { events: events.rows, totals: totals.rows, history: status };
  }
}

function stepOf(wallMs: number): number {
  return Math.floor(wallMs / SAMPLE_MS);
}

function historySettings({ history }: Settings): HistorySettings | undefined {
  const { path, retentionSeconds, maxBytes } = history;
  return path === undefined ? undefined : { path, retentionMs: retentionSeconds * 1_000, maxBytes };
}
