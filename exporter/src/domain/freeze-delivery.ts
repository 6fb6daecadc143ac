/** Copies what the delivery ledger says into the columns and figures of an epoch. */
import { recommendedHwm } from './advice.js';
import { NO_LINK } from './delivery-show.js';
import type { Epoch, MinionColumns } from './epoch.js';
import { PEER_MINION, PEER_UNKNOWN } from './identity.js';
import type { State } from './state.js';
import { LEDGER_BREAKS, type LedgerBreak, PEERS } from './vocabulary.js';

export type DeliveryLedger = Pick<
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
>;
export type DeliveryFigures = Pick<
  Epoch,
  | 'publishGapMessages'
  | 'publishHwm'
  | 'publishBurstMax'
  | 'publishHwmRecommended'
  | 'dropped'
  | 'lossesCounted'
  | 'lossesUndecided'
  | 'ledgerBreaks'
  | 'queuePressureMax'
  | 'queueMessagesMax'
>;

/** A minion's figures are those of its newest established publish link, as it was surveyed. */
export function freezeDelivery(state: State): DeliveryLedger {
  const { minions, delivery } = state;
  const { shown } = delivery;
  const { order } = minions;
  const hwm = state.config?.options.get('pub_hwm');
  const pick = (column: Float64Array) =>
    Float64Array.from(order, (minion) => column[minion] ?? Number.NaN);
  const queueMessages = pick(shown.queueMessages);
  const growth = pick(shown.queueGrowth);
  return {
    ledgerKnown: Uint8Array.from(order, (minion) => shown.known[minion] ?? NO_LINK),
    queueMessages,
    queueBytes: pick(shown.queueBytes),
    sendQueueBytes: pick(shown.sendQueue),
    queuePressure: queueMessages.map((messages) => pressureOf(messages, hwm)),
    secondsToDrop: queueMessages.map((messages, row) =>
      secondsToDrop(messages, growth[row] ?? 0, hwm),
    ),
    lagMessages: pick(shown.lagMessages),
    lagSeconds: pick(shown.lagSeconds),
    droppedHwm: pick(minions.droppedHwm),
    droppedDisconnect: pick(minions.droppedDisconnect),
    ledgerBreaks: pick(minions.ledgerBreaks),
  };
}

export function freezeDeliveryFigures(state: State): DeliveryFigures {
  const { delivery } = state;
  const hwm = state.config?.options.get('pub_hwm');
  const longest = delivery.shown.longestQueue;
  const most = Number.isNaN(longest) ? undefined : longest;
  const burst = delivery.burst.most;
  const breaks = (reason: LedgerBreak) => {
    const from = LEDGER_BREAKS.indexOf(reason) * PEERS.length;
    return byPeer(delivery.breaks.subarray(from, from + PEERS.length));
  };
  return {
    publishGapMessages: delivery.gap.messages,
    publishHwm: hwm,
    publishBurstMax: burst > 0 ? burst : undefined,
    publishHwmRecommended: recommendedHwm(burst, state.advice.lagMessagesMost),
    dropped: {
      hwm: byPeer(delivery.droppedHwm),
      disconnect: byPeer(delivery.droppedDisconnect),
      all_links: byPeer(delivery.droppedAllLinks),
    },
    lossesCounted: delivery.decided,
    lossesUndecided: delivery.undecided,
    ledgerBreaks: { loss: breaks('loss'), history: breaks('history') },
    queuePressureMax: most === undefined || !hwm ? undefined : pressureOf(most, hwm),
    queueMessagesMax: most,
  };
}

/** A mark of 0 is no limit: nothing presses. */
function pressureOf(messages: number, hwm: number | undefined): number {
  if (hwm === undefined) return Number.NaN;
  return hwm <= 0 ? messages * 0 : Math.min(1, messages / hwm);
}

function secondsToDrop(messages: number, growth: number, hwm: number | undefined): number {
  if (hwm === undefined || hwm <= 0 || !(growth > 0)) return Number.NaN;
  return Math.max(0, hwm - messages) / growth;
}

function byPeer(counts: Float64Array): { minion: number; unknown: number } {
  return { minion: counts[PEER_MINION] ?? 0, unknown: counts[PEER_UNKNOWN] ?? 0 };
}
