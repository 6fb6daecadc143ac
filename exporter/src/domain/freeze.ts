/**
 * Copies the state into one epoch: what metrics, page and API read, unchanged by whatever comes
 * later.
 */
import type { Instant } from '../lib/clock.js';
import { freezeHistogram } from '../lib/histogram.js';
import { freezeAdvice } from './advice-note.js';
import { freezeBus } from './bus-book.js';
import { freezeCanaries } from './canary-book.js';
import type { Epoch, MinionColumns } from './epoch.js';
import { freezeDelivery, freezeLedgerFigures, freezeRequests } from './freeze-ledgers.js';
import { freezeFunctionStatus } from './function-status.js';
import { freezeJobs } from './job-figures.js';
import { freezeLocal } from './local-figures.js';
import { freezeLogs } from './log-book.js';
import { freezeLosses } from './loss-figures.js';
import { LOSS_LINKS } from './loss-vocabulary.js';
import { NO_FACTS, STATUS_UNKNOWN } from './minion-table.js';
import { listMonitorCounters, listMonitorRejects, listMonitorSockets } from './monitor.js';
import { pingPresence } from './ping-presence.js';
import { listEvents } from './recent-events.js';
import { isSaltPresent, saltAddresses } from './salt-presence.js';
import { listSources } from './source-book.js';
import type { State } from './state.js';
import { isBlind, PROBLEM_MEMORY_MS, seesLinks } from './status.js';
import { runAll, type Steps } from './steps.js';
import { evaluate, finishEvaluation, NO_BASIS, surveySteps } from './survey.js';
import {
  type Disagreement,
  IDENTITY_BASES,
  MINION_STATUSES,
  type MinionStatus,
  PEERS,
  type Peer,
  PORTS,
  type Port,
  sourcesOf,
} from './vocabulary.js';

const UNKNOWN_BYTE = 255;
const LINKS_SHOWN_MAX = 65_535;
const OK = MINION_STATUSES.indexOf('ok');
const AMBIGUOUS = MINION_STATUSES.indexOf('ambiguous');
const BASIS_AMBIGUOUS = IDENTITY_BASES.indexOf('ambiguous');

/**
 * One consistent picture; statuses are those of the last tick. While an observation is half applied
 * the links and minions are those from before it.
 */
export function freeze(state: State, now: Instant): Epoch {
  return runAll(freezeSteps(state, now));
}

/** The same in steps, a few columns each; until the last one nothing may change but by `freeze`. */
export function* freezeSteps(state: State, now: Instant): Steps<Epoch> {
  if (state.shown !== undefined) return state.shown;
  finishEvaluation(state);
  yield* evaluate(state, surveySteps(state, now.monoMs));
  const minions = yield* freezeMinions(state, now);
  return freezeFleet(state, now, minions);
}

function freezeFleet(state: State, now: Instant, minions: MinionColumns): Epoch {
  const sees = seesLinks(state, now);
  const { scans, listeners, inventory } = state;
  const { publish, request } = listeners.ports;
  return {
    at: now,
    startedWallMs: Number.isNaN(state.startedWallMs) ? now.wallMs : state.startedWallMs,
    minions,
    minionsByStatus: countStatuses(minions),
    disagreements: isBlind(state, now) ? {} : countDisagreements(state, minions),
    links: sees ? byPortAndPeer(state.survey.links) : undefined,
    connects: byPortAndPeer(state.connects),
    disconnects: byPortAndPeer(state.disconnects),
    flaps: state.flaps,
    storms: { ...state.storms.counts },
    listenerUp: sees ? known({ publish: publish.up, request: request.up }) : {},
    listenerRestarts: { publish: publish.restarts, request: request.restarts },
    masterRestarts: listeners.masterRestarts,
    listenQueueLength: sees
      ? known({ publish: publish.queueLength, request: request.queueLength })
      : {},
    listenQueueLimit: sees
      ? known({ publish: publish.queueLimit, request: request.queueLimit })
      : {},
    listenOverflows: scans.overflows,
    keys: inventory.keyCounts,
    oldestPendingMs: inventory.oldestPendingWallMs,
    masterOpenFds: state.openFds,
    masterMaxFds: state.maxFds,
    publishMessages: state.publishMessages,
    publishBytes: state.publishBytes,
    requestPings: { ...state.pings },
    requestPingSeconds: freezeHistogram(state.pingSeconds),
    advice: freezeAdvice(state),
    canaries: freezeCanaries(state),
    canaryPingSeconds: freezeHistogram(state.canaries.pingSeconds),
    canaryFileSeconds: freezeHistogram(state.canaries.fileSeconds),
    ...freezeLedgerFigures(state, now),
    bus: freezeBus(state.bus),
    jobs: freezeJobs(state, now.monoMs),
    functionStatus: freezeFunctionStatus(state),
    losses: freezeLosses(state),
    monitorCounters: listMonitorCounters(state.monitor),
    monitorSockets: listMonitorSockets(state.monitor),
    monitorRejects: listMonitorRejects(state.monitor),
    logs: freezeLogs(state.logs),
    local: freezeLocal(state, now),
    config: state.config,
    sources: listSources(state.sources, state.enabledSources, state.config).filter(({ source }) =>
      sourcesOf(state.options.role ?? 'master').includes(source),
    ),
    scanSeconds: freezeHistogram(scans.seconds),
    scanIntervalSeconds: scans.intervalSeconds,
    scanOrigin: scans.origin,
    kernelOverflows: scans.overflowEvents,
    kernelEventsLost: scans.eventsLost,
    stateEntries: sizes(state),
    stateEvicted: evictions(state),
    recentEvents: listEvents(state.recent),
  };
}

