/**
 * Shapes of the read-only JSON API, version 1: what the live page polls and what other programs may
 * rely on.
 *
 * Times are wall-clock milliseconds since 1970 (`…Ms`), durations seconds (`…Seconds`). `null`
 * means "not known": it is never written as 0. Key ids, sentences and everything a source tells are
 * untrusted text: show them as text, never as markup. Counters count what this process observed
 * since `exporter.startedMs`.
 */
import type {
  Disagreement,
  DropReason,
  IdentityBasis,
  JobOutcome,
  KeyState,
  LedgerBreak,
  MinionStatus,
  PendingReason,
  PingResult,
  Port,
  SourceName,
  StormCause,
} from '../domain/vocabulary.js';
import type { AdviceView, CanaryView } from './advice-api-types.js';
import type { CutList } from './cut-list.js';
import type { LossesView } from './job-api-types.js';

/**
 * `GET /api/v1/overview[?status=<status>]`: one frozen instant of the whole fleet, at most about
 * 100 kB whatever the fleet's size. With `status` the list `worst` holds only minions of that
 * status. Errors: 400 for an unknown status (`ApiError`).
 */
export interface Overview {
  /**
   * Instant of the picture, by the exporter's clock; ages are differences to it, not to the
   * reader's clock.
   */
  readonly atMs: number;
  readonly exporter: ExporterView;
  /** null until the master's configuration was read. */
  readonly master: MasterView | null;
  readonly fleet: FleetView;
  /**
   * Worst first: severity of the status, then newest change, then flaps. Minions that are `ok` and
   * were all the hour are left out.
   */
  readonly worst: CutList<MinionView>;
  /** What happened, newest first. */
  readonly events: CutList<EventView>;
  readonly sources: readonly SourceView[];
  readonly presence: PresenceView;
  readonly listeners: readonly ListenerView[];
  /**
   * Connections that the full accept queue turned away, in this network namespace; null = cannot be
   * read.
   */
  readonly listenOverflows: number | null;
  readonly requestPing: PingView;
  readonly canaries: CanaryView;
  readonly advice: readonly AdviceView[];
  readonly ledgers: LedgersView;
  readonly jobs: JobsView;
  readonly losses: LossesView;
  /** Events of zmq_socket_monitor per socket, ours and those of taps. */
  readonly monitor: CutList<MonitorView>;
}

export interface ExporterView {
  readonly version: string;
  readonly startedMs: number;
  /**
   * Where the links come from; `proc` knows neither acknowledgements nor round trips. null before
   * the first scan.
   */
  readonly scanOrigin: 'netlink' | 'proc' | null;
  readonly scanIntervalSeconds: number | null;
}

export interface MasterView {
  /** Master id; null = could not be found out. */
  readonly id: string | null;
  readonly saltVersion: string | null;
  readonly transport: string;
  readonly zmqFiltering: boolean;
  /** Numeric options in force, by Salt's own names; sorted. */
  readonly options: Readonly<Record<string, number>>;
  /** Options that stand in the files and have no effect in this version. */
  readonly ignoredOptions: readonly string[];
}

export interface FleetView {
  /**
   * Minions with an accepted key, and expected ones; the sum of `byStatus`. Both null until the
   * inventory was read.
   */
  readonly minions: number | null;
  readonly byStatus: Readonly<Record<MinionStatus, number>> | null;
  /** null until the inventory was read. */
  readonly keys: Readonly<Record<KeyState, number>> | null;
  readonly oldestPendingMs: number | null;
  /**
   * Established connections; null before the first complete scan. `own` are the exporter's own
   * canaries.
   */
  readonly links: Readonly<Record<Port, LinkCounts>> | null;
  readonly connects: Readonly<Record<Port, LinkCounts>>;
  readonly disconnects: Readonly<Record<Port, LinkCounts>>;
  readonly flaps: number;
  readonly storms: Readonly<Record<StormCause, number>>;
  readonly masterRestarts: number;
}

