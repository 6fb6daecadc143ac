/** What the ledgers say of nobody: every column absent, every counter 0. Tests replace parts. */
import type { Epoch, MinionColumns } from '../../exporter/src/domain/epoch.js';
import { createHistogram } from '../../exporter/src/lib/histogram.js';

type LedgerColumns = Pick<
  MinionColumns,
  | 'ledgerKnown'
  | 'queueMessages'
  | 'queueBytes'
  | 'sendQueueBytes'
  | 'queuePressure'
  | 'secondsToDrop'
  | 'lagMessages'
  | 'lagSeconds'
  | 'droppedHwm'
  | 'droppedDisconnect'
  | 'lastPongMs'
  | 'requestBytes'
  | 'replyBytes'
  | 'requestWaitSeconds'
>;

const SERVICE_BOUNDS = Array.from({ length: 13 }, (_, power) => 0.008 * 2 ** power);
const LAG_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export function emptyLedgerColumns(rows: number): LedgerColumns {
  const absent = () => new Float64Array(rows).fill(Number.NaN);
  return {
    ledgerKnown: new Uint8Array(rows).fill(255),
    queueMessages: absent(),
    queueBytes: absent(),
    sendQueueBytes: absent(),
    queuePressure: absent(),
    secondsToDrop: absent(),
    lagMessages: absent(),
    lagSeconds: absent(),
    droppedHwm: new Float64Array(rows),
    droppedDisconnect: new Float64Array(rows),
    lastPongMs: absent(),
    requestBytes: new Float64Array(rows),
    replyBytes: new Float64Array(rows),
    requestWaitSeconds: absent(),
  };
}

export function emptyLedgerFigures() {
  const none = { minion: 0, unknown: 0 };
  return {
    publishGapMessages: 0,
    publishHwm: undefined,
    publishBurstMax: undefined,
    publishHwmRecommended: undefined,
    dropped: { hwm: none, disconnect: none, all_links: none },
    queuePressureMax: undefined,
    queueMessagesMax: undefined,
    requestsWaiting: undefined,
    requestWaitMaxSeconds: undefined,
    requestServiceSeconds: createHistogram(SERVICE_BOUNDS),
    requestsAbandoned: { minion: 0, local: 0, unknown: 0 },
    requestsFailed: { minion: 0, local: 0, unknown: 0 },
    ghostJobs: { proven: 0, likely: 0 },
    wedgedWorkers: undefined,
    busConnected: undefined,
    busLagSeconds: createHistogram(LAG_BOUNDS),
  } satisfies Partial<Epoch>;
}
