/**
 * What is known of one pair (job, minion) that has not returned, gathered from both ledgers, the bus
 * and the job cache: the rules read this and nothing else.
 */
import type { Instant } from '../lib/clock.js';
import { BASIS_AMBIGUOUS, NO_ADDRESS, NO_MINION } from './address-table.js';
import { answerOf, hasCachedReturn } from './job-cache-book.js';
import type { CachedJob } from './job-cache-table.js';
import { usualSeconds } from './job-functions.js';
import { type JobMessage, messageOfJob } from './job-message.js';
import { hasPair } from './job-table.js';
import { isEstablished, PHASE_DEAD, PHASE_FREE } from './link-table.js';
import { diedBetween } from './listeners.js';
import { stalledSince } from './liveness.js';
import { LIFE_BARE, LIFE_STALLED, LIFE_TROUBLED, LIVES_KEPT } from './lives-table.js';
import { EXCHANGES_KEPT } from './loss-book.js';
import { fateOf, type LinkAtPublish } from './message-fate.js';
import { answerOfMinion } from './minion-answers.js';
import type { MinionWord } from './minion-answers-table.js';
import { STANCE_WAITING } from './request-table.js';
import type { State } from './state.js';
import { arrivalOf, endOf } from './stream-index.js';
import { isSilent } from './survey.js';
import { PORTS, PUBLISH, REQUEST } from './vocabulary.js';

/** Links end within 30 ms of their publish daemon; what a scan tells is later. */
const WITH_DAEMON_MS = 2_500;

/** A host announces a window that is wider by less than this only with its next acknowledgement. */
const UNREAD_LEAST_BYTES = 8_192;

/** What holds for all pairs of one turn. */
export interface LinkView {
  readonly now: Instant;
  /** Addresses with publish links that nobody can tell apart. */
  readonly shared: ReadonlySet<number>;
  /** Of a master that does not filter all minions of a job share its message. */
  readonly messages: Map<number, JobMessage>;
  /** Jobs of a run of messages that a minion returned, by minion and beginning of the run. */
  readonly returned: Map<string, number>;
}

export interface Pair {
  /** Slot of the job table, and of the minion table. */
  readonly slot: number;
  readonly minion: number;
}

/** Instants of CLOCK_MONOTONIC in ms, NaN = none. */
export interface Facts {
  readonly newMonoMs: number;
  readonly nowMonoMs: number;
  readonly message: JobMessage;
  /** When our own subscription had it. */
  readonly publishedMonoMs: number;
  readonly link: LinkAtPublish;
  /** The link at the publish: ended when, and how. */
  readonly endedMonoMs: number;
  readonly troubledEnd: boolean;
  readonly stalledEnd: boolean;
  /** So long nearly all returns of its function take, where the link ended; NaN = too few were seen. */
  readonly usualMs: number;
  /** It ended when its process had not read all that its host had; not even the publish. */
  readonly behindEnd: boolean;
  readonly unread: boolean;
  /** The link at the publish, which lives: its host does not acknowledge, its process gives no sign. */
  readonly silent: boolean;
  readonly stalledMonoMs: number;
  /** Last answer to a heartbeat on any of its publish links, and whether it answers any. */
  readonly pongMonoMs: number;
  readonly beats: boolean;
  /** Whether this minion's connections are ever told apart from others'. */
  readonly isNamed: boolean;
  /** It may have one of the links behind its address that nobody can tell apart. */
  readonly isShared: boolean;
  /** Since when it has no publish link; NaN while it has one. */
  readonly linklessMonoMs: number;
  readonly hasPublishLink: boolean;
  /** Its last publish link before the publish ended with the publish daemon, at this instant. */
  readonly diedWithMonoMs: number;
  readonly request: RequestFacts;
  /** A `find_job` answered that the job runs no more. */
  readonly gone: boolean;
  readonly heardMonoMs: number;
  readonly startMonoMs: number;
  readonly cache: CachedJob | undefined;
  readonly cachedReturn: boolean;
  /** What the exporter beside the minion said; undefined: there is none, or it was not asked. */
  readonly word: MinionWord | undefined;
}

