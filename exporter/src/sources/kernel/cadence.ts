/**
 * When the next scan is due: a steady interval that stretches to its CPU budget, and a short series
 * of denser scans after a publish or a fault, paid from what the budget left over. Clock-free.
 *
 * What a series costs: four scans. A scan is 1.4 µs of CPU a link, so 11 ms at 1,000 minions (2,000
 * links), 110 ms at 10,000. Publishes that never pause cost ten scans a second at most (3 % of a
 * core at 1,000 minions), and steady scans and series together never more than the budget, but for
 * CREDIT_SECONDS of it that quiet times may leave over.
 */
import type { LinkScan } from '../../domain/observations.js';

/** Scans never come closer than this, so that a burst of wishes makes one scan. */
export const SCAN_GAP_MINIMUM_MS = 100;
/**
 * Scans after a publish or a fault. At 50 ms the fan-out to a fleet has been acknowledged wherever
 * nothing holds it up, so what is left is lag; until 350 ms the first returns come in and a slow
 * link drains or does not; by 750 ms most returns of a quick job are there. The gaps double,
 * because what is still open is judged by its age. The steady scan follows a second later.
 */
export const SERIES_MS: readonly number[] = [50, 150, 350, 750];
/**
 * Unused budget is kept for so long: at 2 % it is 0.2 s of CPU, one series and a half with 20,000
 * links, dozens with 2,000.
 */
export const CREDIT_SECONDS = 10;
/** The cadence is not stretched beyond it: presence would be too old. The budget then gives way. */
export const INTERVAL_MAXIMUM_SECONDS = 15;
/**
 * Steady scans take this much of the budget: the rest is for series, and for what else the scan
 * thread does (destroy events, wake-ups, the master's descriptors).
 */
const STEADY_SHARE = 0.9;
/**
 * Weight of the newest scan in the mean cost: one dear scan (a cold cache, a busy core) must not
 * stretch the cadence.
 */
const COST_WEIGHT = 0.25;

export type ScanTrigger = LinkScan['trigger'];
export type ScanWish = Exclude<ScanTrigger, 'interval'>;

/** Of several wishes the one that explains most stays. */
const WISH_RANK: Readonly<Record<ScanWish, number>> = {
  demand: 0,
  publish: 1,
  fault: 2,
  overflow: 3,
  start: 4,
};

const FIRST_MS = SERIES_MS[0] ?? 0;
/** How long after the wish its first scan is due. */
const WISH_DELAY_MS: Readonly<Record<ScanWish, number>> = {
  demand: 0,
  publish: FIRST_MS,
  fault: FIRST_MS,
  /** What was lost must be found at once. */
  overflow: 0,
  start: 0,
};

export interface CadenceSettings {
  readonly intervalSeconds: number;
  /** Share of one core that scans may take; 0 = never stretch, never spare. */
  readonly cpuBudgetRatio: number;
}

export class Cadence {
  #settings: CadenceSettings;
  #costSeconds: number | undefined;
  #lastStartedMs = Number.NEGATIVE_INFINITY;
  /** CPU seconds that series may still use, as of an instant; undefined before the first scan. */
  #credit: { readonly seconds: number; readonly atMs: number } | undefined;
  #wish: ScanWish | undefined = 'start';
  /** When the next scan that is not a steady one is due, by its wish alone. */
  #pointMs = Number.NEGATIVE_INFINITY;
  /** The last happening that asked for a series. */
  #series: { readonly startMs: number; readonly trigger: ScanWish } | undefined;

  constructor(settings: CadenceSettings) {
    this.#settings = settings;
  }

  configure(settings: CadenceSettings): void {
    this.#settings = settings;
  }

  /** Of steady scans: 27 ms of CPU each within nine tenths of 2 % make 1.5 s. */
  get intervalSeconds(): number {
    const { intervalSeconds, cpuBudgetRatio } = this.#settings;
    const cost = this.#costSeconds;
    if (cost === undefined || cpuBudgetRatio === 0) return intervalSeconds;
    const stretched = Math.min(cost / (cpuBudgetRatio * STEADY_SHARE), INTERVAL_MAXIMUM_SECONDS);
    return Math.max(intervalSeconds, stretched);
  }

