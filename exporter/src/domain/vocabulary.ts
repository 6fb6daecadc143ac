/**
 * The closed sets of the product's own words; everything that stores one of them stores its index
 * here.
 */

/**
 * Publish link = 4505, request link = 4506, whatever numbers the master's configuration gives them.
 */
export const PORTS = ['publish', 'request'] as const;
export type Port = (typeof PORTS)[number];
export const PUBLISH = 0;
export const REQUEST = 1;

export const PEERS = ['minion', 'unknown', 'own'] as const;
export type Peer = (typeof PEERS)[number];

export const MINION_STATUSES = [
  'ok',
  'slow',
  'stalled',
  'half_open',
  'absent',
  'stale',
  'ambiguous',
  'unknown',
] as const;
export type MinionStatus = (typeof MINION_STATUSES)[number];

export const IDENTITY_BASES = [
  'static',
  'grains',
  'filtered',
  'learned',
  'paired',
  'ambiguous',
  'unknown',
] as const;
export type IdentityBasis = (typeof IDENTITY_BASES)[number];

export const KEY_STATES = ['accepted', 'pending', 'rejected', 'denied'] as const;
export type KeyState = (typeof KEY_STATES)[number];

export const STORM_CAUSES = [
  'master_restart',
  'publish_daemon',
  'network',
  'rack',
  'unknown',
] as const;
export type StormCause = (typeof STORM_CAUSES)[number];

export const DISAGREEMENTS = ['kernel_not_salt', 'salt_not_kernel', 'kernel_not_ping'] as const;
export type Disagreement = (typeof DISAGREEMENTS)[number];

/** For whom the publisher sends a message: all, or with `zmq_filtering` what its first frame says. */
export const STREAM_TOPICS = ['all', 'broadcast', 'syndic', 'minion'] as const;
export type StreamTopic = (typeof STREAM_TOPICS)[number];
export const TOPIC_ALL = 0;
export const TOPIC_BROADCAST = 1;
export const TOPIC_SYNDIC = 2;
export const TOPIC_MINION = 3;

/**
 * Events of Salt's bus that the domain uses: `new` announces a publish, `return` and `start` and
 * `auth` came over a request link of the minion.
 */
export const BUS_EVENT_KINDS = ['new', 'publish', 'return', 'start', 'auth', 'other'] as const;
export type BusEventKind = (typeof BUS_EVENT_KINDS)[number];

/**
 * METRICS contract: events of the bus by kind. `suspect`: its content contradicts what it claims to
 * be; `custom`: a tag that Salt itself does not use.
 */
export const BUS_KINDS = [
  'new',
  'publish',
  'ret',
  'start',
  'prog',
  'sub',
  'auth',
  'key',
  'presence',
  'stats',
  'fileserver',
  'beacon',
  'mine',
  'grains',
  'schedule',
  'batch',
  'run',
  'wheel',
  'sync',
  'error',
  'suspect',
  'custom',
] as const;
export type BusKind = (typeof BUS_KINDS)[number];

/**
 * What contradicts a return: its job does not expect that minion, the minion's request links stood
 * idle, the job cache holds all returns of the job but this one.
 */
export const SUSPECT_EVIDENCE = ['not_expected', 'request_link', 'job_cache'] as const;
export type SuspectEvidence = (typeof SUSPECT_EVIDENCE)[number];

/** What an authentication came to; `none`: Salt did not say. */
export const AUTH_ACTS = ['accept', 'pend', 'reject', 'denied', 'full', 'none'] as const;
export type AuthAct = (typeof AUTH_ACTS)[number];

/** How a job ended: all returned, some, nobody. */
export const JOB_OUTCOMES = ['complete', 'partial', 'none'] as const;
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/**
 * Why a pair (job, minion) is still open: a `find_job` says that it runs; one was not answered by a
 * minion that is heard of otherwise, so that both wait behind other jobs; the minion's request link
 * does not get through; or nothing tells.
 */
export const PENDING_REASONS = ['running', 'queued', 'blocked', 'unknown'] as const;
export type PendingReason = (typeof PENDING_REASONS)[number];