export interface RequestFacts {
  /** A request that arrived after the publish waits since then. */
  readonly waitingMonoMs: number;
  /** Requests after the publish that were never answered before their link ended. */
  readonly unanswered: number;
  /** A link that lives is silent; the publish link is not asked. */
  readonly silent: boolean;
  /** The last end after the publish, and whether unanswered probes or retransmissions led to it. */
  readonly endedMonoMs: number;
  readonly troubledEnd: boolean;
  /** A link on which nothing but the handshake was said, opened after the publish. */
  readonly bareMonoMs: number;
  /** When the last of them arrived. */
  readonly unansweredMonoMs: number;
  /** Answered requests after the publish: the first of those remembered, and the last. */
  readonly answeredMonoMs: number;
  readonly lastAnsweredMonoMs: number;
  /** A link that was there at the publish lives; one that was opened since lives. */
  readonly hasOld: boolean;
  readonly hasNew: boolean;
  /** A link that was there at the publish ended since then. */
  readonly oldEnded: boolean;
}

/** Lists the links that have not ended by minion; to be made anew for each turn. */
export function viewLinks(state: State, now: Instant): LinkView {
  const { links, losses } = state;
  const { first, next } = losses.links;
  const shared = new Set<number>();
  first.fill(-1);
  for (let slot = 0; slot < links.high; slot += 1) {
    const phase = links.phase[slot] ?? PHASE_FREE;
    if (phase === PHASE_FREE || phase === PHASE_DEAD) continue;
    const minion = links.minion[slot] ?? NO_MINION;
    const port = links.port[slot] ?? PUBLISH;
    if (minion === NO_MINION) {
      const isAmbiguous = port === PUBLISH && links.basis[slot] === BASIS_AMBIGUOUS;
      if (isAmbiguous) shared.add(links.address[slot] ?? NO_ADDRESS);
      continue;
    }
    const at = minion * PORTS.length + port;
    next[slot] = first[at] ?? -1;
    first[at] = slot;
  }
  return { now, shared, messages: new Map(), returned: new Map() };
}

function slotsOf({ losses }: State, minion: number, port: number): readonly number[] {
  const { first, next } = losses.links;
  const slots: number[] = [];
  let slot = first[minion * PORTS.length + port] ?? -1;
  for (; slot >= 0; slot = next[slot] ?? -1) slots.push(slot);
  return slots;
}

