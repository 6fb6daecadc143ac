/**
 * What Salt's event bus told: kept and handed to what needs it; ledgers, identity and ghosts read
 * it.
 */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import type { BusEvent, BusEvents, BusLink, BusLoss } from './observations.js';
import { countSourceError } from './source-book.js';
import type { State } from './state.js';
import { BUS_REJECTS } from './vocabulary.js';

/**
 * Stamps have microseconds and the wall clock that they are held against whole milliseconds, cut
 * off: an event that took no time seems to have come this much before it was fired.
 */
const CLOCK_STEP_MS = 1;

export function applyBusLink(state: State, link: BusLink): void {
  const { bus } = state;
  if (link.connected && bus.connected !== true) {
    if (bus.wasConnected) bus.reconnects += 1;
    bus.wasConnected = true;
  }
  bus.connected = link.connected;
  bus.sinceMonoMs = link.monoMs;
  bus.backlogBytes = 0;
}

export function applyBusEvents(state: State, told: BusEvents, now: Instant): void {
  const { bus } = state;
  for (const event of told.events) {
    bus.events[event.event] += 1;
    noteLag(state, event, now);
  }
  bus.backlogBytes = told.backlogBytes ?? 0;
}

export function applyBusLoss(state: State, loss: BusLoss): void {
  const { bus } = state;
  bus.dropped += loss.dropped;
  for (const reason of BUS_REJECTS) bus.rejects[reason] += loss.rejects[reason] ?? 0;
}

/** Arrival − `_stamp`, both of the master's wall clock. */
function noteLag(state: State, event: BusEvent, now: Instant): void {
  if (event.stampWallMs === undefined) return;
  const arrivedWallMs = now.wallMs - (now.monoMs - event.arrivedMonoMs);
  const lagMs = arrivedWallMs - event.stampWallMs;
  if (lagMs < -CLOCK_STEP_MS) {
    countSourceError(state.sources, 'event_bus', { reason: 'stamp_ahead', count: 1 });
    return;
  }
  // Between −1 ms and 0 it is the clock's step, as above: 0 is as right as can be told.
  observe(state.bus.lagSeconds, Math.max(0, lagMs) / 1_000);
}
