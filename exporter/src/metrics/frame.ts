/**
 * Everything one scrape is rendered from: the frozen epoch and the few facts that belong to the
 * process itself.
 */
import type { Epoch } from '../domain/epoch.js';

export interface Build {
  readonly version: string;
  readonly node: string;
  readonly libzmq: string;
}

/** State of the configuration in force. */
export interface ReloadStatus {
  readonly successful: boolean;
  /** Wall clock, ms, of the last configuration that was taken over, the one at start included. */
  readonly lastSuccessWallMs: number;
}

/** What is kept of the past. */
export interface HistoryFigures {
  /** `off`: nobody asked for it. */
  readonly state: 'works' | 'off' | 'down';
  readonly bytes: number | null;
  readonly dropped: number;
}

/** Events that leave as lines of JSON. */
export interface EventLineFigures {
  readonly works: boolean;
  readonly written: number;
  readonly dropped: number;
}

/**
 * How scrapes ended: `complete`, `client_gone` (closed before the end), `timeout` (read too
 * slowly), `busy` (refused, too many at once), `failed` (our fault).
 */
export const SCRAPE_RESULTS = ['complete', 'client_gone', 'timeout', 'busy', 'failed'] as const;
export type ScrapeResult = (typeof SCRAPE_RESULTS)[number];

export interface Frame {
  readonly epoch: Epoch;
  readonly build: Build;
  readonly reload: ReloadStatus | undefined;
  readonly history: HistoryFigures | undefined;
  /** undefined: nobody asked for them. */
  readonly eventLines: EventLineFigures | undefined;
  readonly scrapes: Readonly<Record<ScrapeResult, number>>;
  /** The groups of this scrape that are done. */
  readonly groups: readonly GroupReport[];
}

/** What became of one group in this scrape. */
export interface GroupReport {
  readonly group: string;
  readonly success: boolean;
  /** Time on the event loop, waiting not counted. */
  readonly durationSeconds: number;
}