function* freezeMinions(state: State, now: Instant): Steps<MinionColumns> {
  const { minions } = state;
  const { order } = minions;
  const seen = !isBlind(state, now);
  const status = pickBytes(minions.status, order);
  const publishLinks = pickCounts(minions.publishLinks, order);
  const kernelPresent = kernelPresence(status, publishLinks, seen);
  yield;
  const saltPresent = saltPresence(state, seen);
  yield;
  const links = {
    publishLinks,
    requestLinks: pickCounts(minions.requestLinks, order),
    publishBasis: bases(state, minions.publishBasis, status),
    requestBasis: pickBytes(minions.requestBasis, order),
  };
  yield;
  const counters = {
    connects: pick(minions.connects, order),
    disconnects: pick(minions.disconnects, order),
    flaps: pick(minions.flaps, order),
    retransmits: pick(minions.retransmits, order),
  };
  yield;
  const instants = {
    statusSinceMs: pick(minions.statusSinceWallMs, order),
    lastConnectMs: pick(minions.lastConnectWallMs, order),
    lastDisconnectMs: pick(minions.lastDisconnectWallMs, order),
    lastAckMs: pick(minions.lastAckWallMs, order),
  };
  yield;
  const rttSeconds = pick(minions.rttMicros, order).map((micros) => micros / 1e6);
  const problem = problems(state, status, now);
  const presence = { kernelPresent, saltPresent, pingPresent: pingPresence(state, now) };
  yield;
  const delivery = freezeDelivery(state);
  yield;
  const requests = freezeRequests(state);
  yield;
  return {
    count: order.length,
    ids: minions.orderedIds,
    status,
    ...presence,
    ...links,
    ...counters,
    ...instants,
    rttSeconds,
    problem,
    ...delivery,
    ...requests,
    goodReturns: pick(minions.goodReturns, order),
    failedReturns: pick(minions.failedReturns, order),
    lostReturns: pickRuns(state.losses.byMinion, order, LOSS_LINKS.length),
    starts: pick(state.losses.signs.starts, order),
    reconnects: pick(state.losses.signs.reconnects, order),
    lastReturnMs: pick(minions.lastReturnWallMs, order),
    lastHeardMs: pick(minions.lastHeardWallMs, order),
    lastPingMs: pick(minions.lastPingWallMs, order),
  };
}

function pick(column: Float64Array, order: Int32Array): Float64Array {
  const picked = new Float64Array(order.length);
  for (let row = 0; row < picked.length; row += 1)
    picked[row] = column[order[row] ?? 0] ?? Number.NaN;
  return picked;
}

function pickBytes(column: Uint8Array, order: Int32Array): Uint8Array {
  const picked = new Uint8Array(order.length);
  for (let row = 0; row < picked.length; row += 1) picked[row] = column[order[row] ?? 0] ?? 0;
  return picked;
}

function pickCounts(column: Uint32Array, order: Int32Array): Uint16Array {
  const picked = new Uint16Array(order.length);
  for (let row = 0; row < picked.length; row += 1) {
    picked[row] = Math.min(column[order[row] ?? 0] ?? 0, LINKS_SHOWN_MAX);
  }
  return picked;
}

/** A link of its own, or none; not known where a link could be its or nothing can be seen. */
function kernelPresence(status: Uint8Array, links: Uint16Array, seen: boolean): Uint8Array {
  const present = new Uint8Array(status.length).fill(UNKNOWN_BYTE);
  if (!seen) return present;
  for (let row = 0; row < present.length; row += 1) {
    if ((links[row] ?? 0) > 0) present[row] = 1;
    else if (status[row] !== AMBIGUOUS && status[row] !== STATUS_UNKNOWN) present[row] = 0;
  }
  return present;
}

function saltPresence(state: State, seen: boolean): Uint8Array {
  const { order, facts } = state.minions;
  const present = new Uint8Array(order.length);
  if (!seen) return present.fill(UNKNOWN_BYTE);
  if (state.config?.minionDataCache === false) return present;
  const marked = saltAddresses(state);
  for (let row = 0; row < present.length; row += 1) {
    present[row] = isSaltPresent(facts[order[row] ?? 0] ?? NO_FACTS, marked) ? 1 : 0;
  }
  return present;
}

/**
 * A minion without a link of its own that can be behind a link has that link's basis: `ambiguous`.
 */
