/** When the next scan is due: a steady interval that stretches to its CPU budget, and wishes for a scan at once, bounded. Clock-free. */
import type { LinkScan } from '../../domain/observations.js';

/** Scans at once never come closer than this, so that a burst of wishes makes one scan. */
export const SCAN_GAP_MINIMUM_MS = 100;
/** Scans at once may take this many times the budget of the steady ones, on a master that publishes all the time. */
export const WISH_BUDGET_FACTOR = 2;
/** The cadence is not stretched beyond it: presence would be too old. The budget then gives way. */
export const INTERVAL_MAXIMUM_SECONDS = 15;
/** The rest of the budget is for what else the scan thread does: destroy events, wake-ups, the master's descriptors. */
const SCAN_SHARE = 0.9;
/** Weight of the newest scan in the mean cost: one dear scan (a cold cache, a busy core) must not stretch the cadence. */
const COST_WEIGHT = 0.25;

export type ScanTrigger = LinkScan['trigger'];
export type ScanWish = Exclude<ScanTrigger, 'interval'>;

/** Of several wishes the one that explains most stays. */
const WISH_RANK: Readonly<Record<ScanWish, number>> = {
  demand: 0,
  publish: 1,
  overflow: 2,
  start: 3,
};

export interface CadenceSettings {
  readonly intervalSeconds: number;
  /** Share of one core that the scan thread may take for steady scans; 0 = never stretch. */
  readonly cpuBudgetRatio: number;
}

export class Cadence {
  #settings: CadenceSettings;
  #costSeconds: number | undefined;
  #lastStartedMs = Number.NEGATIVE_INFINITY;
  #wish: ScanWish | undefined = 'start';

  constructor(settings: CadenceSettings) {
    this.#settings = settings;
  }

  configure(settings: CadenceSettings): void {
    this.#settings = settings;
  }

  /** A scan that costs 27 ms within nine tenths of 2 % makes 1.5 s. */
  get intervalSeconds(): number {
    const { intervalSeconds, cpuBudgetRatio } = this.#settings;
    const cost = this.#costSeconds;
    if (cost === undefined || cpuBudgetRatio === 0) return intervalSeconds;
    const stretched = Math.min(cost / (cpuBudgetRatio * SCAN_SHARE), INTERVAL_MAXIMUM_SECONDS);
    return Math.max(intervalSeconds, stretched);
  }

  wish(wish: ScanWish): void {
    if (this.#wish === undefined || WISH_RANK[wish] > WISH_RANK[this.#wish]) this.#wish = wish;
  }

  /** Monotonic milliseconds. */
  get dueMs(): number {
    const steadyMs = this.#lastStartedMs + this.intervalSeconds * 1000;
    if (this.#wish === undefined) return steadyMs;
    return Math.min(steadyMs, this.#lastStartedMs + this.#wishGapMs());
  }

  get trigger(): ScanTrigger {
    return this.#wish ?? 'interval';
  }

  /** A scan was begun at this instant and cost so much CPU; wishes that came before it are fulfilled. */
  scanned(startedMs: number, cpuSeconds: number): void {
    this.#lastStartedMs = startedMs;
    this.#wish = undefined;
    const before = this.#costSeconds ?? cpuSeconds;
    this.#costSeconds = before + (cpuSeconds - before) * COST_WEIGHT;
  }

  /** No scan could be made now: the wish stays, and waits as if one had been made. */
  skipped(nowMs: number): void {
    this.#lastStartedMs = nowMs;
  }

  #wishGapMs(): number {
    const { cpuBudgetRatio } = this.#settings;
    if (cpuBudgetRatio === 0 || this.#costSeconds === undefined) return SCAN_GAP_MINIMUM_MS;
    const budgetMs = (this.#costSeconds / (cpuBudgetRatio * WISH_BUDGET_FACTOR)) * 1000;
    return Math.max(SCAN_GAP_MINIMUM_MS, budgetMs);
  }
}
