/**
 * A ledger breaks off, or begins later than what may have been lost. Its link is measured anew within seconds, but the counters of
 * drops lack what was lost meanwhile: how often that was says whether they are complete.
 */
import { NO_MINION } from './address-table.js';
import type { State } from './state.js';
import { LEDGER_BREAKS, type LedgerBreak, PEERS } from './vocabulary.js';

/** Of the link in `slot`: counted once until its ledger is known again. */
export function breakLedger(state: State, slot: number, reason: LedgerBreak): void {
  const { delivery, links, minions } = state;
  if (delivery.columns.broken[slot] === 1) return;
  delivery.columns.broken[slot] = 1;
  const at = LEDGER_BREAKS.indexOf(reason) * PEERS.length + (links.peer[slot] ?? 0);
  delivery.breaks[at] = (delivery.breaks[at] ?? 0) + 1;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) return;
  minions.ledgerBreaks[minion] = (minions.ledgerBreaks[minion] ?? 0) + 1;
}
