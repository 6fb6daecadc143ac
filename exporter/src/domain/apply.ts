/**
 * The verbs that change the state from outside: `apply` an observation, `reconfigure` what the
 * settings say.
 */
import type { Instant } from '../lib/clock.js';
import { observe } from '../lib/histogram.js';
import { acquireText, releaseAddress } from './address-table.js';
import { applyBusBatch, applyBusLink, applyBusLoss } from './bus.js';
import { applyCanaryFailure, applyCanaryJob, applyCanaryPlan } from './canary-book.js';
import { applyStreamLink, applyStreamMessages } from './delivery.js';
import { applyAnnouncements } from './delivery-gap.js';
import { deliverySteps } from './delivery-scan.js';
import { tellEvent } from './event-feed.js';
import { tellConfiguration, tellMonitor, tellSource } from './event-tellers.js';
import { listenerDiedText, masterRestartText } from './evidence.js';
import { freezeSteps } from './freeze.js';
import { chooseFunctions } from './function-status.js';
import { attributeSteps } from './identity.js';
import { noteInventory, planInventory, takeInventory } from './inventory.js';
import type { JobCacheAnswer } from './job-cache-answer.js';
import { applyJobCacheAnswer } from './job-cache-book.js';
import { judgeSuspects } from './job-suspects.js';
import { applyMinionEvents, judgeReturns } from './learned.js';
import { deathSteps, isLong, rebaseSteps, scanSteps } from './link-scans.js';
import {
  applyListenerDeaths,
  applyListenerScan,
  type ListenerNews,
  rebaseListeners,
} from './listeners.js';
import { applyLocal } from './local-apply.js';
import type { LocalConfig, LocalEvents, LocalWatch } from './local-told.js';
import { applyLogFile, applyLogRecords } from './log-book.js';
import { applyMinionAnswer } from './minion-answers.js';
import { applyMonitorEvent, applyMonitorReject, LOG_SOURCE, OWN_SOURCE } from './monitor.js';
import type {
  BusEvents,
  Inventory,
  LinkDeaths,
  LinkScan,
  MasterConfig,
  MasterDescriptors,
  MonitorEvent,
  Observation,
  RequestPing,
  StreamMessages,
} from './observations.js';
import { judgePairs } from './paired.js';
import { recordEvent } from './recent-events.js';
import { closeRequestScan, noteJobs, noteLatePing, notePingResult } from './requests.js';
import { countSourceError, noteSuccess, setSourceHealth } from './source-book.js';
import type { DomainOptions, State } from './state.js';
import { runAll, type Steps } from './steps.js';
import { evaluate, finishEvaluation, surveySteps } from './survey.js';
import { noteStart, settleSteps } from './tick.js';

/**
 * Takes one observation. Observations of the kernel come in the order in which its thread read
 * them.
 */
export function apply(state: State, observation: Observation, now: Instant): void {
  runAll(applySteps(state, observation, now));
}

/**
 * The same in steps that take a millisecond or two each, however many rows it has. Between two
 * steps only `freeze` and `tick` may be called: they show and decide what was before. The next
 * observation waits until this one is done.
 */
export function* applySteps(state: State, observation: Observation, now: Instant): Steps {
  noteStart(state, now);
  finishEvaluation(state);
  try {
    yield* stepsOf(state, observation, now);
  } finally {
    state.underway = false;
    state.shown = undefined;
  }
}

function* stepsOf(state: State, observation: Observation, now: Instant): Steps {
  const { local } = state;
  if (local !== undefined && applyLocal(state, observation, { book: local, now })) return;
  switch (observation.kind) {
    case 'link_scan':
      yield* applyScan(state, observation, now);
      break;
    case 'link_deaths':
      yield* applyDeaths(state, observation, now);
      break;
    case 'inventory':
      yield* applyInventory(state, observation, now);
      break;
    case 'job_cache':
      yield* applyJobCacheAnswer(state, observation);
      if (observation.state !== 'unreadable') noteSuccess(state.sources, 'job_cache', now);
      break;
    case 'local_config':
    case 'local_watch':
    case 'local_events':
      // Beside a master nobody tells them.
      break;
    default:
      applyShort(state, observation, now);
  }
}

type Short = Exclude<
  Observation,
  LinkScan | LinkDeaths | Inventory | JobCacheAnswer | LocalConfig | LocalWatch | LocalEvents
>;