export interface LinkCounts {
  /** Attributed to an accepted key. */
  readonly minion: number;
  /** No accepted key explains it. */
  readonly unknown: number;
  readonly own: number;
}

/** One minion. `connects`, `disconnects` and `flaps` are of its publish links. */
export interface MinionView {
  /** Key id. */
  readonly id: string;
  readonly status: MinionStatus;
  /** Since when it has this status; null = since before this process watched. */
  readonly sinceMs: number | null;
  readonly connects: number;
  readonly disconnects: number;
  readonly flaps: number;
  readonly lastConnectMs: number | null;
  readonly lastDisconnectMs: number | null;
  /** Last acknowledgement by its host's kernel. */
  readonly lastAckMs: number | null;
  readonly rttSeconds: number | null;
  /** Established connections that are known to be its own. */
  readonly links: Readonly<Record<Port, number>>;
  /** What the attribution of its connection rests on; null = it has none on that port. */
  readonly basis: Readonly<Record<Port, IdentityBasis | null>>;
  /** A publish link is its own. */
  readonly kernelPresent: boolean | null;
  /** What Salt's own presence would say. */
  readonly saltPresent: boolean | null;
  /** One sentence of fact, without the id. */
  readonly evidence: string;
  /** What the sentence rests on, e.g. `kernel + keys`. */
  readonly evidenceFrom: string;
}

export interface EventView {
  readonly atMs: number;
  readonly kind:
    | 'connect'
    | 'disconnect'
    | 'flap'
    | 'status'
    | 'storm'
    | 'listener_restart'
    | 'master_restart';
  /** Key id; null for an event of the fleet. */
  readonly minion: string | null;
  /** The status it got, with `status` events. */
  readonly status: MinionStatus | null;
  /** Sentence without the id. */
  readonly text: string;
}

/**
 * `works`: it sees all that it is made to see. `limited`: it reports, but cannot see everything;
 * `detail` or a limitation says what.
 * `down`: it is wanted and does not work. `off`: these settings, or the master's, keep it off.
 * `starting`: it has not reported yet.
 * `brinescope_source_up` is 1 for `works` only.
 */
export type SourceState = 'works' | 'limited' | 'down' | 'off' | 'starting';

export interface SourceView {
  readonly source: SourceName;
  readonly state: SourceState;
  /** One sentence: what it sees, or why it does not; empty when `limitations` say it. */
  readonly detail: string;
  readonly lastSuccessMs: number | null;
  /** Counted failures and rejects by reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** What the master's configuration keeps from it, and what follows. */
  readonly limitations: readonly LimitationView[];
}

export interface LimitationView {
  readonly finding: string;
  readonly consequence: string;
}

/**
 * Our presence (a publish link in the kernel) beside Salt's own (computed from the same facts as
 * its `connected_ids`).
 */
export interface PresenceView {
  /** Minions that are present, absent, or neither can be said, by each. */
  readonly kernel: PresenceCounts;
  readonly salt: PresenceCounts;
  /** null: this comparison is not made. */
  readonly disagreements: Readonly<Record<Disagreement, number | null>>;
  /** Minions on which kernel and Salt differ, by id. */
  readonly minions: CutList<PresenceRow>;
}

export interface PresenceCounts {
  readonly present: number;
  readonly absent: number;
  readonly unknown: number;
}

export interface PresenceRow {
  readonly id: string;
  readonly kernelPresent: boolean;
  readonly saltPresent: boolean;
}

export interface ListenerView {
  readonly port: Port;
  /** Whether something listens; null before the first scan. */
  readonly up: boolean | null;
  /** Connections waiting to be accepted, and the most that may wait. */
  readonly queueLength: number | null;
  readonly queueLimit: number | null;
  readonly restarts: number;
}

/** The unauthenticated `ping` to the request port. */
export interface PingView {
  readonly results: Readonly<Record<PingResult, number>>;
  /**
   * Upper bound of the bucket that holds the median and the 99th percentile of answered pings; null
   * = none answered, or above all.
   */
  readonly medianSeconds: number | null;
  readonly p99Seconds: number | null;
}

