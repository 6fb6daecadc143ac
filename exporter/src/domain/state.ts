/**
 * The whole state of the domain: rooms of plain data that `apply` and `tick` change and `freeze`
 * copies.
 */
import { createHistogram, type Histogram } from '../lib/histogram.js';
import { type AddressTable, acquireText, createAddressTable } from './address-table.js';
import { type AdviceBook, createAdvice } from './advice-table.js';
import { type Bus, createBus } from './bus-book.js';
import { type Canaries, createCanaries } from './canary-table.js';
import { createDelivery, type Delivery } from './delivery-table.js';
import type { Epoch } from './epoch.js';
import { createEventFeed, type EventFeed } from './event-feed.js';
import type { MonitorTold } from './event-tellers.js';
import { createFiltered, type Filtered } from './filtered-table.js';
import { createFunctionStatus, type FunctionStatus } from './function-status-table.js';
import { createJobs, type Jobs } from './job-book.js';
import { createJobCacheBook, type JobCacheBook } from './job-cache-table.js';
import { createSuspects, type Suspects } from './job-suspects-table.js';
import { DEFAULT_LIMITS, type DomainLimits } from './limits.js';
import { createLinkTable, type LinkTable } from './link-table.js';
import { createListeners, type Listeners } from './listeners.js';
import { createLiveness, type Liveness } from './liveness-table.js';
import { createLives, type Lives } from './lives-table.js';
import { createLocalBook, type LocalBook } from './local-book.js';
import { createLogBook, type LogBook } from './log-book.js';
import { createLosses, type Losses } from './loss-book.js';
import { createMinionAnswers, type MinionAnswerBook } from './minion-answers-table.js';
import { createMinionTable, type MinionTable } from './minion-table.js';
import { createMonitor, type Monitor } from './monitor.js';
import type { MasterConfig } from './observations.js';
import { createPaired, type Paired } from './paired-table.js';
import { createProxies, type Proxies } from './proxy-table.js';
import { createRecentEvents, type RecentEvents } from './recent-events.js';
import { createRequests, type Requests } from './request-table.js';
import { createSamples, type SampleTable } from './sample-table.js';
import { createSourceBook, type SourceBook } from './source-book.js';
import type { Steps } from './steps.js';
import { createStorms, type Storms } from './storms.js';
import {
  type KeyState,
  type MasterProcess,
  PEERS,
  type PingResult,
  PORTS,
  type Role,
  type SourceName,
} from './vocabulary.js';
import { createVotes, type Votes } from './votes-table.js';

/** METRICS contract: kernel scans last milliseconds, a busy or huge master's up to a second. */
const SCAN_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
/** METRICS contract: pings 0.005 … 15 s. */
const PING_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

export interface DomainOptions {
  /** A connect this soon after a disconnect of the same minion is a flap. */
  readonly flapWindowSeconds: number;
  /** Without a link for this long a minion is stale, no longer absent. */
  readonly staleAfterSeconds: number;
  /** Address that our own connections come from; they count as `own` and nowhere else. */
  readonly canarySourceAddress: string;
  /** Sources that the settings ask for. */
  readonly enabledSources: readonly SourceName[];
  /** Absent = `master`. */
  readonly role?: Role;
  /** Minions that are set up like this one, in the role `minion`; undefined = not known. */
  readonly fleetSize?: number | undefined;
  /** Functions of which each minion has a status. */
  readonly functions?: readonly string[];
}

/** Columns of counts by port and peer: index `port * PEERS.length + peer`. */
export const PORT_PEERS = PORTS.length * PEERS.length;

export interface ScanBook {
  /** Number of the last scan; wraps after 136 years at one scan a second. */
  generation: number;
  /** Until the first complete scan of an origin: what it lists is older than our watch. */
  baseline: boolean;
  /** A complete scan was applied. */
  complete: boolean;
  origin: 'netlink' | 'proc' | undefined;
  /** End of the last complete scan. */
  lastMonoMs: number;
  intervalSeconds: number | undefined;
  readonly seconds: Histogram;
  overflowsBase: number | undefined;
  overflows: number | undefined;
  overflowEvents: number;
  eventsLost: number;
  /** Rows of the observation at hand that carry no usable cookie or port. */
  badRows: number;
}

