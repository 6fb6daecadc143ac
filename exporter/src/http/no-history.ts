/** What is said of the past where nothing is kept. */
import type { HistoryView } from './history-api-types.js';

export const NO_HISTORY: HistoryView = {
  state: 'off',
  detail: 'Nothing is kept: the exporter knows what happened since it began.',
  fromMs: null,
  bytes: null,
  dropped: 0,
};
