/**
 * What Salt's event bus told: kept and handed to what needs it; ledgers, identity and ghosts read
 * it.
 */
import type { Instant } from '../lib/clock.js';
import type { BusEvents, BusLink } from './observations.js';
import type { State } from './state.js';

export function applyBusLink(state: State, link: BusLink): void {
  state.bus.connected = link.connected;
}

export function applyBusEvents(_state: State, _events: BusEvents, _now: Instant): void {}