/** What the established links say together; written by the survey. */
export interface SurveyBook {
  /** Links or identities changed since the last survey. */
  dirty: boolean;
  readonly links: Float64Array;
  /**
   * Established publish links that no accepted key explains, past their handshake and some seconds
   * old.
   */
  unexplained: number;
  /** Publish links that are not ours, and those of them that do not acknowledge. */
  publishLinks: number;
  silentLinks: number;
  /** Request links that are not ours and wait for their answer; the oldest wait, and how many hang. */
  requestsWaiting: number;
  requestWaitMaxMs: number;
  requestsHanging: number;
  /** Latest acknowledgement on a link that is not silent; NaN = none. */
  lastAckMonoMs: number;
}

export interface InventoryBook {
  /** Number of the last inventory, by which the minions that it lists are marked. */
  generation: number;
  known: boolean;
  keyCounts: Readonly<Record<KeyState, number>> | undefined;
  oldestPendingWallMs: number | undefined;
  /** Entries of the master's own addresses, by family: Salt's presence keeps them apart. */
  host4: readonly number[];
  host6: readonly number[];
  /**
   * What the entries of NAT routers and of the master's host came from, and those entries: released
   * by the next inventory.
   */
  natAddresses: ReadonlyMap<string, readonly string[]>;
  hostAddresses: readonly string[];
  proxyAddresses: readonly string[];
  held: number[];
  /** Entries of the proxies that the operator named. */
  proxies: ReadonlySet<number>;
  /** Minions that may be behind 127.0.0.1 or ::1. */
  hostMinions: number;
  /** Texts of the observation at hand that were no addresses, or too many for one minion. */
  refusedAddresses: number;
}

export interface State {
  options: DomainOptions;
  enabledSources: ReadonlySet<SourceName>;
  readonly limits: DomainLimits;
  /**
   * An observation is half applied: the survey, the statuses and what waits stay as they were
   * before it.
   */
  underway: boolean;
  /** What is shown while minions come and go: the picture from before. */
  shown: Epoch | undefined;
  /** What is left of a survey, and of the statuses' decisions after it, that runs in steps. */
  evaluation: Steps | undefined;
  /** Wall clock at the first instant this state saw; NaN before. */
  startedWallMs: number;
  /**
   * wall − mono at that instant: files are dated by it, so that a clock that steps later makes no
   * minion stale.
   */
  wallOffsetMs: number;
  readonly addresses: AddressTable;
  readonly links: LinkTable;
  readonly minions: MinionTable;
  ownAddress: number;
  readonly scans: ScanBook;
  readonly survey: SurveyBook;
  readonly inventory: InventoryBook;
  readonly listeners: Listeners;
  readonly storms: Storms;
  readonly recent: RecentEvents;
  readonly feed: EventFeed;
  readonly monitorTold: MonitorTold;
  /** Publishes that reached nobody and are told already. */
  gapTold: number;
  readonly samples: SampleTable;
  readonly monitor: Monitor;
  readonly logs: LogBook;
  readonly sources: SourceBook;
  readonly delivery: Delivery;
  readonly requests: Requests;
  readonly liveness: Liveness;
  readonly lives: Lives;
  readonly proxies: Proxies;
  readonly bus: Bus;
  readonly jobs: Jobs;
  readonly suspects: Suspects;
  functionStatus: FunctionStatus;
  readonly losses: Losses;
  readonly jobCache: JobCacheBook;
  readonly minionAnswers: MinionAnswerBook;
  /** Only in the role `minion`. */
  readonly local: LocalBook | undefined;
  readonly votes: Votes;
  readonly filtered: Filtered;
  readonly paired: Paired;
  readonly canaries: Canaries;
  readonly advice: AdviceBook;
  readonly connects: Float64Array;
  readonly disconnects: Float64Array;
  flaps: number;
  config: MasterConfig | undefined;
  publishMessages: number;
  publishBytes: number;
  readonly pings: Record<PingResult, number>;
  readonly pingSeconds: Histogram;
  openFds: ReadonlyMap<MasterProcess, number>;
  maxFds: ReadonlyMap<MasterProcess, number>;
  nextEvaluationMonoMs: number;
}