/** What the event bus told of jobs; counters since `exporter.startedMs`. */
export interface JobsView {
  /** Jobs that closed: everybody, somebody, nobody returned; and those that are open. */
  readonly outcomes: Readonly<Record<JobOutcome, number>>;
  readonly open: number;
  /** Pairs of job and minion that closed; expected = returned + missing. */
  readonly expected: number;
  readonly returned: number;
  readonly missing: number;
  /** Pairs that closed while the bus was not heard. */
  readonly unseen: number;
  /** Pairs that are open; null while the bus is not read. */
  readonly pending: Readonly<Record<PendingReason, number>> | null;
  readonly late: number;
  readonly duplicates: number;
  readonly duplicateJids: number;
  readonly trimmed: number;
  /** Events whose content contradicts what they claim to be. */
  readonly suspect: number;
  /** Upper bounds of what half, and 99 %, of the returns took; null = none seen, or above all. */
  readonly returnMedianSeconds: number | null;
  readonly returnP99Seconds: number | null;
}

/** What the two ledgers say of the fleet; counters since `exporter.startedMs`. */
export interface LedgersView {
  /** Messages the publisher put on the wire, as our own subscription counted them. */
  readonly published: number;
  /** Publishes that never reached our own subscription: the ledgers were unknown for a while. */
  readonly gaps: number;
  /** Minions whose delivery ledger is exact now, of those with a publish link. */
  readonly known: number;
  readonly linked: number;
  /** Fullest queue of any minion, and as a share of `pub_hwm`; null = no ledger is known. */
  readonly queueMessagesMax: number | null;
  readonly queuePressureMax: number | null;
  /** Messages lost, by reason; links of nobody we know included. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /**
   * Times that a link lost messages: they could be counted, or no one number fits the bytes; then
   * nothing was counted and the ledger of that link is unknown until measured anew.
   */
  readonly losses: { readonly counted: number; readonly undecided: number };
  /**
   * Times that a ledger broke off, of links of nobody we know too: what was dropped just then is in
   * no counter. While they stand still the counters of drops are complete.
   */
  readonly breaks: Readonly<Record<LedgerBreak, number>>;
  /** Requests without an answer, and the age of the oldest; null before the first scan. */
  readonly requestsWaiting: number | null;
  readonly requestWaitMaxSeconds: number | null;
  readonly requestsAbandoned: number;
  readonly requestsFailed: number;
  readonly ghostJobs: number;
  /** Workers that will not answer; null = nothing tells. */
  readonly wedgedWorkers: number | null;
  /** Upper bounds of what half, and 99 %, of the requests took; null = none seen, or above all. */
  readonly serviceMedianSeconds: number | null;
  readonly serviceP99Seconds: number | null;
}

export interface MonitorView {
  readonly source: string;
  readonly socket: string;
  /** Handshakes succeeded minus disconnected; null = not known. */
  readonly peers: number | null;
  readonly retryIntervalSeconds: number | null;
  /** Counts by libzmq's event name; only events that happened. */
  readonly events: Readonly<Record<string, number>>;
  readonly lastEvent: string | null;
  readonly lastEventMs: number | null;
}

/** Body of every error of the API. */
export interface ApiError {
  readonly error: {
    readonly code:
      | 'not_found'
      | 'method_not_allowed'
      | 'bad_request'
      | 'internal'
      // With a web configuration file only: passwords and a rate limit.
      | 'unauthorized'
      | 'too_many_requests'
      | 'unavailable';
    /** What is wrong and what to do. */
    readonly message: string;
  };
}

/** `GET /-/ready` with `Accept: application/json`: 200 when ready, 503 with at least one reason. */
export interface ReadyReport {
  readonly ready: boolean;
  readonly reasons: readonly NotReadyReason[];
}

export interface NotReadyReason {
  readonly source: SourceName;
  /** What is missing, in the source's own words if it has any. */
  readonly reason: string;
  /** What to do about it. */
  readonly action: string;
}
