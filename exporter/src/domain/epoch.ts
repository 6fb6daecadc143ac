/**
 * The frozen picture of one instant that metrics, page and API read: copies, so that nothing
 * changes under a slow reader.
 */
import type { Instant } from '../lib/clock.js';
import type { Histogram } from '../lib/histogram.js';
import type { AdviceFigures } from './advice.js';
import type { CanaryFigures } from './canary-job.js';
import type { FunctionStatusFigures } from './function-status-table.js';
import type { JobFigures } from './job-epoch.js';
import type { LocalFigures } from './local-epoch.js';
import type { LogSignal } from './log-signals.js';
import type { LogComponent, LogLevel } from './log-vocabulary.js';
import type { LossFigures } from './loss-epoch.js';
import type { MasterConfig } from './observations.js';
import type {
  BusEventKind,
  BusReject,
  Disagreement,
  DropReason,
  GhostConfidence,
  KeyState,
  LedgerBreak,
  MasterProcess,
  MinionStatus,
  MonitorEventName,
  MonitorReject,
  Peer,
  PingResult,
  Port,
  RequestPeer,
  SourceName,
  StormCause,
} from './vocabulary.js';

/**
 * One row per minion that has an accepted key or is expected; row r is index r of every array, rows
 * 0 … count − 1, sorted by id. NaN in a Float64Array and 255 in a Uint8Array mean "not known": the
 * gauge is then absent.
 */
export interface MinionColumns {
  readonly count: number;
  readonly ids: readonly string[];
  /** Index into MINION_STATUSES. */
  readonly status: Uint8Array;
  /** Wall clock, ms. */
  readonly statusSinceMs: Float64Array;
  /** 1, 0 or 255. */
  readonly kernelPresent: Uint8Array;
  readonly saltPresent: Uint8Array;
  readonly pingPresent: Uint8Array;
  /** Established and attributed connections. */
  readonly publishLinks: Uint16Array;
  readonly requestLinks: Uint16Array;
  /** Index into IDENTITY_BASES; 255 when it has no link of that port. */
  readonly publishBasis: Uint8Array;
  readonly requestBasis: Uint8Array;
  readonly connects: Float64Array;
  readonly disconnects: Float64Array;
  readonly flaps: Float64Array;
  /** TCP segments retransmitted on both links since this process watches. */
  readonly retransmits: Float64Array;
  /** Wall clock, ms; NaN = never seen by this process. */
  readonly lastConnectMs: Float64Array;
  readonly lastDisconnectMs: Float64Array;
  readonly lastAckMs: Float64Array;
  /** Seconds. */
  readonly rttSeconds: Float64Array;
  /**
   * 1 when it is not `ok` or was not within the last hour: what `--metrics.detail=problems` shows.
   */
  readonly problem: Uint8Array;

  // delivery ledger: NaN where the ledger of the present link is not known, or there is no link
  /** 1 exact, 0 not, 255 without a publish link. */
  readonly ledgerKnown: Uint8Array;
  /** In libzmq's queue for it. */
  readonly queueMessages: Float64Array;
  readonly queueBytes: Float64Array;
  /** In the master's kernel for it; known without a ledger. */
  readonly sendQueueBytes: Float64Array;
  /** 0 … 1 of `pub_hwm`. */
  readonly queuePressure: Float64Array;
  readonly secondsToDrop: Float64Array;
  /** Published and not acknowledged; age of the oldest at the instant of the scan. */
  readonly lagMessages: Float64Array;
  readonly lagSeconds: Float64Array;
  /** Counters. */
  readonly droppedHwm: Float64Array;
  readonly droppedDisconnect: Float64Array;
  /** Counter: times that the known ledger of a link of its own broke off. */
  readonly ledgerBreaks: Float64Array;
  /** Wall clock, ms; NaN where no heartbeat was ever answered. */
  readonly lastPongMs: Float64Array;