/** An empty state: everything unknown, every counter 0. */
export function createState(options: DomainOptions, limits: DomainLimits = DEFAULT_LIMITS): State {
  const addresses = createAddressTable(limits.addresses);
  return {
    options,
    enabledSources: new Set(options.enabledSources),
    limits,
    underway: false,
    shown: undefined,
    evaluation: undefined,
    startedWallMs: Number.NaN,
    wallOffsetMs: Number.NaN,
    addresses,
    links: createLinkTable(limits.links),
    minions: createMinionTable(limits.minions),
    ownAddress: acquireText(addresses, options.canarySourceAddress),
    scans: createScanBook(),
    survey: createSurveyBook(),
    inventory: createInventoryBook(),
    listeners: createListeners(),
    storms: createStorms(limits.stormWindow, limits.stormPrefixes),
    recent: createRecentEvents(limits.recentEvents),
    feed: createEventFeed(limits.feedEvents),
    monitorTold: { second: 0, count: 0 },
    gapTold: 0,
    samples: createSamples(limits.minions),
    monitor: createMonitor(limits.monitorSources, limits.socketsPerMonitorSource),
    logs: createLogBook(),
    sources: createSourceBook(),
    delivery: createDelivery(limits),
    requests: createRequests(limits.links),
    liveness: createLiveness(limits.links),
    lives: createLives(limits.minions),
    proxies: createProxies(limits.links),
    bus: createBus(),
    jobs: createJobs(limits),
    suspects: createSuspects(limits),
    functionStatus: createFunctionStatus(options.functions ?? [], limits.minions),
    losses: createLosses(limits),
    jobCache: createJobCacheBook(),
    minionAnswers: createMinionAnswers(),
    local: options.role === 'minion' ? createLocalBook() : undefined,
    votes: createVotes(limits),
    filtered: createFiltered(limits),
    paired: createPaired(limits),
    canaries: createCanaries(),
    advice: createAdvice(),
    connects: new Float64Array(PORT_PEERS),
    disconnects: new Float64Array(PORT_PEERS),
    flaps: 0,
    config: undefined,
    publishMessages: 0,
    publishBytes: 0,
    pings: { ok: 0, timeout: 0, error: 0 },
    pingSeconds: createHistogram(PING_BOUNDS),
    openFds: new Map(),
    maxFds: new Map(),
    nextEvaluationMonoMs: Number.NEGATIVE_INFINITY,
  };
}

function createScanBook(): ScanBook {
  return {
    generation: 0,
    baseline: true,
    complete: false,
    origin: undefined,
    lastMonoMs: Number.NaN,
    intervalSeconds: undefined,
    seconds: createHistogram(SCAN_BOUNDS),
    overflowsBase: undefined,
    overflows: undefined,
    overflowEvents: 0,
    eventsLost: 0,
    badRows: 0,
  };
}

function createSurveyBook(): SurveyBook {
  return {
    dirty: true,
    links: new Float64Array(PORT_PEERS),
    unexplained: 0,
    publishLinks: 0,
    silentLinks: 0,
    requestsWaiting: 0,
    requestWaitMaxMs: 0,
    requestsHanging: 0,
    lastAckMonoMs: Number.NaN,
  };
}

function createInventoryBook(): InventoryBook {
  return {
    generation: 0,
    known: false,
    keyCounts: undefined,
    oldestPendingWallMs: undefined,
    host4: [],
    host6: [],
    natAddresses: new Map(),
    proxyAddresses: [],
    proxies: new Set(),
    hostAddresses: [],
    held: [],
    hostMinions: 0,
    refusedAddresses: 0,
  };
}
