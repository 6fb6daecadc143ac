/**
 * The delivery ledger: what was published and what each publish link acknowledged of it; decides
 * what is lag, what waits in libzmq, what was dropped.
 */
import type { Instant } from '../lib/clock.js';
import type { LinkLine } from './link-line.js';
import type { StreamLink, StreamMessages } from './observations.js';
import type { State } from './state.js';

/** A slot was given to a connection seen for the first time; its figures follow by `noteDelivery`. */
export function openDelivery(state: State, slot: number): void {
  state.delivery.known[slot] = 0;
}

/** Figures of a publish link in a dump or in its destroy event (then `endDelivery` follows). */
export function noteDelivery(_state: State, _slot: number, _line: LinkLine): void {}

/** The destroy event of a publish link, its last figures taken: the only end that books losses. */
export function endDelivery(state: State, slot: number, _at: Instant): void {
  state.delivery.known[slot] = 0;
}

/** A complete scan was applied. */
export function closeDeliveryScan(_state: State, _at: Instant): void {}

export function applyStreamMessages(_state: State, _messages: StreamMessages): void {}

export function applyStreamLink(_state: State, _link: StreamLink): void {}