function bases(state: State, column: Uint8Array, status: Uint8Array): Uint8Array {
  const picked = pickBytes(column, state.minions.order);
  for (let row = 0; row < picked.length; row += 1) {
    if (picked[row] === NO_BASIS && status[row] === AMBIGUOUS) picked[row] = BASIS_AMBIGUOUS;
  }
  return picked;
}

function problems(state: State, status: Uint8Array, now: Instant): Uint8Array {
  const { order, lastProblemMonoMs } = state.minions;
  const problem = new Uint8Array(order.length);
  for (let row = 0; row < problem.length; row += 1) {
    const ageMs = now.monoMs - (lastProblemMonoMs[order[row] ?? 0] ?? Number.NaN);
    problem[row] = status[row] !== OK || ageMs <= PROBLEM_MEMORY_MS ? 1 : 0;
  }
  return problem;
}

function countStatuses(minions: MinionColumns): Record<MinionStatus, number> {
  const counts: Record<MinionStatus, number> = {
    ok: 0,
    slow: 0,
    stalled: 0,
    half_open: 0,
    absent: 0,
    stale: 0,
    ambiguous: 0,
    unknown: 0,
  };
  for (const code of minions.status) counts[MINION_STATUSES[code] ?? 'unknown'] += 1;
  return counts;
}

/** Absent until both can be said. */
function countDisagreements(
  { canaries }: State,
  minions: MinionColumns,
): Partial<Record<Disagreement, number>> {
  let kernelOnly = 0;
  let saltOnly = 0;
  let silent = 0;
  for (let row = 0; row < minions.count; row += 1) {
    const kernel = minions.kernelPresent[row];
    const salt = minions.saltPresent[row];
    if (kernel === 1 && salt === 0) kernelOnly += 1;
    if (kernel === 0 && salt === 1) saltOnly += 1;
    if (kernel === 1 && minions.pingPresent[row] === 0) silent += 1;
  }
  const counts = { kernel_not_salt: kernelOnly, salt_not_kernel: saltOnly };
  return canaries.plan?.stance === 'running' ? { ...counts, kernel_not_ping: silent } : counts;
}

function byPortAndPeer(counts: Float64Array): Record<Port, Record<Peer, number>> {
  const ofPort = (port: Port): Record<Peer, number> => {
    const at = (peer: Peer) =>
      counts[PORTS.indexOf(port) * PEERS.length + PEERS.indexOf(peer)] ?? 0;
    return { minion: at('minion'), unknown: at('unknown'), own: at('own') };
  };
  return { publish: ofPort('publish'), request: ofPort('request') };
}

function known<T>(pair: Record<Port, T | undefined>): Partial<Record<Port, T>> {
  const said: Partial<Record<Port, T>> = {};
  for (const port of PORTS) {
    const value = pair[port];
    if (value !== undefined) said[port] = value;
  }
  return said;
}

/** Runs of `size` values in place of single ones. */
function pickRuns(values: Float64Array, order: Int32Array, size: number): Float64Array {
  const picked = new Float64Array(order.length * size);
  for (let row = 0; row < order.length; row += 1) {
    const from = (order[row] ?? 0) * size;
    for (let i = 0; i < size; i += 1) picked[row * size + i] = values[from + i] ?? 0;
  }
  return picked;
}

function sizes(state: State): Map<string, number> {
  return new Map([
    ['minions', state.minions.order.length],
    ['links', state.links.size],
    ['waiting_connects', state.links.waiting],
    ['addresses', state.addresses.size],
    ['recent_events', Math.min(state.recent.recorded, state.recent.capacity)],
    ['storm_window', state.storms.length],
    ['stream_messages', Math.min(state.delivery.index.count, state.delivery.index.capacity)],
    ['announced_publishes', state.delivery.gap.announcedCount],
    ['jobs', state.jobs.table.slots.size],
    ['open_canaries', state.canaries.open.size],
    ['job_functions', state.jobs.functions.rows.length],
    ['loss_records', state.losses.records.size],
    ['job_cache_answers', state.jobCache.answers.size],
    ['minion_answers', state.minionAnswers.answers.size],
    ['monitor_sources', state.monitor.sources.size],
  ]);
}

function evictions(state: State): Map<string, number> {
  return new Map([
    ['minions', state.minions.evicted],
    ['links', state.links.evicted],
    ['addresses', state.addresses.evicted],
    ['storm_window', state.storms.evicted],
    ['announced_publishes', state.delivery.gap.evicted],
    ['jobs', state.jobs.table.evictedJobs],
    ['open_canaries', state.canaries.evicted],
    ['job_functions', state.jobs.functions.replaced],
    ['loss_verdicts', state.losses.evicted],
    ['job_cache_answers', state.jobCache.answers.evicted],
    ['job_cache_questions', state.jobCache.droppedQuestions],
    ['minion_answers', state.minionAnswers.answers.evicted],
    ['minion_questions', state.minionAnswers.droppedQuestions],
    ['monitor_sources', state.monitor.evicted],
  ]);
}