/** Why a publish was refused before a job began. */
export const PUBLISH_ERRORS = ['authentication', 'authorization'] as const;
export type PublishError = (typeof PUBLISH_ERRORS)[number];

/** Why messages were lost on their way from the publisher. */
export const DROP_REASONS = ['hwm', 'disconnect', 'all_links'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/**
 * How a known ledger breaks off: a loss that could not be told in messages, or a time in which nothing
 * could be measured.
 */
export const LEDGER_BREAKS = ['loss', 'history'] as const;
export type LedgerBreak = (typeof LEDGER_BREAKS)[number];

/** Who sent a request: a minion, a client on the master's own host, or somebody else. */
export const REQUEST_PEERS = ['minion', 'local', 'unknown'] as const;
export type RequestPeer = (typeof REQUEST_PEERS)[number];

export const GHOST_CONFIDENCES = ['proven', 'likely'] as const;
export type GhostConfidence = (typeof GHOST_CONFIDENCES)[number];

export const BUS_REJECTS = ['framing', 'body', 'tag', 'encoding', 'size'] as const;
export type BusReject = (typeof BUS_REJECTS)[number];

export const PING_RESULTS = ['ok', 'timeout', 'error'] as const;
export type PingResult = (typeof PING_RESULTS)[number];

/** How a canary's pull of a file ended; a missing file is a success to Salt. */
export const CANARY_FILE_RESULTS = ['ok', 'wrong_content', 'missing', 'timeout', 'error'] as const;
export type CanaryFileResult = (typeof CANARY_FILE_RESULTS)[number];

/** Why canary jobs are sent or not. */
export const CANARY_STANCES = ['off', 'running', 'paused', 'error'] as const;
export type CanaryStance = (typeof CANARY_STANCES)[number];

export const MONITOR_EVENTS = [
  'connected',
  'connect_delayed',
  'connect_retried',
  'listening',
  'bind_failed',
  'accepted',
  'accept_failed',
  'closed',
  'close_failed',
  'disconnected',
  'monitor_stopped',
  'handshake_failed_no_detail',
  'handshake_succeeded',
  'handshake_failed_protocol',
  'handshake_failed_auth',
] as const;
export type MonitorEventName = (typeof MONITOR_EVENTS)[number];

export const MONITOR_REJECTS = ['frames', 'length', 'version', 'event', 'source'] as const;
export type MonitorReject = (typeof MONITOR_REJECTS)[number];

/**
 * Sources as `brinescope_source_up` names them. The last two are Salt's own feeds: 0 while its
 * configuration keeps them off.
 */
export const SOURCES = [
  'kernel',
  'inventory',
  'master_config',
  'stream_canary',
  'request_canary',
  'job_canary',
  'event_bus',
  'monitor_tap',
  'logs',
  'job_cache',
  'minion_exporters',
  'minion_config',
  'minion_bus',
  'minion_jobs',
  'salt_presence_events',
  'salt_auth_events',
] as const;
export type SourceName = (typeof SOURCES)[number];
/** Beside a master, or beside a minion. */
export type Role = 'master' | 'minion';
/** The role `minion` has few of the master's sources, and some of its own. */
const SOURCES_OF_MINION: readonly SourceName[] = [
  'kernel',
  'minion_config',
  'minion_bus',
  'minion_jobs',
  'logs',
];
const SOURCES_OF_MASTER: readonly SourceName[] = SOURCES.filter(
  (source) => !['minion_config', 'minion_bus', 'minion_jobs'].includes(source),
);

export function sourcesOf(role: Role): readonly SourceName[] {
  return role === 'minion' ? SOURCES_OF_MINION : SOURCES_OF_MASTER;
}

/** What the master's disk has of a job: its directory, none, or nobody can tell. */
export const JOB_CACHE_STATES = ['present', 'absent', 'unreadable'] as const;
export type JobCacheState = (typeof JOB_CACHE_STATES)[number];

/** Processes of the master whose descriptors are counted. */
export const MASTER_PROCESSES = [
  'publish_daemon',
  'request_server',
  'event_publisher',
  'workers',
] as const;
export type MasterProcess = (typeof MASTER_PROCESSES)[number];
