/**
 * Takes connections that end, and messages that a link lacks, into what is remembered of their
 * minion: who asks what became of a publish asks when its link may be long gone.
 */
import { NO_MINION } from './address-table.js';
import { BASE_KNOWN } from './delivery-table.js';
import { stalledSince, unreadBytes } from './liveness.js';
import {
  HOLES_KEPT,
  LIFE_BARE,
  LIFE_DESTROYED,
  LIFE_STALLED,
  LIFE_TROUBLED,
  LIVES_KEPT,
  type Life,
} from './lives-table.js';
import { noteSilenced } from './request-speech.js';
import { STANCE_REPLIED, STANCE_WAITING } from './request-table.js';
import { HANDSHAKE_RECEIVED_MAX } from './request-wire.js';
import type { State } from './state.js';
import { isSilent } from './survey.js';
import { PORTS, PUBLISH } from './vocabulary.js';

/**
 * A connection ended; its last figures are taken, and what they mean for its ledger is not forgotten
 * yet. `destroyed`: by its destroy event; else it is only known to be gone.
 */
export function noteLife(
  state: State,
  slot: number,
  end: { readonly monoMs: number; readonly destroyed: boolean },
): Life | undefined {
  const { links, lives, requests } = state;
  const minion = links.minion[slot] ?? NO_MINION;
  const port = links.port[slot] ?? PUBLISH;
  if (port !== PUBLISH) noteSilenced(state, slot, end);
  if (minion === NO_MINION) return undefined;
  const of = port * lives.minions + minion;
  const number = lives.ended[of] ?? 0;
  lives.ended[of] = number + 1;
  const at = of * LIVES_KEPT + (number % LIVES_KEPT);
  lives.bornMonoMs[at] = requests.bornMonoMs[slot] ?? Number.NaN;
  lives.openedMonoMs[at] = links.openedMonoMs[slot] ?? Number.NaN;
  lives.endedMonoMs[at] = end.monoMs;
  const flags = end.destroyed ? LIFE_DESTROYED : 0;
  if (port === PUBLISH) notePublishLife(state, slot, { at, flags });
  else noteRequestLife(state, slot, { at, flags });
  return { of, number };
}

/** How far a publish link had come at its end, told when that is known. */
export function noteLifeEnd({ lives }: State, { of, number }: Life, endTo: number): void {
  const since = (lives.ended[of] ?? 0) - number;
  if (since < 1 || since > LIVES_KEPT) return;
  lives.endTo[of * LIVES_KEPT + (number % LIVES_KEPT)] = endTo;
}

/** Messages after `from` up to and with `to` of which the link in `slot` never got so many. */
export function noteHole(
  state: State,
  slot: number,
  hole: { readonly from: number; readonly to: number; readonly messages: number },
): void {
  const { links, lives } = state;
  const minion = links.minion[slot] ?? NO_MINION;
  if (minion === NO_MINION) return;
  const number = lives.holes[minion] ?? 0;
  lives.holes[minion] = number + 1;
  const at = minion * HOLES_KEPT + (number % HOLES_KEPT);
  lives.holeFrom[at] = hole.from;
  lives.holeTo[at] = hole.to;
  lives.holeMessages[at] = hole.messages;
}

/** The slot of the minion table is given to another minion. */
export function forgetLives(state: State, minion: number): void {
  const { lives } = state;
  for (let port = 0; port < PORTS.length; port += 1) lives.ended[port * lives.minions + minion] = 0;
  lives.holes[minion] = 0;
}

interface Entry {
  readonly at: number;
  readonly flags: number;
}

function notePublishLife(state: State, slot: number, { at, flags }: Entry): void {
  const { links, lives, delivery } = state;
  const { columns } = delivery;
  const isKnown = columns.stage[slot] === BASE_KNOWN && columns.era[slot] === delivery.era;
  lives.knownFrom[at] = isKnown ? (columns.knownFrom[slot] ?? Number.NaN) : Number.NaN;
  lives.sureTo[at] = isKnown ? (columns.syncCount[slot] ?? Number.NaN) : Number.NaN;
  lives.endTo[at] = isKnown ? (columns.endTo[slot] ?? Number.NaN) : Number.NaN;
  lives.unreadBytes[at] = unreadBytes(state, slot);
  const troubled = isSilent(links, slot) || (links.backoff[slot] ?? 0) > 0;
  lives.askedMonoMs[at] = Number.NaN;
  const stalled = !Number.isNaN(stalledSince(state, slot));
  lives.flags[at] = flags | (troubled ? LIFE_TROUBLED : 0) | (stalled ? LIFE_STALLED : 0);
}

function noteRequestLife(state: State, slot: number, { at, flags }: Entry): void {
  const { links, lives, requests } = state;
  const stance = requests.stance[slot];
  const troubled = isSilent(links, slot) || (links.backoff[slot] ?? 0) > 0;
  const asked = stance === STANCE_WAITING;
  const bare =
    stance !== STANCE_REPLIED && !asked && (requests.received[slot] ?? 0) <= HANDSHAKE_RECEIVED_MAX;
  lives.knownFrom[at] = Number.NaN;
  lives.sureTo[at] = Number.NaN;
  lives.endTo[at] = Number.NaN;
  lives.unreadBytes[at] = Number.NaN;
  lives.askedMonoMs[at] = asked ? (requests.waitMonoMs[slot] ?? Number.NaN) : Number.NaN;
  lives.flags[at] = flags | (troubled ? LIFE_TROUBLED : 0) | (bare ? LIFE_BARE : 0);
}