export function gatherFacts(state: State, pair: Pair, view: LinkView): Facts {
  const { jobs, links, lives, liveness, minions, losses } = state;
  const { slot, minion } = pair;
  const publishSlots = slotsOf(state, minion, PUBLISH);
  const newMonoMs = jobs.table.newMonoMs[slot] ?? Number.NaN;
  const message = messageFor(state, pair, view);
  const isMessage = typeof message === 'object';
  const publishedMonoMs = isMessage ? arrivalOf(state.delivery.index, message.from) : Number.NaN;
  const link = fateOf(state, minion, {
    messages: isMessage ? message : undefined,
    atMonoMs: isMessage ? publishedMonoMs : newMonoMs,
    slots: publishSlots,
    arrived: (run) => returnedOfRun(state, { minion, run }, view),
  });
  const flags = link.life < 0 ? 0 : (lives.flags[link.life] ?? 0);
  const cache = answerOf(state, jobs.table.jids[slot] ?? '');
  const ended = lives.ended[PUBLISH * lives.minions + minion] ?? 0;
  return {
    newMonoMs,
    nowMonoMs: view.now.monoMs,
    message,
    publishedMonoMs,
    link,
    endedMonoMs: link.life < 0 ? Number.NaN : (lives.endedMonoMs[link.life] ?? Number.NaN),
    troubledEnd: (flags & LIFE_TROUBLED) !== 0,
    stalledEnd: (flags & LIFE_STALLED) !== 0,
    usualMs: link.life < 0 ? Number.NaN : usualMsOf(state, slot),
    behindEnd: link.life >= 0 && (lives.unreadBytes[link.life] ?? 0) >= UNREAD_LEAST_BYTES,
    unread: isMessage && link.life >= 0 && endedUnread(state, link.life, message),
    silent: link.slot >= 0 && isSilent(links, link.slot),
    stalledMonoMs: link.slot < 0 ? Number.NaN : stalledSince(state, link.slot),
    pongMonoMs: minions.lastPongMonoMs[minion] ?? Number.NaN,
    beats: liveness.beats,
    isNamed: publishSlots.length > 0 || ended > 0,
    isShared: (minions.facts[minion]?.addresses ?? []).some((at) => view.shared.has(at)),
    linklessMonoMs: minions.linklessMonoMs[minion] ?? Number.NaN,
    hasPublishLink: publishSlots.some((at) => isEstablished(links.phase[at] ?? PHASE_FREE)),
    diedWithMonoMs: diedWithDaemon(state, minion, newMonoMs),
    request: requestFacts(state, minion, {
      slots: slotsOf(state, minion, REQUEST),
      sinceMonoMs: newMonoMs,
    }),
    gone: hasPair(jobs.table, jobs.table.gone, pair),
    heardMonoMs: losses.signs.heardMonoMs[minion] ?? Number.NaN,
    startMonoMs: losses.signs.startMonoMs[minion] ?? Number.NaN,
    cache,
    word: answerOfMinion(state, jobs.table.jids[slot] ?? '', minion),
    cachedReturn: cache !== undefined && hasCachedReturn(cache, minion),
  };
}

function usualMsOf({ jobs }: State, slot: number): number {
  const row = jobs.table.functions[slot] ?? jobs.functions.other;
  return (usualSeconds(row) ?? Number.NaN) * 1_000;
}

/** What was acknowledged after the message is less than what lay unread at the end of the link. */
function endedUnread(
  { lives, delivery }: State,
  life: number,
  message: { readonly to: number },
): boolean {
  const { index } = delivery;
  const endTo = lives.endTo[life] ?? Number.NaN;
  if (!(endTo >= message.to)) return false;
  const after = endOf(index, endTo) - endOf(index, message.to);
  return (lives.unreadBytes[life] ?? Number.NaN) - after >= UNREAD_LEAST_BYTES;
}

/**
 * Jobs that this minion returned whose messages lie in a run: it has as many of those at least. Jobs
 * of one instant may have each other's message, but never the same.
 */
function returnedOfRun(
  state: State,
  of: { readonly minion: number; readonly run: { readonly from: number; readonly to: number } },
  view: LinkView,
): number {
  const { minion, run } = of;
  const { table } = state.jobs;
  const key = `${minion}/${run.from}`;
  const known = view.returned.get(key);
  if (known !== undefined) return known;
  let returned = 0;
  for (const slot of table.slots.values()) {
    if (!hasPair(table, table.returned, { slot, minion })) continue;
    const message = messageFor(state, { slot, minion }, view);
    if (typeof message === 'object' && message.from > run.from && message.to <= run.to)
      returned += 1;
  }
  view.returned.set(key, returned);
  return returned;
}

function messageFor(state: State, pair: Pair, view: LinkView): JobMessage {
  if (state.config?.zmqFiltering === true) return messageOfJob(state, pair);
  const known = view.messages.get(pair.slot);
  if (known !== undefined) return known;
  const found = messageOfJob(state, pair);
  view.messages.set(pair.slot, found);
  return found;
}

