/**
 * What Salt's own `CkMinions.connected_ids()` would say, from the same facts: a minion is present
 * if any `ipv4` or `ipv6` entry of its cached grains is a peer address of the publish port.
 * NAT-blind and fooled by shared addresses like the original.
 */
import { NO_ADDRESS } from './address-table.js';
import type { MinionFacts } from './minion-table.js';
import type { State } from './state.js';

/**
 * Marks the addresses that Salt would hold against the grains; call after a survey. One byte per
 * address entry.
 */
export function saltAddresses(state: State): Uint8Array {
  const { addresses, inventory } = state;
  const marked = new Uint8Array(addresses.high);
  for (let entry = 1; entry < addresses.high; entry += 1) {
    if ((addresses.publishLinks[entry] ?? 0) > 0) marked[entry] = 1;
  }
  // A peer 127.0.0.1 is taken out and the host's IPv4 addresses are put in; ::1 the same with IPv6.
  if (marked[addresses.loopback4] === 1) {
    marked[addresses.loopback4] = 0;
    for (const entry of inventory.host4) marked[entry] = 1;
  }
  if (marked[addresses.loopback6] === 1) {
    marked[addresses.loopback6] = 0;
    for (const entry of inventory.host6) marked[entry] = 1;
  }
  marked[NO_ADDRESS] = 0;
  return marked;
}

/**
 * Only ids with an entry in the minion cache are looked at; without the cache Salt finds nobody.
 */
export function isSaltPresent(facts: MinionFacts, marked: Uint8Array): boolean {
  if (!facts.cached) return false;
  for (let i = 0; i < facts.grainAddresses.length; i += 1) {
    if (marked[facts.grainAddresses[i] ?? NO_ADDRESS] === 1) return true;
  }
  return false;
}
