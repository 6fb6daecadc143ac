/** The history as the program has it: a log of the latest events, and a thread that keeps them all. */
import { Worker } from 'node:worker_threads';
import type { FeedEvent } from '../domain/event-feed.js';
import type { MinionSample } from '../domain/sample-table.js';
import type { Clock } from '../lib/clock.js';
import { AppError, errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { EventLog } from './event-log.js';
import type { FromThread, StoreState, ToThread } from './protocol.js';
import type { AnswerTo, Asked } from './queries.js';
import type { HistorySettings, HistoryView, ToldRecord } from './record.js';

/** Events that the thread has not taken; a storm of 10,000 minions makes 50,000. */
const WAITING_MAX = 200_000;
/** Events copied to the thread in one turn of the event loop: two milliseconds. */
const PER_TURN = 500;
const ANSWER_PATIENCE_MS = 20_000;
const STOP_PATIENCE_MS = 5_000;
/** Asked at the same time; each answer of the largest size takes some 20 MB. */
const ASKED_MAX = 16;
const HEAP_MEGABYTES = 256;
const YOUNG_MEGABYTES = 4;

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

export class History {
  readonly log = new EventLog();
  readonly #clock: Clock;
  readonly #logger: Logger;
  #settings: HistorySettings | undefined;
  #worker: Worker | undefined;
  #state: StoreState | undefined;
  #queue: ToldRecord[] = [];
  #turn: NodeJS.Immediate | undefined;
  #untaken = 0;
  #dropped = 0;
  #asked = 0;
  readonly #pending = new Map<number, Pending>();
  #ended: Promise<void> = Promise.resolve();

  /** Without settings nothing is kept beyond the latest events. */
  constructor(options: {
    readonly settings: HistorySettings | undefined;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#settings = options.settings;
    this.#clock = options.clock;
    this.#logger = options.log;
  }

  /** Resolves when the store is open, or cannot be: ids go on after those in it. */
  async start(): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined) return;
    await new Promise<void>((resolve) => this.#startThread(settings, resolve));
  }

  status(): HistoryView {
    const dropped = this.#dropped + (this.#state?.dropped ?? 0);
    const oldest = this.log.list()[0]?.atMs ?? null;
    if (this.#settings === undefined) {
      const detail = 'It is off: set --history.path to a directory to keep it.';
      return { state: 'off', detail, fromMs: oldest, bytes: null, dropped };
    }
    const { works, detail, fromMs, bytes } = this.#state ?? NOT_OPEN;
    return { state: works ? 'works' : 'down', detail, fromMs: fromMs ?? oldest, bytes, dropped };
  }

  tell(events: readonly FeedEvent[]): void {
    if (events.length === 0) return;
    const told = this.log.add(events, this.#clock.now().wallMs);
    if (this.#worker === undefined) return;
    const room = WAITING_MAX - this.#untaken - this.#queue.length;
    for (const event of told.slice(0, Math.max(0, room))) this.#queue.push(event);
    this.#dropped += Math.max(0, told.length - Math.max(0, room));
    this.#turn ??= setImmediate(() => this.#send());
  }

  sample(sample: MinionSample): void {
    this.#say({ kind: 'sample', sample });
  }

  /** Whether samples are wanted. */
  get isKept(): boolean {
    return this.#worker !== undefined;
  }

  /** Rejects with `history_unusable` when there is no store that answers. */
  ask<A extends Asked>(asked: A): Promise<AnswerTo<A>> {
    const status = this.status();
    if (this.#worker === undefined || status.state === 'off' || this.#state === undefined) {
      return Promise.reject(new AppError('history_unusable', status.detail));
    }
    if (this.#pending.size >= ASKED_MAX) {
      const message = `More than ${ASKED_MAX} questions wait for the history; ask again later.`;
      return Promise.reject(new AppError('history_unusable', message));
    }
    this.#sendAll();
    const number = ++this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(number);
        reject(new AppError('history_unusable', 'The history did not answer in 20 s.'));
      }, ANSWER_PATIENCE_MS);
      this.#pending.set(number, { resolve, reject, timer });
      this.#say({ kind: 'ask', number, asked });
    });
  }

  reconfigure(settings: HistorySettings | undefined): void {
    if (settings === undefined || this.#settings === undefined) return;
    this.#settings = { ...settings, path: this.#settings.path };
    this.#say({ kind: 'settings', settings: this.#settings });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#sendAll();
    this.#say({ kind: 'stop' });
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), STOP_PATIENCE_MS);
    const late = new Promise<void>((resolve) =>
      patience.signal.addEventListener('abort', () => resolve()),
    );
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    await worker.terminate();
  }

  #startThread(settings: HistorySettings, onOpen: () => void): void {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: settings,
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MEGABYTES,
        maxYoungGenerationSizeMb: YOUNG_MEGABYTES,
      },
    });
    this.#worker = worker;
    worker.on('message', (message: FromThread) => {
      this.#hear(message);
      if (message.kind === 'state') onOpen();
    });
    worker.on('error', (error) => {
      this.#logger.error('The thread of the history failed', { error: errorText(error) });
    });
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#worker = undefined;
        this.#state = { ...(this.#state ?? NOT_OPEN), works: false, detail: 'Its thread ended.' };
        for (const { reject, timer } of this.#pending.values()) {
          clearTimeout(timer);
          reject(new AppError('history_unusable', 'The thread of the history ended.'));
        }
        this.#pending.clear();
        onOpen();
        resolve();
      });
    });
  }

  #hear(message: FromThread): void {
    if (message.kind === 'taken') {
      this.#untaken -= message.events;
      return;
    }
    if (message.kind === 'state') {
      this.#logChange(message.state);
      this.#state = message.state;
      this.log.continueAfter(message.state.lastId);
      return;
    }
    const pending = this.#pending.get(message.number);
    if (pending === undefined) return;
    this.#pending.delete(message.number);
    clearTimeout(pending.timer);
    // What the thread answers to a question is what its kind says.
    if (message.kind === 'answer') pending.resolve(message.answer as never);
    else pending.reject(new AppError('history_unusable', message.error));
  }

  #logChange(state: StoreState): void {
    if (state.works === this.#state?.works) return;
    const { detail } = state;
    if (state.works) this.#logger.info('The history is kept', { detail });
    else this.#logger.error('The history is not kept; all else goes on', { detail });
  }

  #send(): void {
    this.#turn = undefined;
    const events = this.#queue.slice(0, PER_TURN);
    this.#queue = this.#queue.slice(PER_TURN);
    this.#untaken += events.length;
    this.#say({ kind: 'events', events });
    if (this.#queue.length > 0) this.#turn = setImmediate(() => this.#send());
  }

  #sendAll(): void {
    clearImmediate(this.#turn);
    while (this.#queue.length > 0) this.#send();
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  #say(message: ToThread): void {
    this.#worker?.postMessage(message);
  }
}

const NOT_OPEN: StoreState = {
  works: false,
  detail: 'It is being opened.',
  fromMs: null,
  bytes: null,
  dropped: 0,
  lastId: 0,
};
