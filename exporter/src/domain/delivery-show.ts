/** Puts the figures of the links where a picture is frozen from: by minion, its newest link's. */
import { NO_MINION } from './address-table.js';
import { BASE_KNOWN, type Delivery } from './delivery-table.js';
import type { State } from './state.js';

/** A minion without a publish link. */
export const NO_LINK = 255;

/** Before the links are surveyed. */
export function clearShown(state: State): void {
  const { shown } = state.delivery;
  const end = state.minions.high;
  shown.known.fill(NO_LINK, 0, end);
  shown.longestQueue = Number.NaN;
  for (const column of [
    shown.openedMonoMs,
    shown.sendQueue,
    shown.lagMessages,
    shown.lagSeconds,
    shown.queueBytes,
    shown.queueMessages,
    shown.queueGrowth,
  ]) {
    column.fill(Number.NaN, 0, end);
  }
}

/** An established publish link that is not ours. */
export function showLink(state: State, slot: number): void {
  const { delivery, links } = state;
  const { shown, columns } = delivery;
  const known = isLedgerKnown(delivery, slot);
  const queue = columns.queueMessages[slot] ?? Number.NaN;
  if (known && !(queue <= shown.longestQueue)) shown.longestQueue = queue;
  const minion = links.minion[slot] ?? NO_MINION;
  const openedMs = links.openedMonoMs[slot] ?? 0;
  if (minion === NO_MINION || openedMs < (shown.openedMonoMs[minion] ?? Number.NaN)) return;
  const figure = (column: Float64Array) => (known ? (column[slot] ?? Number.NaN) : Number.NaN);
  shown.openedMonoMs[minion] = openedMs;
  shown.known[minion] = known ? 1 : 0;
  shown.sendQueue[minion] = links.hasInfo[slot] === 1 ? (columns.sendQueue[slot] ?? 0) : Number.NaN;
  shown.lagMessages[minion] = figure(columns.lagMessages);
  shown.lagSeconds[minion] = figure(columns.lagSeconds);
  shown.queueBytes[minion] = figure(columns.queueBytes);
  shown.queueMessages[minion] = queue * (known ? 1 : Number.NaN);
  shown.queueGrowth[minion] = figure(columns.queueGrowth);
}

/** Its base is found, a scan measured it, and nothing has put it in doubt since. */
export function isLedgerKnown(delivery: Delivery, slot: number): boolean {
  const { columns } = delivery;
  return (
    columns.stage[slot] === BASE_KNOWN &&
    columns.era[slot] === delivery.era &&
    isSubscribed(delivery) &&
    !Number.isNaN(columns.lagMessages[slot] ?? Number.NaN)
  );
}

/** Our subscription is up. */
export function isSubscribed(delivery: Delivery): boolean {
  return !Number.isNaN(delivery.subscribedMonoMs) && Number.isNaN(delivery.endedMonoMs);
}
