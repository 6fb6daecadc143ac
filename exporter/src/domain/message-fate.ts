/**
 * What became of one message on the publish links of one minion: acknowledged by its host, dropped,
 * lost with the link, on its way, sent when there was no link. What the ledger does not know is
 * `unknown`; nothing is guessed from what other links did.
 */
import { PING_BYTES } from './delivery-heartbeat.js';
import { movedBytes, pingRange } from './delivery-position.js';
import { BASE_KNOWN } from './delivery-table.js';
import { messagesBetween } from './delivery-window.js';
import type { JobMessages } from './job-message.js';
import { HOLES_KEPT, LIVES_KEPT } from './lives-table.js';
import type { State } from './state.js';
import { countAtOffset, endOf, NO_KEY } from './stream-index.js';
import { PUBLISH } from './vocabulary.js';

/** A publish that its minion's link ended just before, or opened just after, was not for that link. */
export type Fate =
  | 'acknowledged'
  | 'dropped'
  /** As many of the run that it lies in were dropped as did not certainly arrive. */
  | 'dropped_rest'
  /** It lies among messages of which some were dropped. */
  | 'dropped_likely'
  | 'waiting'
  | 'lost_with_link'
  | 'no_link'
  | 'unknown';

/** The publish links of one minion as they were when a job was published, and now. */
export interface LinkAtPublish {
  readonly fate: Fate;
  /** Slot of the link if it lives, else −1. */
  readonly slot: number;
  /** Entry of its ended life, else −1. */
  readonly life: number;
}

/** Messages of a run, all after `from` up to and with `to`, that certainly reached the minion. */
export type Arrived = (run: { readonly from: number; readonly to: number }) => number;

const NO_LIFE: LinkAtPublish = { fate: 'no_link', slot: -1, life: -1 };

/**
 * `slots`: the links of the minion that have not ended. The newest link that was there decides: an
 * older one was on its way out.
 */
export function fateOf(
  state: State,
  minion: number,
  asked: {
    readonly messages: JobMessages | undefined;
    readonly atMonoMs: number;
    readonly slots: readonly number[];
    readonly arrived: Arrived;
  },
): LinkAtPublish {
  const { links, lives, requests } = state;
  const { messages, atMonoMs, arrived } = asked;
  let isDoubtful = false;
  let newest: LinkAtPublish | undefined;
  let newestMs = Number.NEGATIVE_INFINITY;
  const consider = (openedMs: number, bornMs: number, found: () => LinkAtPublish) => {
    const opened = Number.isNaN(bornMs) ? Number.NEGATIVE_INFINITY : openedMs;
    if (atMonoMs < opened) {
      if (atMonoMs >= bornMs) isDoubtful = true;
      return;
    }
    if (newest !== undefined && opened <= newestMs) return;
    newest = found();
    newestMs = opened;
  };
  for (const slot of asked.slots) {
    consider(links.openedMonoMs[slot] ?? 0, requests.bornMonoMs[slot] ?? Number.NaN, () => ({
      fate:
        messages === undefined ? 'unknown' : fateOnLink(state, slot, { messages, minion, arrived }),
      slot,
      life: -1,
    }));
  }
  const of = PUBLISH * lives.minions + minion;
  const ended = lives.ended[of] ?? 0;
  for (let number = Math.max(0, ended - LIVES_KEPT); number < ended; number += 1) {
    const life = of * LIVES_KEPT + (number % LIVES_KEPT);
    if (!((lives.endedMonoMs[life] ?? 0) > atMonoMs)) continue;
    consider(lives.openedMonoMs[life] ?? 0, lives.bornMonoMs[life] ?? Number.NaN, () => ({
      fate:
        messages === undefined ? 'unknown' : fateOfLife(state, life, { messages, minion, arrived }),
      slot: -1,
      life,
    }));
  }
  if (newest !== undefined) return newest;
  return isDoubtful ? { ...NO_LIFE, fate: 'unknown' } : NO_LIFE;
}

interface Asked {
  readonly messages: JobMessages;
  readonly minion: number;
  readonly arrived: Arrived;
}

function fateOnLink(state: State, slot: number, asked: Asked): Fate {
  const { messages } = asked;
  const { delivery } = state;
  const { columns, index } = delivery;
  const { from, to } = messages;
  if (columns.stage[slot] !== BASE_KNOWN || columns.era[slot] !== delivery.era) return 'unknown';
  if (!(from > (columns.knownFrom[slot] ?? Number.NaN))) return 'unknown';
  const key = columns.topicKey[slot] ?? NO_KEY;
  const hole = holeOver(state, asked, key);
  if (hole !== undefined) return hole;
  const sure = columns.syncCount[slot] ?? 0;
  if (to <= sure) return 'acknowledged';
  if (columns.missingBytes[slot] !== 0) return 'waiting';
  const passed = movedBytes(delivery, slot) - pingRange(delivery, slot).most * PING_BYTES;
  if (key === NO_KEY) {
    const reached = countAtOffset(index, endOf(index, sure) + passed);
    return to <= reached ? 'acknowledged' : 'waiting';
  }
  // A message of its own topic that is behind others is there when as many bytes were.
  return messagesBetween(index, key, { from: sure, to }) === 0 ? 'acknowledged' : 'waiting';
}

function fateOfLife(state: State, life: number, asked: Asked): Fate {
  const { lives } = state;
  const { messages } = asked;
  const { from, to } = messages;
  if (!(from > (lives.knownFrom[life] ?? Number.NaN))) return 'unknown';
  const hole = holeOver(state, asked, NO_KEY);
  if (hole !== undefined) return hole;
  if (to <= (lives.sureTo[life] ?? Number.NaN)) return 'acknowledged';
  const endTo = lives.endTo[life] ?? Number.NaN;
  if (to <= endTo) return 'acknowledged';
  return from > endTo ? 'lost_with_link' : 'unknown';
}

/**
 * Whether these messages lie in a run of which some, or all, were dropped.
 *
 * A worked example: of a run of 61 messages 21 were dropped, and the minion returned 40 jobs whose
 * messages lie in it: those that it did not return are the dropped ones.
 */
function holeOver(
  state: State,
  { messages, minion, arrived }: Asked,
  key: number,
): 'dropped' | 'dropped_rest' | 'dropped_likely' | undefined {
  const { lives, delivery } = state;
  const { from, to } = messages;
  const holes = lives.holes[minion] ?? 0;
  for (let number = Math.max(0, holes - HOLES_KEPT); number < holes; number += 1) {
    const at = minion * HOLES_KEPT + (number % HOLES_KEPT);
    const run = { from: lives.holeFrom[at] ?? 0, to: lives.holeTo[at] ?? 0 };
    if (to <= run.from || from > run.to) continue;
    if (from <= run.from || to > run.to) return 'dropped_likely';
    const all = messagesBetween(delivery.index, key, run);
    const dropped = lives.holeMessages[at] ?? 0;
    if (dropped >= all) return 'dropped';
    return dropped >= all - arrived(run) ? 'dropped_rest' : 'dropped_likely';
  }
  return undefined;
}
