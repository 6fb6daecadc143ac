/** Copies what the ledgers say into the columns and figures of an epoch. */
import type { Instant } from '../lib/clock.js';
import { freezeHistogram } from '../lib/histogram.js';
import type { Epoch, MinionColumns } from './epoch.js';
import {
  type DeliveryFigures,
  type DeliveryLedger,
  freezeDeliveryFigures,
  freezeDelivery as freezeDeliveryLedger,
} from './freeze-delivery.js';
import type { State } from './state.js';

type DeliveryColumns = DeliveryLedger & Pick<MinionColumns, 'lastPongMs'>;
type RequestColumns = Pick<MinionColumns, 'requestBytes' | 'replyBytes' | 'requestWaitSeconds'>;
type LedgerFigures = DeliveryFigures &
  Pick<
    Epoch,
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

/** The delivery ledger's columns, and who answered a heartbeat when. */
export function freezeDelivery(state: State): DeliveryColumns {
  const rows = state.minions.order.length;
  return {
    ...freezeDeliveryLedger(state),
    lastPongMs: new Float64Array(rows).fill(Number.NaN),
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
    ...freezeDeliveryFigures(state),
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