function applyShort(state: State, observation: Short, now: Instant): void {
  switch (observation.kind) {
    case 'kernel_loss':
      state.scans.overflowEvents += amount(observation.overflows);
      state.scans.eventsLost += amount(observation.eventsLost);
      break;
    case 'monitor_event':
      applyMonitor(state, observation, now);
      break;
    case 'monitor_rejected':
      applyMonitorReject(state.monitor, observation, now);
      break;
    case 'source_health':
      if (setSourceHealth(state.sources, observation, now)) tellSource(state, observation, now);
      break;
    case 'source_error':
      countSourceError(state.sources, observation.source, observation);
      break;
    case 'stream_link':
      applyStreamLink(state, observation, now);
      break;
    case 'bus_batch':
      applyTold(state, applyBusBatch(state, observation, now), now);
      break;
    case 'bus_loss':
      applyBusLoss(state, observation);
      break;
    case 'bus_link':
      applyBusLink(state, observation);
      break;
    case 'log_file':
      applyLogFile(state.logs, observation);
      break;
    case 'log_records':
      applyLogRecords(state.logs, observation);
      noteSuccess(state.sources, 'logs', now);
      break;
    case 'canary_job':
      applyCanaryJob(state, observation);
      break;
    case 'canary_failure':
      applyCanaryFailure(state, observation);
      break;
    case 'canary_plan':
      applyCanaryPlan(state, observation, now);
      break;
    case 'minion_answer':
      applyMinionAnswer(state, observation);
      if (observation.sight !== undefined) noteSuccess(state.sources, 'minion_exporters', now);
      break;
    case 'late_ping':
      noteLatePing(state, observation, now);
      break;
    default:
      applyMaster(state, observation, now);
  }
}

/** New settings; counters go on. Not while an observation is half applied. */
export function reconfigure(state: State, options: DomainOptions): void {
  finishEvaluation(state);
  runAll(optionSteps(state, options));
}

/** The same in steps; between them the picture of before is shown. */
export function* reconfigureSteps(state: State, options: DomainOptions, now: Instant): Steps {
  noteStart(state, now);
  finishEvaluation(state);
  yield* beginLong(state, now);
  try {
    yield* optionSteps(state, options);
  } finally {
    state.underway = false;
  }
}

function* optionSteps(state: State, options: DomainOptions): Steps {
  const before = state.ownAddress;
  state.options = options;
  chooseFunctions(state);
  state.enabledSources = new Set(options.enabledSources);
  state.ownAddress = acquireText(state.addresses, options.canarySourceAddress);
  releaseAddress(state.addresses, before);
  if (before !== state.ownAddress) yield* attributeSteps(state, new Set());
}

/** From here until the observation is applied what is surveyed now is what is shown. */
function* beginLong(state: State, now: Instant): Steps {
  yield* evaluate(state, surveySteps(state, now.monoMs));
  state.underway = true;
}

function* applyScan(state: State, scan: LinkScan, now: Instant): Steps {
  const { scans, links } = state;
  const switches = scans.origin !== undefined && scans.origin !== scan.origin;
  if (switches && !scan.complete) return;
  if (isLong(state, scan.sockets, links.high)) yield* beginLong(state, now);
  if (switches) {
    yield* rebaseSteps(state);
    rebaseListeners(state.listeners);
  }
  scans.origin = scan.origin;
  const at = instantAt(scan.endedMonoMs, now);
  tellListeners(state, applyListenerScan(state.listeners, scan, at.monoMs), at);
  yield* scanSteps(state, scan.sockets, { at, complete: scan.complete });
  tellRefused(state);
  const seconds = (scan.endedMonoMs - scan.startedMonoMs) / 1_000;
  if (isAmount(seconds)) observe(scans.seconds, seconds);
  if (isAmount(scan.intervalSeconds)) scans.intervalSeconds = scan.intervalSeconds;
  noteOverflows(state, scan.listenOverflows);
  if (!scan.complete) return;
  scans.complete = true;
  scans.baseline = false;
  scans.lastMonoMs = at.monoMs;
  yield* deliverySteps(state, at, scan.startedMonoMs);
  closeRequestScan(state, at);
  judgeReturns(state, scan.startedMonoMs);
  judgeSuspects(state, scan.startedMonoMs);
  judgePairs(state, at);
  noteSuccess(state.sources, 'kernel', now);
}

/**
 * While /proc is read, destroy events belong to a subscription whose first dump is still to come:
 * that dump says it all.
 */
function* applyDeaths(state: State, deaths: LinkDeaths, now: Instant): Steps {
  if (state.scans.origin === 'proc') return;
  if (isLong(state, deaths.sockets, 0)) yield* beginLong(state, now);
  const at = instantAt(deaths.readMonoMs, now);
  tellListeners(state, applyListenerDeaths(state.listeners, deaths.listeners, at.monoMs), at);
  yield* deathSteps(state, deaths.sockets, at);
  tellRefused(state);
}

