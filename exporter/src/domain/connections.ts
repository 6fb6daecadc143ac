/** Single connections, and what is known of who one minion is: copies for the API. */
import type { Instant } from '../lib/clock.js';
import { NO_MINION, wordsOf } from './address-table.js';
import { formatAddress } from './address-text.js';
import { isEstablished, PHASE_FREE } from './link-table.js';
import type { State } from './state.js';
import {
  IDENTITY_BASES,
  type IdentityBasis,
  PEERS,
  type Peer,
  PORTS,
  type Port,
} from './vocabulary.js';

/** A TCP connection of one of the master's two ports. Times are wall clock, ms. */
export interface Connection {
  /** Hexadecimal; the kernel never gives one twice. */
  readonly cookie: string;
  readonly port: Port;
  readonly peer: Peer;
  /** Key id; undefined = not known whose it is. */
  readonly minion: string | undefined;
  readonly basis: IdentityBasis | undefined;
  readonly address: string;
  readonly established: boolean;
  /** undefined = before this process watched. */
  readonly openedWallMs: number | undefined;
  readonly endedWallMs: number | undefined;
  readonly lastAckWallMs: number | undefined;
  readonly rttSeconds: number | undefined;
  readonly retransmits: number;
  readonly backoff: number;
  readonly probes: number;
}

export interface ConnectionFilter {
  readonly minion: (id: string) => boolean;
  /** Those that nobody's id is known of are left out. */
  readonly named: boolean;
  readonly port: Port | undefined;
  readonly peer: Peer | undefined;
  /** Also those that ended, as long as they are remembered. */
  readonly ended: boolean;
}

export interface ConnectionPage {
  /** That match. */
  readonly of: number;
  readonly rows: readonly Connection[];
}

/** Connections that match, in the order in which the kernel named them first. */
export function listConnections(
  state: State,
  filter: ConnectionFilter,
  page: { readonly limit: number; readonly offset: number; readonly now: Instant },
): ConnectionPage {
  const { links } = state;
  const rows: Connection[] = [];
  let of = 0;
  for (let slot = 0; slot < links.high; slot += 1) {
    if (!isListed(state, slot, filter)) continue;
    if (of >= page.offset && rows.length < page.limit)
      rows.push(connectionOf(state, slot, page.now));
    of += 1;
  }
  return { of, rows };
}

/** Who a minion is, as files of the master say. */
export interface MinionKey {
  /** Addresses that can name it. */
  readonly addresses: readonly string[];
  readonly hasKey: boolean;
  readonly expected: boolean;
  readonly keyWallMs: number | undefined;
  readonly grainsWallMs: number | undefined;
}

/** undefined: it has neither an accepted key nor is it expected. */
export function describeKey({ minions, addresses }: State, id: string): MinionKey | undefined {
  const slot = minions.slots.get(id);
  const facts = slot === undefined ? undefined : minions.facts[slot];
  if (facts === undefined) return undefined;
  return {
    addresses: [...new Set(facts.addresses)].map((entry) =>
      formatAddress(wordsOf(addresses, entry)),
    ),
    hasKey: facts.hasKey,
    expected: facts.expected,
    keyWallMs: facts.keyWallMs,
    grainsWallMs: facts.grainsWallMs,
  };
}

function isListed({ links, minions }: State, slot: number, filter: ConnectionFilter): boolean {
  const phase = links.phase[slot] ?? PHASE_FREE;
  if (phase === PHASE_FREE || (!filter.ended && !isEstablished(phase))) return false;
  if (filter.port !== undefined && PORTS[links.port[slot] ?? 0] !== filter.port) return false;
  if (filter.peer !== undefined && PEERS[links.peer[slot] ?? 0] !== filter.peer) return false;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) return !filter.named;
  return filter.minion(minions.ids[minion] ?? '');
}

function connectionOf(state: State, slot: number, now: Instant): Connection {
  const { links, minions, addresses, requests } = state;
  const offsetMs = now.wallMs - now.monoMs;
  const minion = links.minion[slot] ?? NO_MINION;
  const established = isEstablished(links.phase[slot] ?? PHASE_FREE);
  const rttMicros = links.rttMicros[slot] ?? 0;
  const goneMs = links.goneMonoMs[slot] ?? Number.NaN;
  return {
    cookie: cookieText(links.cookieHigh[slot] ?? 0, links.cookieLow[slot] ?? 0),
    port: PORTS[links.port[slot] ?? 0] ?? 'publish',
    peer: PEERS[links.peer[slot] ?? 0] ?? 'unknown',
    minion: minion === NO_MINION ? undefined : minions.ids[minion],
    basis: minion === NO_MINION ? undefined : IDENTITY_BASES[links.basis[slot] ?? 0],
    address: formatAddress(wordsOf(addresses, links.address[slot] ?? 0)),
    established,
    openedWallMs: known((requests.bornMonoMs[slot] ?? Number.NaN) + offsetMs),
    endedWallMs: established ? undefined : known(goneMs + offsetMs),
    lastAckWallMs: known((links.ackMonoMs[slot] ?? Number.NaN) + offsetMs),
    rttSeconds: rttMicros === 0 ? undefined : rttMicros / 1e6,
    retransmits: links.totalRetransmits[slot] ?? 0,
    backoff: links.backoff[slot] ?? 0,
    probes: links.probes[slot] ?? 0,
  };
}

function cookieText(high: number, low: number): string {
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}

function known(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
