/** Decides which signal becomes a command and when: lists, storms, settling, back-off, rate. Clock-free and without any I/O. */
import { BoundedMap } from '../lib/bounded-map.js';
import { idPatterns } from '../lib/id-patterns.js';
import type { Signal } from './signals.js';

/** Commands that wait to settle or for their turn. More at once is a storm by any measure. */
export const QUEUE_MAX = 64;
/** Minions whose back-off is remembered; when it is full nobody new is touched, for forgetting would mean to hammer. */
export const REMEMBERED_MAX = 10_000;
const MASTERS_MAX = 256;
const HOUR_MS = 3_600_000;
/** The next pause is twice the last. */
const BACK_OFF_FACTOR = 2;
/**
 * Salt allows more; these are what a command line, ssh and a remote shell take for a plain word. A leading
 * dash would be an option.
 */
const MINION = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export interface PolicyRules {
  readonly alerts: readonly string[];
  /** `*` any text, `?` one character. */
  readonly minions: readonly string[];
  readonly stormAlerts: readonly string[];
  /** So many minions of one master within `stormWindowMs` are a storm, whatever it is called. */
  readonly stormMinions: number;
  readonly stormWindowMs: number;
  readonly settleMs: number;
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
  readonly perHour: number;
}

export interface Task {
  readonly alert: string;
  readonly master: string;
  readonly minion: string;
}

export type Refusal =
  | 'alert_not_listed'
  | 'no_minion'
  | 'minion_malformed'
  | 'minion_not_listed'
  | 'storm'
  | 'backing_off'
  | 'rate_limited'
  | 'queue_full'
  | 'memory_full';

export type Decision =
  | { readonly kind: 'queued' | 'withdrawn'; readonly task: Task }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly task: Task }
  | { readonly kind: 'storm'; readonly master: string; readonly because: string };

interface Waiting {
  readonly task: Task;
  readonly dueMs: number;
}

interface Past {
  readonly lastMs: number;
  readonly pauseMs: number;
}

export class Policy {
  readonly #rules: PolicyRules;
  readonly #isListed: (minion: string) => boolean;
  /** By minion: it is waited for once, whatever fires for it. In the order of `dueMs`. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #past = new Map<string, Past>();
  /** By master: until when nothing is done. */
  readonly #storms = new BoundedMap<string, number>('remediate_storms', MASTERS_MAX);
  /** By master: minion → when it was last told of. */
  readonly #told = new BoundedMap<string, Map<string, number>>('remediate_told', MASTERS_MAX);
  /** Instants of the latest commands, the oldest first; `perHour` at most. */
  #runs: number[] = [];

  constructor(rules: PolicyRules) {
    this.#rules = rules;
    this.#isListed = idPatterns(rules.minions.join(',')) ?? (() => false);
  }

  /** Commands that wait. */
  get queued(): number {
    return this.#waiting.size;
  }