/** Minions come and go and links change hands step by step: meanwhile the picture of before is shown. */
function* applyInventory(state: State, inventory: Inventory, now: Instant): Steps {
  const plan = yield* planInventory(state, inventory);
  if (noteInventory(state, plan)) {
    yield* beginLong(state, now);
    state.shown = yield* freezeSteps(state, now);
    yield;
    yield* takeInventory(state, plan, now);
    yield* settleSteps(state, now);
  }
  tellRefused(state);
  noteSuccess(state.sources, 'inventory', now);
}

/** What events of the bus tell ledgers, ghosts and identity. */
function applyTold(state: State, told: BusEvents, now: Instant): void {
  noteJobs(state, told, now);
  applyAnnouncements(state, told);
  applyMinionEvents(state, told, now);
  noteSuccess(state.sources, 'event_bus', now);
}

function applyMonitor(state: State, event: MonitorEvent, now: Instant): void {
  const seen = applyMonitorEvent(state.monitor, event, now);
  const isProbe = event.source === OWN_SOURCE && event.socket === 'request';
  tellMonitor(state, { ...event, isProbe }, now);
  if (event.source === LOG_SOURCE) return;
  const foreign = event.source !== OWN_SOURCE;
  if (foreign) noteSuccess(state.sources, 'monitor_tap', now);
  if (seen) return;
  const canary = event.socket === 'publish' ? 'stream_canary' : 'request_canary';
  const error = { reason: 'peers_clamped', count: 1 };
  countSourceError(state.sources, foreign ? 'monitor_tap' : canary, error);
}

/** Rows and addresses that could not be used count as errors of their source. */
function tellRefused(state: State): void {
  const { scans, inventory } = state;
  countSourceError(state.sources, 'kernel', { reason: 'row', count: scans.badRows });
  countSourceError(state.sources, 'inventory', {
    reason: 'address',
    count: inventory.refusedAddresses,
  });
  scans.badRows = 0;
  inventory.refusedAddresses = 0;
}

/** What the canaries and the master's files and processes tell: kept or added up as it comes. */
function applyMaster(
  state: State,
  observation: MasterConfig | StreamMessages | RequestPing | MasterDescriptors,
  now: Instant,
): void {
  switch (observation.kind) {
    case 'master_config':
      tellConfiguration(state, { before: state.config, after: observation }, now);
      state.config = observation;
      noteSuccess(state.sources, 'master_config', now);
      break;
    case 'stream_messages':
      state.publishMessages += amount(observation.messages);
      state.publishBytes += amount(observation.bytes);
      applyStreamMessages(state, observation);
      noteSuccess(state.sources, 'stream_canary', now);
      break;
    case 'request_ping':
      applyPing(state, observation, now);
      break;
    case 'master_descriptors':
      state.openFds = new Map(observation.open);
      state.maxFds = new Map(observation.maximum);
      break;
  }
}

function applyPing(state: State, ping: RequestPing, now: Instant): void {
  if (state.pings[ping.result] === undefined) return;
  state.pings[ping.result] += 1;
  notePingResult(state, ping, now);
  if (ping.result !== 'ok') return;
  noteSuccess(state.sources, 'request_canary', now);
  if (ping.seconds !== undefined && isAmount(ping.seconds)) {
    observe(state.pingSeconds, ping.seconds);
  }
}

/** The kernel counts since boot; a smaller value is another namespace and starts anew. */
function noteOverflows(state: State, sinceBoot: number | undefined): void {
  if (sinceBoot === undefined || !isAmount(sinceBoot)) return;
  const { scans } = state;
  const counted = scans.overflows ?? 0;
  const last = scans.overflowsBase ?? sinceBoot;
  scans.overflows = counted + Math.max(0, sinceBoot - last);
  scans.overflowsBase = sinceBoot;
}

function tellListeners(state: State, news: ListenerNews, at: Instant): void {
  for (const port of news.died) {
    const evidence = listenerDiedText(port);
    const happened = { kind: 'listener_restart', wallMs: at.wallMs, evidence } as const;
    recordEvent(state.recent, happened);
    tellEvent(state, { ...happened, reason: port });
  }
  if (!news.masterRestarted) return;
  const evidence = masterRestartText();
  const happened = { kind: 'master_restart', wallMs: at.wallMs, evidence } as const;
  recordEvent(state.recent, happened);
  tellEvent(state, happened);
}

/**
 * Both clocks at an instant of the monotonic clock; a reading that is no past instant counts as
 * now.
 */
function instantAt(monoMs: number, now: Instant): Instant {
  if (!(monoMs <= now.monoMs)) return now;
  return { monoMs, wallMs: now.wallMs - (now.monoMs - monoMs) };
}

function isAmount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** A count that is no number of things counts as nothing. */
function amount(value: number): number {
  return isAmount(value) ? value : 0;
}
