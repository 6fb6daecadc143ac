/** What program and thread of the history say to each other. */
import type { MinionSample } from '../domain/sample-table.js';
import type { Asked } from './queries.js';
import type { HistorySettings, ToldRecord } from './record.js';

export type ToThread =
  | { readonly kind: 'events'; readonly events: readonly ToldRecord[] }
  | { readonly kind: 'sample'; readonly sample: MinionSample }
  | { readonly kind: 'ask'; readonly number: number; readonly asked: Asked }
  | { readonly kind: 'settings'; readonly settings: HistorySettings }
  /** Everything that was told before is written; then the thread ends. */
  | { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'state'; readonly state: StoreState }
  /** So many events were taken out of what waits. */
  | { readonly kind: 'taken'; readonly events: number }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly number: number; readonly error: string };

export interface StoreState {
  readonly works: boolean;
  readonly detail: string;
  readonly fromMs: number | null;
  readonly bytes: number | null;
  /** Events and samples that could not be written. */
  readonly dropped: number;
  /** Highest id in the store; 0 = none. */
  readonly lastId: number;
}