/** Instant at which its last link before `newMonoMs` ended together with the publish daemon; NaN. */
function diedWithDaemon({ lives, listeners }: State, minion: number, newMonoMs: number): number {
  const of = PUBLISH * lives.minions + minion;
  const ended = lives.ended[of] ?? 0;
  let lastMs = Number.NaN;
  for (let number = Math.max(0, ended - LIVES_KEPT); number < ended; number += 1) {
    const atMs = lives.endedMonoMs[of * LIVES_KEPT + (number % LIVES_KEPT)] ?? Number.NaN;
    if (atMs <= newMonoMs) lastMs = atMs;
  }
  const { publish } = listeners.ports;
  return diedBetween(publish, lastMs - WITH_DAEMON_MS, lastMs + WITH_DAEMON_MS)
    ? lastMs
    : Number.NaN;
}

function requestFacts(
  state: State,
  minion: number,
  asked: { readonly slots: readonly number[]; readonly sinceMonoMs: number },
): RequestFacts {
  const { links, requests, lives, losses } = state;
  const { slots, sinceMonoMs } = asked;
  let waitingMonoMs = Number.NaN;
  let silent = false;
  let bareMonoMs = Number.NaN;
  for (const slot of slots) {
    if (isSilent(links, slot)) silent = true;
    const isWaiting = requests.stance[slot] === STANCE_WAITING;
    const waitMs = requests.waitMonoMs[slot] ?? Number.NaN;
    if (isWaiting && waitMs >= sinceMonoMs && !(waitMs >= waitingMonoMs)) waitingMonoMs = waitMs;
  }
  const living = slots.filter((slot) => isEstablished(links.phase[slot] ?? PHASE_FREE));
  let oldEnded = false;
  let unanswered = 0;
  let unansweredMonoMs = Number.NaN;
  let endedMonoMs = Number.NaN;
  let troubledEnd = false;
  const of = REQUEST * lives.minions + minion;
  const ended = lives.ended[of] ?? 0;
  for (let number = Math.max(0, ended - LIVES_KEPT); number < ended; number += 1) {
    const life = of * LIVES_KEPT + (number % LIVES_KEPT);
    const atMs = lives.endedMonoMs[life] ?? Number.NaN;
    if (!(atMs > sinceMonoMs)) continue;
    const flags = lives.flags[life] ?? 0;
    endedMonoMs = atMs;
    troubledEnd = (flags & LIFE_TROUBLED) !== 0;
    const askedMs = lives.askedMonoMs[life] ?? Number.NaN;
    if (askedMs >= sinceMonoMs) {
      unanswered += 1;
      unansweredMonoMs = askedMs;
    }
    const openedMs = lives.openedMonoMs[life] ?? Number.NaN;
    if (!isNewer(openedMs, sinceMonoMs)) oldEnded = true;
    if ((flags & LIFE_BARE) !== 0 && openedMs > sinceMonoMs) bareMonoMs = openedMs;
  }
  const { exchanges, exchangeMonoMs } = losses.signs;
  let answeredMonoMs = Number.NaN;
  let lastAnsweredMonoMs = Number.NaN;
  const answered = exchanges[minion] ?? 0;
  for (let number = Math.max(0, answered - EXCHANGES_KEPT); number < answered; number += 1) {
    const atMs = exchangeMonoMs[minion * EXCHANGES_KEPT + (number % EXCHANGES_KEPT)] ?? Number.NaN;
    if (!(atMs >= sinceMonoMs)) continue;
    if (Number.isNaN(answeredMonoMs)) answeredMonoMs = atMs;
    lastAnsweredMonoMs = atMs;
  }
  return {
    waitingMonoMs,
    unanswered,
    unansweredMonoMs,
    silent,
    endedMonoMs,
    troubledEnd,
    bareMonoMs,
    answeredMonoMs,
    lastAnsweredMonoMs,
    hasOld: living.some((slot) => !isNewer(links.openedMonoMs[slot], sinceMonoMs)),
    hasNew: living.some((slot) => isNewer(links.openedMonoMs[slot], sinceMonoMs)),
    oldEnded,
  };
}

/** Opened after an instant; what is older than our watch is seen opened when that began. */
function isNewer(openedMonoMs: number | undefined, monoMs: number): boolean {
  return (openedMonoMs ?? Number.NaN) > monoMs;
}
