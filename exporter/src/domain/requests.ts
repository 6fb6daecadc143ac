/**
 * The request ledger: what came in and what was answered on each request link, from the kernel's
 * counters and ages alone.
 */
import type { Instant } from '../lib/clock.js';
import type { LinkLine } from './link-line.js';
import type { State } from './state.js';

/** A slot was given to a connection seen for the first time; its figures follow by `noteRequests`. */
export function openRequests(state: State, slot: number): void {
  state.requests.waiting[slot] = 0;
}

/** Figures of a request link in a dump or in its destroy event (then `endRequests` follows). */
export function noteRequests(_state: State, _slot: number, _line: LinkLine): void {}

/** The destroy event of a request link, its last figures taken. */
export function endRequests(state: State, slot: number, _at: Instant): void {
  state.requests.waiting[slot] = 0;
}

/** A complete scan was applied. */
export function closeRequestScan(_state: State, _at: Instant): void {}