  // request ledger
  /** Counters; handshakes and heartbeats excluded. */
  readonly requestBytes: Float64Array;
  readonly replyBytes: Float64Array;
  /** Age of its oldest unanswered request at the instant of the scan; NaN = none. */
  readonly requestWaitSeconds: Float64Array;

  // jobs
  /** Counters. */
  readonly goodReturns: Float64Array;
  readonly failedReturns: Float64Array;
  /** Wall clock, ms; NaN = never heard by this process. */
  readonly lastReturnMs: Float64Array;
  readonly lastHeardMs: Float64Array;
  /** Verdicts by link: index `row × LOSS_LINKS + link`; a counter. */
  readonly lostReturns: Float64Array;
  /** Counters: it said that it started, and its process was new, or only its links. */
  readonly starts: Float64Array;
  readonly reconnects: Float64Array;
  /** Wall clock, ms; NaN = no canary's ping of this process was answered by it. */
  readonly lastPingMs: Float64Array;
}

export interface MonitorCounter {
  readonly source: string;
  readonly socket: string;
  readonly event: MonitorEventName;
  readonly count: number;
  readonly lastWallMs: number;
}

export interface MonitorSocket {
  readonly source: string;
  readonly socket: string;
  /** undefined: its log begins in the middle of the socket's life. */
  readonly peers: number | undefined;
  /** Value of the last connect_retried; undefined before the first. */
  readonly retryIntervalSeconds: number | undefined;
}

export interface SourceStatus {
  readonly source: SourceName;
  /** False for a source that these settings keep off: it is then neither up nor down. */
  readonly enabled: boolean;
  readonly up: boolean;
  readonly detail: string;
  readonly lastSuccessMs: number | undefined;
  readonly errors: ReadonlyMap<string, number>;
}

/** One thing that happened, for people; newest first where listed. */
export interface RecentEvent {
  readonly wallMs: number;
  readonly kind:
    | 'connect'
    | 'disconnect'
    | 'flap'
    | 'status'
    | 'storm'
    | 'listener_restart'
    | 'master_restart';
  /** Key id, or undefined for a fleet event. Untrusted text. */
  readonly minion: string | undefined;
  /** Status it has with `status` events. */
  readonly status: MinionStatus | undefined;
  /** Evidence sentence in the house style, without the id. */
  readonly text: string;
}

/** What was read of the event bus since this process watches; counters. */
export interface BusFigures {
  /** Connections that began after the first one. */
  readonly reconnects: number;
  readonly events: Readonly<Record<BusEventKind, number>>;
  readonly rejects: Readonly<Record<BusReject, number>>;
  /** Read, and thrown away undecoded for want of time. */
  readonly dropped: number;
  /** Read and not decoded yet; undefined until the source told. */
  readonly backlogBytes: number | undefined;
}

/** What was read of one of Salt's logs since this process watches; counters. */
export interface LogFigures {
  readonly component: LogComponent;
  readonly isRead: boolean;
  readonly levels: ReadonlyMap<LogLevel, number>;
  /** Every signal that this component's log can hold. */
  readonly signals: ReadonlyMap<LogSignal, number>;
  readonly readBytes: number;
  readonly skippedBytes: number;
}

export interface Epoch {
  readonly at: Instant;
  readonly startedWallMs: number;
  readonly minions: MinionColumns;

  // links and presence
  readonly minionsByStatus: Readonly<Record<MinionStatus, number>>;
  readonly disagreements: Readonly<Partial<Record<Disagreement, number>>>;
  /** Established links; undefined before the first complete scan. */
  readonly links: Readonly<Record<Port, Readonly<Record<Peer, number>>>> | undefined;
  readonly connects: Readonly<Record<Port, Readonly<Record<Peer, number>>>>;
  readonly disconnects: Readonly<Record<Port, Readonly<Record<Peer, number>>>>;
  readonly flaps: number;
  readonly storms: Readonly<Record<StormCause, number>>;
  /** undefined before the first scan. */
  readonly listenerUp: Readonly<Partial<Record<Port, boolean>>>;
  readonly listenerRestarts: Readonly<Record<Port, number>>;
  readonly masterRestarts: number;
  readonly listenQueueLength: Readonly<Partial<Record<Port, number>>>;
  readonly listenQueueLimit: Readonly<Partial<Record<Port, number>>>;
  /** Overflows since this process watches; undefined when they cannot be read. */
  readonly listenOverflows: number | undefined;
  /** undefined before the inventory was read. */
  readonly keys: Readonly<Record<KeyState, number>> | undefined;
  readonly oldestPendingMs: number | undefined;
  readonly masterOpenFds: ReadonlyMap<MasterProcess, number>;
  readonly masterMaxFds: ReadonlyMap<MasterProcess, number>;

