/** What the ledgers say in a synthetic epoch: columns from sketches, figures of the fleet that fit them. */
import type { Epoch, MinionColumns } from '../../exporter/src/domain/epoch.js';
import { createHistogram, observe } from '../../exporter/src/lib/histogram.js';

/** One minion's ledgers; what is left out is not known, and 0 for a counter. */
export interface LedgerSketch {
  readonly known?: 0 | 1;
  readonly queue?: readonly [messages: number, bytes: number, pressure: number];
  readonly sendQueueBytes?: number;
  readonly secondsToDrop?: number;
  readonly lag?: readonly [messages: number, seconds: number];
  readonly dropped?: readonly [hwm: number, disconnect: number];
  readonly breaks?: number;
  readonly lastPongMs?: number;
  readonly requests?: readonly [requestBytes: number, replyBytes: number];
  readonly waitSeconds?: number;
}

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
  | 'ledgerBreaks'
  | 'lastPongMs'
  | 'requestBytes'
  | 'replyBytes'
  | 'requestWaitSeconds'
>;

export const SERVICE_BOUNDS = Array.from({ length: 13 }, (_, power) => 0.008 * 2 ** power);
const LAG_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export function ledgerColumns(sketches: readonly (LedgerSketch | undefined)[]): LedgerColumns {
  const gauge = (read: (sketch: LedgerSketch) => number | undefined) =>
    Float64Array.from(sketches, (sketch) => read(sketch ?? {}) ?? Number.NaN);
  const counter = (read: (sketch: LedgerSketch) => number | undefined) =>
    Float64Array.from(sketches, (sketch) => read(sketch ?? {}) ?? 0);
  return {
    ledgerKnown: Uint8Array.from(sketches, (sketch) => sketch?.known ?? 255),
    queueMessages: gauge(({ queue }) => queue?.[0]),
    queueBytes: gauge(({ queue }) => queue?.[1]),
    sendQueueBytes: gauge((sketch) => sketch.sendQueueBytes),
    queuePressure: gauge(({ queue }) => queue?.[2]),
    secondsToDrop: gauge((sketch) => sketch.secondsToDrop),
    lagMessages: gauge(({ lag }) => lag?.[0]),
    lagSeconds: gauge(({ lag }) => lag?.[1]),
    droppedHwm: counter(({ dropped }) => dropped?.[0]),
    droppedDisconnect: counter(({ dropped }) => dropped?.[1]),
    ledgerBreaks: counter((sketch) => sketch.breaks),
    lastPongMs: gauge((sketch) => sketch.lastPongMs),
    requestBytes: counter(({ requests }) => requests?.[0]),
    replyBytes: counter(({ requests }) => requests?.[1]),
    requestWaitSeconds: gauge((sketch) => sketch.waitSeconds),
  };
}

/** Of nobody: every column absent, every counter 0. */
export function emptyLedgerColumns(rows: number): LedgerColumns {
  return ledgerColumns(Array.from({ length: rows }, () => undefined));
}

export function ledgerFigures() {
  const service = createHistogram(SERVICE_BOUNDS);
  for (const seconds of [0.004, 0.02, 0.02, 100]) observe(service, seconds);
  const lag = createHistogram(LAG_BOUNDS);
  for (const seconds of [0.0005, 0.002]) observe(lag, seconds);
  return {
    publishGapMessages: 3,
    publishHwm: 1_000,
    publishBurstMax: 700,
    publishHwmRecommended: 2_048,
    dropped: {
      hwm: { minion: 31, unknown: 4 },
      disconnect: { minion: 2, unknown: 0 },
      all_links: { minion: 0, unknown: 3 },
    },
    lossesCounted: 4,
    lossesUndecided: 1,
    ledgerBreaks: { loss: { minion: 1, unknown: 0 }, history: { minion: 0, unknown: 2 } },
    queuePressureMax: 0.75,
    queueMessagesMax: 750,
    requestsWaiting: 2,
    requestWaitMaxSeconds: 12.5,
    requestServiceSeconds: service,
    requestsAbandoned: { minion: 1, local: 3, unknown: 0 },
    requestsFailed: { minion: 0, local: 2, unknown: 0 },
    ghostJobs: { proven: 1, likely: 0 },
    wedgedWorkers: 1,
    busConnected: true,
    busLagSeconds: lag,
  } satisfies Partial<Epoch>;
}

export function emptyLedgerFigures() {
  const none = { minion: 0, unknown: 0 };
  return {
    publishGapMessages: 0,
    publishHwm: undefined,
    publishBurstMax: undefined,
    publishHwmRecommended: undefined,
    dropped: { hwm: none, disconnect: none, all_links: none },
    lossesCounted: 0,
    lossesUndecided: 0,
    ledgerBreaks: { loss: none, history: none },
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