  /**
   * `demand` asks for one scan, the others for a series from `nowMs` on. A series begun anew while
   * one runs keeps the scan that is due next: fifty publishes a second postpone nothing, and the
   * last of them is followed to its end.
   */
  wish(wish: ScanWish, nowMs: number): void {
    if (this.#wish === undefined || WISH_RANK[wish] > WISH_RANK[this.#wish]) this.#wish = wish;
    this.#pointMs = Math.min(this.#pointMs, nowMs + WISH_DELAY_MS[wish]);
    if (wish !== 'demand') this.#series = { startMs: nowMs, trigger: wish };
  }

  /** Monotonic milliseconds. */
  get dueMs(): number {
    const steadyMs = this.#lastStartedMs + this.intervalSeconds * 1000;
    const gapMs = this.#lastStartedMs + SCAN_GAP_MINIMUM_MS;
    return Math.min(steadyMs, Math.max(this.#pointMs, gapMs, this.#affordableMs));
  }

  /** Why a scan that begins now is made. */
  triggerAt(nowMs: number): ScanTrigger {
    return this.#wish !== undefined && this.#pointMs <= nowMs ? this.#wish : 'interval';
  }

  /** A scan was begun at this instant and cost so much CPU: it serves what was wished before. */
  scanned(startedMs: number, cpuSeconds: number): void {
    this.#lastStartedMs = startedMs;
    this.#spend(startedMs, cpuSeconds);
    const before = this.#costSeconds ?? cpuSeconds;
    this.#costSeconds = before + (cpuSeconds - before) * COST_WEIGHT;
    // A point that follows this closely would show nothing new.
    const servedMs = startedMs + SCAN_GAP_MINIMUM_MS / 2;
    this.#pointMs = Math.min(
      this.#pointMs > servedMs ? this.#pointMs : Number.POSITIVE_INFINITY,
      this.#seriesPointAfter(servedMs),
    );
    this.#wish = this.#pointMs === Number.POSITIVE_INFINITY ? undefined : this.#series?.trigger;
  }

  /** No scan could be made now: the wish stays, and waits as if one had been made. */
  skipped(nowMs: number): void {
    this.#lastStartedMs = nowMs;
  }

  #seriesPointAfter(ms: number): number {
    if (this.#series === undefined) return Number.POSITIVE_INFINITY;
    const { startMs } = this.#series;
    const offsetMs = SERIES_MS.find((offset) => startMs + offset > ms);
    return offsetMs === undefined ? Number.POSITIVE_INFINITY : startMs + offsetMs;
  }

  /** When the credit covers one more scan. */
  get #affordableMs(): number {
    const { cpuBudgetRatio } = this.#settings;
    if (this.#credit === undefined || this.#costSeconds === undefined || cpuBudgetRatio === 0)
      return Number.NEGATIVE_INFINITY;
    const missingSeconds = Math.max(0, this.#costSeconds - this.#credit.seconds);
    return this.#credit.atMs + (missingSeconds / cpuBudgetRatio) * 1000;
  }

  /** Debts are kept within the same bound, so that a master that is too large recovers some day. */
  #spend(startedMs: number, cpuSeconds: number): void {
    const { cpuBudgetRatio } = this.#settings;
    const mostSeconds = cpuBudgetRatio * CREDIT_SECONDS;
    const before = this.#credit ?? { seconds: mostSeconds, atMs: startedMs };
    const earned = ((startedMs - before.atMs) / 1000) * cpuBudgetRatio;
    const held = Math.min(before.seconds + earned, mostSeconds);
    this.#credit = { seconds: Math.max(held - cpuSeconds, -mostSeconds), atMs: startedMs };
  }
}
