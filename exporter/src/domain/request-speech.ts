/**
 * When the request links of each minion last said more than heartbeats: what was asked and answered
 * over them, and their ends. A return that the bus tells of is held against it.
 */
import { BASIS_GRAINS, BASIS_STATIC, NO_MINION } from './address-table.js';
import { PEER_OWN } from './identity.js';
import type { Look } from './request-looks.js';
import { STANCE_QUIET } from './request-table.js';
import {
  HANDSHAKE_RECEIVED_MAX,
  HANDSHAKE_SENT,
  isBeatPair,
  isBeats,
  LATE_PONGS,
  PING_BYTES,
  PONG_BYTES,
} from './request-wire.js';
import type { State } from './state.js';

/** More heartbeats between two looks are taken for a request: five have the size of a failed reply. */
const BEATS_MOST = 2;

/** The row of a request link differs from the one before, whose figures the ledger still has. */
export function noteSpeech(
  state: State,
  slot: number,
  { look, first }: { readonly look: Look; readonly first: boolean },
): void {
  const { requests } = state;
  const received =
    look.received - (first ? HANDSHAKE_RECEIVED_MAX : (requests.received[slot] ?? 0));
  const acked = look.acked - (first ? HANDSHAKE_SENT : (requests.acked[slot] ?? 0));
  const isShake = first && received <= 0 && acked <= 0;
  if (isShake || isBeatsOnly(received, acked)) return;
  noteSpoken(state, slot, look.rowMonoMs);
}

/** A request link ended; its last figures are taken. */
export function noteSilenced(
  state: State,
  slot: number,
  end: { readonly monoMs: number; readonly destroyed: boolean },
): void {
  const { links, suspects, requests } = state;
  noteSpoken(state, slot, end.monoMs);
  const minion = links.minion[slot] ?? NO_MINION;
  const isSure = end.destroyed && requests.stance[slot] === STANCE_QUIET;
  if (minion !== NO_MINION && !isSure) suspects.abandonedMonoMs[minion] = end.monoMs;
}

function isBeatsOnly(received: number, acked: number): boolean {
  if (isBeatPair(acked, received, BEATS_MOST)) return true;
  return (
    isBeats(received, PONG_BYTES, BEATS_MOST + LATE_PONGS) && isBeats(acked, PING_BYTES, BEATS_MOST)
  );
}

function noteSpoken({ links, suspects, addresses, inventory }: State, slot: number, atMs: number) {
  if (links.peer[slot] === PEER_OWN) return;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) {
    const address = links.address[slot] ?? -1;
    const isHost =
      address === addresses.loopback4 ||
      address === addresses.loopback6 ||
      inventory.host4.includes(address) ||
      inventory.host6.includes(address);
    // Clients on the master's own host: a minion there has an address of it, and so their links.
    if (!isHost) suspects.strangerMonoMs = Math.max(suspects.strangerMonoMs, atMs);
    return;
  }
  const basis = links.basis[slot];
  if (basis !== BASIS_STATIC && basis !== BASIS_GRAINS) {
    suspects.learnedMonoMs = Math.max(suspects.learnedMonoMs, atMs);
  }
  if (!(atMs <= (suspects.spokeMonoMs[minion] ?? Number.NaN))) suspects.spokeMonoMs[minion] = atMs;
}