  // canaries
  readonly publishMessages: number;
  readonly publishBytes: number;
  readonly requestPings: Readonly<Record<PingResult, number>>;
  readonly requestPingSeconds: Histogram;
  readonly advice: AdviceFigures;
  readonly canaries: CanaryFigures;
  readonly canaryPingSeconds: Histogram;
  readonly canaryFileSeconds: Histogram;

  // delivery ledger
  /** Publishes that the bus announced, or a link acknowledged, and our subscription never read. */
  readonly publishGapMessages: number;
  /** `pub_hwm` in force; undefined while the configuration is not known. */
  readonly publishHwm: number | undefined;
  /** Most messages that were published faster than the slowest healthy link took them. */
  readonly publishBurstMax: number | undefined;
  readonly publishHwmRecommended: number | undefined;
  readonly dropped: Readonly<Record<DropReason, Readonly<Record<'minion' | 'unknown', number>>>>;
  /** Times that a link lost messages: they were counted, or no one number fits. */
  readonly lossesCounted: number;
  readonly lossesUndecided: number;
  readonly ledgerBreaks: Readonly<
    Record<LedgerBreak, Readonly<Record<'minion' | 'unknown', number>>>
  >;
  /** Over all links whose ledger is known; undefined when none is. */
  readonly queuePressureMax: number | undefined;
  readonly queueMessagesMax: number | undefined;

  // request ledger
  /** undefined before the first complete scan. */
  readonly requestsWaiting: number | undefined;
  readonly requestWaitMaxSeconds: number | undefined;
  readonly requestServiceSeconds: Histogram;
  readonly requestsAbandoned: Readonly<Record<RequestPeer, number>>;
  readonly requestsFailed: Readonly<Record<RequestPeer, number>>;
  readonly ghostJobs: Readonly<Record<GhostConfidence, number>>;
  /** Workers that will not answer; undefined while nothing tells. */
  readonly wedgedWorkers: number | undefined;

  // event bus
  readonly busConnected: boolean | undefined;
  readonly busLagSeconds: Histogram;
  readonly bus: BusFigures;
  readonly jobs: JobFigures;
  /** How the latest returns of chosen functions ended, by row of `minions`. */
  readonly functionStatus: FunctionStatusFigures;
  readonly losses: LossFigures;

  // zmq_socket_monitor
  readonly monitorCounters: readonly MonitorCounter[];
  readonly monitorSockets: readonly MonitorSocket[];
  readonly monitorRejects: ReadonlyMap<string, Readonly<Record<MonitorReject, number>>>;

  // logs
  /** Of the components whose log was heard of. */
  readonly logs: readonly LogFigures[];

  // role minion
  /** Undefined, or absent, beside a master. */
  readonly local?: LocalFigures | undefined;

  // configuration and self
  readonly config: MasterConfig | undefined;
  readonly sources: readonly SourceStatus[];
  readonly scanSeconds: Histogram;
  readonly scanIntervalSeconds: number | undefined;
  readonly scanOrigin: 'netlink' | 'proc' | undefined;
  readonly kernelOverflows: number;
  readonly kernelEventsLost: number;
  readonly stateEntries: ReadonlyMap<string, number>;
  readonly stateEvicted: ReadonlyMap<string, number>;
  readonly recentEvents: readonly RecentEvent[];
}