  /** One notification as a whole: what is a storm at its end is one from its beginning. `nowMs` is monotonic. */
  apply(
    { signals, truncated }: { readonly signals: readonly Signal[]; readonly truncated: number },
    nowMs: number,
  ): readonly Decision[] {
    const storms = signals.flatMap((signal) => this.#stormOf(signal, nowMs));
    const cut = truncated > 0 ? [...new Set(signals.map(({ master }) => master))] : [];
    const begun = [...storms, ...cut.map((master) => ({ master, because: 'truncated' }))];
    return [
      ...begun.flatMap(({ master, because }) => this.#begin(master, because, nowMs)),
      ...signals.flatMap((signal) => this.#weigh(signal, nowMs)),
    ];
  }

  /**
   * The next command that has settled, booked as done; or why one that had is dropped; undefined while nothing
   * is due. Call again until it is undefined.
   */
  take(nowMs: number): Decision | { readonly kind: 'run'; readonly task: Task } | undefined {
    const [next] = this.#waiting.values();
    if (next === undefined || next.dueMs > nowMs) return undefined;
    const { task } = next;
    this.#waiting.delete(task.minion);
    this.#runs = this.#runs.filter((at) => nowMs - at < HOUR_MS);
    if (this.#runs.length >= this.#rules.perHour) return refused(task, 'rate_limited');
    this.#runs.push(nowMs);
    this.remember(task.minion, nowMs);
    return { kind: 'run', task };
  }

  /** It is as if it had not been told. */
  withdraw({ minion }: Task): void {
    this.#waiting.delete(minion);
  }

  /** Milliseconds until `take` may have something; undefined while nothing waits. */
  waitMs(nowMs: number): number | undefined {
    const [next] = this.#waiting.values();
    return next === undefined ? undefined : Math.max(0, next.dueMs - nowMs);
  }

  /** A command of now, or of before a restart (`atMs` may be negative then). */
  remember(minion: string, atMs: number): void {
    const { backOffMs, backOffMaxMs } = this.#rules;
    const past = this.#past.get(minion);
    const isOver = past === undefined || atMs - past.lastMs >= backOffMaxMs;
    const pauseMs = isOver ? backOffMs : Math.min(past.pauseMs * BACK_OFF_FACTOR, backOffMaxMs);
    this.#past.set(minion, { lastMs: atMs, pauseMs });
  }

  /** Whoever fires for more than a few minions of a master, under any name. */
  #stormOf(signal: Signal, nowMs: number): { master: string; because: string }[] {
    const { isFiring, alert, master, minion } = signal;
    if (!isFiring) return [];
    if (this.#rules.stormAlerts.includes(alert)) return [{ master, because: alert }];
    if (minion === undefined || !MINION.test(minion)) return [];
    const told = this.#told.get(master) ?? new Map<string, number>();
    this.#told.set(master, told);
    for (const [id, at] of told) if (nowMs - at >= this.#rules.stormWindowMs) told.delete(id);
    // One more than a storm needs is never kept: the map is bounded by it.
    if (told.has(minion) || told.size < this.#rules.stormMinions) told.set(minion, nowMs);
    return told.size >= this.#rules.stormMinions ? [{ master, because: 'many_minions' }] : [];
  }

  #begin(master: string, because: string, nowMs: number): readonly Decision[] {
    const isNew = (this.#storms.get(master) ?? Number.NEGATIVE_INFINITY) <= nowMs;
    this.#storms.set(master, nowMs + this.#rules.stormWindowMs);
    const dropped = [...this.#waiting.values()].filter(({ task }) => task.master === master);
    for (const { task } of dropped) this.#waiting.delete(task.minion);
    return [
      ...(isNew ? [{ kind: 'storm', master, because } as const] : []),
      ...dropped.map(({ task }) => refused(task, 'storm')),
    ];
  }

  #weigh(signal: Signal, nowMs: number): readonly Decision[] {
    const { isFiring, alert, master, minion = '' } = signal;
    const task: Task = { alert, master, minion };
    if (!isFiring) {
      const waiting = this.#waiting.get(minion);
      if (waiting?.task.alert !== alert || waiting.task.master !== master) return [];
      this.#waiting.delete(minion);
      return [{ kind: 'withdrawn', task }];
    }
    // It was for this alert that a storm was said.
    if (this.#rules.stormAlerts.includes(alert)) return [];
    if (this.#waiting.has(minion)) return [];
    const reason = this.#objection(signal, nowMs);
    if (reason !== undefined) return [refused(task, reason)];
    this.#waiting.set(minion, { task, dueMs: nowMs + this.#rules.settleMs });
    return [{ kind: 'queued', task }];
  }

  #objection({ alert, master, minion }: Signal, nowMs: number): Refusal | undefined {
    if (!this.#rules.alerts.includes(alert)) return 'alert_not_listed';
    if (minion === undefined) return 'no_minion';
    if (!MINION.test(minion)) return 'minion_malformed';
    if (!this.#isListed(minion)) return 'minion_not_listed';
    if ((this.#storms.get(master) ?? Number.NEGATIVE_INFINITY) > nowMs) return 'storm';
    const past = this.#past.get(minion);
    if (past !== undefined && nowMs - past.lastMs < past.pauseMs) return 'backing_off';
    if (this.#waiting.size >= QUEUE_MAX) return 'queue_full';
    if (past === undefined && !this.#hasRoom(nowMs)) return 'memory_full';
    return undefined;
  }

  /** Waiting ones need room too when their turn comes. */
  #hasRoom(nowMs: number): boolean {
    if (this.#past.size + this.#waiting.size < REMEMBERED_MAX) return true;
    for (const [minion, { lastMs }] of this.#past)
      if (nowMs - lastMs >= this.#rules.backOffMaxMs) this.#past.delete(minion);
    return this.#past.size + this.#waiting.size < REMEMBERED_MAX;
  }
}

function refused(task: Task, reason: Refusal): Decision {
  return { kind: 'refused', reason, task };
}
