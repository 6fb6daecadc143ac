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
import { seesLinks } from './status.js';
import { REQUEST_PEERS, type RequestPeer } from './vocabulary.js';
import { estimateWedged } from './wedged.js';

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
  return {
    ...freezeDeliveryLedger(state),
    lastPongMs: inOrder(state, state.minions.lastPongWallMs),
  };
}

export function freezeRequests(state: State): RequestColumns {
  const { minions } = state;
  return {
    requestBytes: inOrder(state, minions.requestBytes),
    replyBytes: inOrder(state, minions.replyBytes),
    requestWaitSeconds: inOrder(state, minions.requestWaitMs).map((ms) => ms / 1_000),
  };
}

export function freezeLedgerFigures(state: State, now: Instant): LedgerFigures {
  const { requests, survey } = state;
  const sees = state.scans.origin === 'netlink' && seesLinks(state, now);
  const traffic = { hanging: survey.requestsHanging, nowMonoMs: now.monoMs };
  const workers = state.config?.options.get('worker_threads');
  return {
    ...freezeDeliveryFigures(state),
    requestsWaiting: sees ? survey.requestsWaiting : undefined,
    requestWaitMaxSeconds: sees ? survey.requestWaitMaxMs / 1_000 : undefined,
    requestServiceSeconds: freezeHistogram(requests.serviceSeconds),
    requestsAbandoned: byRequestPeer(requests.abandoned),
    requestsFailed: byRequestPeer(requests.failed),
    ghostJobs: { ...requests.ghosts.counts },
    wedgedWorkers: estimateWedged(requests.wedged, workers, traffic),
    busConnected: state.bus.connected,
    busLagSeconds: freezeHistogram(state.bus.lagSeconds),
  };
}

function inOrder({ minions }: State, column: Float64Array): Float64Array {
  return Float64Array.from(minions.order, (slot) => column[slot] ?? Number.NaN);
}

function byRequestPeer(counts: Float64Array): Record<RequestPeer, number> {
  const of = (peer: RequestPeer) => counts[REQUEST_PEERS.indexOf(peer)] ?? 0;
  return { minion: of('minion'), local: of('local'), unknown: of('unknown') };
}
