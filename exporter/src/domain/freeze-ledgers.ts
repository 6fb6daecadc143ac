/** Copies what the ledgers say into the columns and figures of an epoch. */
import type { Instant } from '../lib/clock.js';
import { freezeHistogram } from '../lib/histogram.js';
import type { Epoch, MinionColumns } from './epoch.js';
import type { State } from './state.js';

type DeliveryColumns = Pick<
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
>;
type RequestColumns = Pick<MinionColumns, 'requestBytes' | 'replyBytes' | 'requestWaitSeconds'>;
type LedgerFigures = Pick<
  Epoch,
  | 'publishGapMessages'
  | 'publishHwm'
  | 'publishBurstMax'
  | 'publishHwmRecommended'
  | 'dropped'
  | 'queuePressureMax'
  | 'queueMessagesMax'
  | 'requestsWaiting'
  | 'requestWaitMaxSeconds'
  | 'requestServiceSeconds'
  | 'requestsAbandoned'
  | 'requestsFailed'
  | 'ghostJobs'
  | 'wedgedWorkers'
  | 'busConnected'
  | 'busLagSeconds'
>;

const UNKNOWN_BYTE = 255;

export function freezeDelivery(state: State): DeliveryColumns {
  const rows = state.minions.order.length;
  const absent = () => new Float64Array(rows).fill(Number.NaN);
  return {
    ledgerKnown: new Uint8Array(rows).fill(UNKNOWN_BYTE),
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
  };
}

export function freezeRequests(state: State): RequestColumns {
  const rows = state.minions.order.length;
  return {
    requestBytes: new Float64Array(rows),
    replyBytes: new Float64Array(rows),
    requestWaitSeconds: new Float64Array(rows).fill(Number.NaN),
  };
}

export function freezeLedgerFigures(state: State, _now: Instant): LedgerFigures {
  return {
    publishGapMessages: 0,
    publishHwm: state.config?.options.get('pub_hwm'),
    publishBurstMax: undefined,
    publishHwmRecommended: undefined,
    dropped: {
      hwm: { minion: 0, unknown: 0 },
      disconnect: { minion: 0, unknown: 0 },
      all_links: { minion: 0, unknown: 0 },
    },
    queuePressureMax: undefined,
    queueMessagesMax: undefined,
    requestsWaiting: undefined,
    requestWaitMaxSeconds: undefined,
    requestServiceSeconds: freezeHistogram(state.requests.serviceSeconds),
    requestsAbandoned: { minion: 0, local: 0, unknown: 0 },
    requestsFailed: { minion: 0, local: 0, unknown: 0 },
    ghostJobs: { proven: 0, likely: 0 },
    wedgedWorkers: undefined,
    busConnected: state.bus.connected,
    busLagSeconds: freezeHistogram(state.bus.lagSeconds),
  };
}
