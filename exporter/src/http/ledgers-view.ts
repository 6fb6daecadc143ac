/** What the two ledgers say of the fleet, for people and programs. */
import type { Epoch } from '../domain/epoch.js';
import type { LedgersView } from './api-types.js';
import { quantileBound } from './quantile.js';

export function ledgersView(epoch: Epoch): LedgersView {
  const { dropped, requestServiceSeconds } = epoch;
  const both = (counts: { readonly minion: number; readonly unknown: number }) =>
    counts.minion + counts.unknown;
  const all = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  let known = 0;
  let linked = 0;
  for (const flag of epoch.minions.ledgerKnown) {
    if (flag === 1) known += 1;
    if (flag <= 1) linked += 1;
  }
  return {
    published: epoch.publishMessages,
    gaps: epoch.publishGapMessages,
    known,
    linked,
    queueMessagesMax: epoch.queueMessagesMax ?? null,
    queuePressureMax: epoch.queuePressureMax ?? null,
    dropped: {
      hwm: both(dropped.hwm),
      disconnect: both(dropped.disconnect),
      all_links: both(dropped.all_links),
    },
    breaks: {
      loss: both(epoch.ledgerBreaks.loss),
      history: both(epoch.ledgerBreaks.history),
    },
    losses: { counted: epoch.lossesCounted, undecided: epoch.lossesUndecided },
    requestsWaiting: epoch.requestsWaiting ?? null,
    requestWaitMaxSeconds: epoch.requestWaitMaxSeconds ?? null,
    requestsAbandoned: all(epoch.requestsAbandoned),
    requestsFailed: all(epoch.requestsFailed),
    ghostJobs: all(epoch.ghostJobs),
    wedgedWorkers: epoch.wedgedWorkers ?? null,
    serviceMedianSeconds: quantileBound(requestServiceSeconds, 0.5),
    serviceP99Seconds: quantileBound(requestServiceSeconds, 0.99),
  };
}
