/** What the program's thread and the thread that reads the inventory say to each other. */
import type { InventoryMinion } from '../../domain/observations.js';
import type { ScanPlaces, Sweep } from './scan.js';

export interface ReaderData {
  readonly places: ScanPlaces;
}

export type ReaderCommand =
  | { readonly kind: 'configure'; readonly places: ScanPlaces }
  /** The last rows were taken: the next may come. */
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' };

/** At most ROWS_MAX rows; each waits for `next`, so that taking them never holds up the program's thread for long. */
export interface RowsReport {
  readonly kind: 'rows';
  /** Rows of different places do not mix: with a new generation the receiver begins with none. */
  readonly generation: number;
  readonly upserts: readonly InventoryMinion[];
  readonly removed: readonly string[];
}

export interface SweepReport extends Omit<Sweep, 'upserts' | 'removed'> {
  readonly kind: 'sweep';
  readonly generation: number;
  /** What this sweep took, ms. */
  readonly tookMs: number;
}

export type ReaderReport = RowsReport | SweepReport;

/** Taking 100 rows costs the program's thread well below a millisecond. */
export const ROWS_MAX = 100;
