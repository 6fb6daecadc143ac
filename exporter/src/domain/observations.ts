/**
 * What sources tell the domain: plain typed data, one union, no object that refers back to a
 * source.
 */
import type { BusBatch } from './bus-batch.js';
import type { CanaryFailure, CanaryJob, CanaryPlan } from './canary-job.js';
import type { JobCacheAnswer } from './job-cache-answer.js';
import type { LocalConfig, LocalEvents, LocalWatch } from './local-told.js';
import type { LogFile, LogRecords } from './log-vocabulary.js';
import type { MinionAnswer } from './minion-answer.js';
import type {
  BusEventKind,
  BusReject,
  KeyState,
  MasterProcess,
  MonitorEventName,
  MonitorReject,
  PingResult,
  Port,
  SourceName,
} from './vocabulary.js';

/**
 * Sockets of one kernel answer in columns; row r is index r of every array, rows 0 … count − 1.
 * IPv4 peers stand as `::ffff:a.b.c.d`, so one address has one form. Times are milliseconds, sizes
 * bytes. The arrays are lent: they are valid until the observation was applied to its last step (or
 * `onApplied` of `emit` was called) and are reused for a later scan. Whoever keeps a row copies it.
 */
export interface SocketColumns {
  readonly count: number;
  /** Index into PORTS. */
  readonly port: Uint8Array;
  /**
   * TCP state as the kernel numbers it: 1 ESTABLISHED, 4 FIN_WAIT1, 7 CLOSE (destroy events), 8
   * CLOSE_WAIT …
   */
  readonly state: Uint8Array;
  /**
   * 1 when the answer carried tcp_info; 0 (/proc, deaths of sockets that never were connections)
   * makes every tcp_info column of the row meaningless. Remnants in states 3 and 5, which carry
   * none in a dump, are left out of scans: they outlive the death of their cookie.
   */
  readonly hasInfo: Uint8Array;
  /**
   * Peer address, four words a row, each word big-endian read (a.b.c.d is 0, 0, 0xffff,
   * 0xaabbccdd).
   */
  readonly address: Uint32Array;
  readonly peerPort: Uint16Array;
  /**
   * Socket cookie, low and high word. Never reused while the machine runs. From /proc: inode and
   * 0xffffffff; sockets without an inode (not accepted yet, or already closed by the master) are
   * left out there.
   */
  readonly cookieLow: Uint32Array;
  readonly cookieHigh: Uint32Array;
  readonly receiveQueue: Uint32Array;
  readonly sendQueue: Uint32Array;
  /**
   * CLOCK_MONOTONIC at which the kernel wrote this row, so that `rowMonoMs − lastDataReceivedMs` is
   * the instant of that datum. Netlink writes the next 32 KiB of a dump (about 80 rows) at the end
   * of the call that fetches the last ones: all rows of such a part share one instant, right to the
   * 0.2 ms that writing them takes, however late they are fetched. A thread that is set aside at
   * just that moment dates its part too late, never too early: of several readings of one datum the
   * earliest is the right one. The ages are in whole jiffies (1 to 10 ms, 4 ms on most servers) and
   * rounded down. Of a death it is the instant at which its event was read: at once after a quiet
   * time, up to 10 ms late while others pour in. From /proc: when the file was read.
   */
  readonly rowMonoMs: Float64Array;
  // tcp_info from here on
  /** Retransmission time-outs of the oldest unacknowledged segment since its last answer. */
  readonly retransmits: Uint8Array;
  readonly backoff: Uint8Array;
  readonly probes: Uint8Array;
  /** Segments, not bytes. */
  readonly unacked: Uint32Array;
  /** Bytes in the send queue that were never sent: the rest of `sendQueue` is in flight. */
  readonly notSent: Uint32Array;
  readonly totalRetransmits: Uint32Array;
  /** Segments in each direction, pure acknowledgements included; wrap at 2^32. */
  readonly segmentsIn: Uint32Array;
  readonly segmentsOut: Uint32Array;
  /** Receive window that the peer last announced, bytes; SEND_WINDOW_UNKNOWN before Linux 5.4. */
  readonly sendWindow: Uint32Array;
  /** Ages at `rowMonoMs`. Of a connection without such a datum: of the connection itself. */
  readonly lastDataSentMs: Uint32Array;
  readonly lastDataReceivedMs: Uint32Array;
  readonly lastAckReceivedMs: Uint32Array;
  /** Smoothed round trip in microseconds. */
  readonly rttMicros: Uint32Array;
  /** Exact below 2^53. */
  readonly bytesAcked: Float64Array;
  readonly bytesReceived: Float64Array;
}

/** In place of a window that the kernel does not tell; a real one is at most 2^30. */
export const SEND_WINDOW_UNKNOWN = 0xffff_ffff;

export interface ListenerRow {
  readonly port: Port;
  readonly cookieLow: number;
  readonly cookieHigh: number;
  readonly queueLength: number;
  /** undefined where the kernel does not tell it: /proc/net/tcp, and the death of a listener. */
  readonly queueLimit: number | undefined;
}

/** One dump of both ports and both families. */
export interface LinkScan {
  readonly kind: 'link_scan';
  /**
   * `interval` is the steady cadence; `publish` and `fault` (a publish link or a listener died, more
   * links than before are silent) are of the denser series that follow such a happening; `overflow`
   * finds what lost destroy events did not tell.
   */
  readonly trigger: 'start' | 'interval' | 'publish' | 'fault' | 'overflow' | 'demand';
  /** False when the dump was torn or refused half way: rows that are missing then mean nothing. */
  readonly complete: boolean;
  /** `netlink` has tcp_info and cookies, `proc` has neither. */
  readonly origin: 'netlink' | 'proc';
  /**
   * CLOCK_MONOTONIC at the start and the end of the dump; a link that is missing ended before
   * `endedMonoMs`.
   */
  readonly startedMonoMs: number;
  readonly endedMonoMs: number;
  /** CPU seconds this scan cost its thread. */
  readonly cpuSeconds: number;
  /** Steady cadence in force after this scan; denser scans come in between. */
  readonly intervalSeconds: number;
  readonly sockets: SocketColumns;
  readonly listeners: readonly ListenerRow[];
  /**
   * TcpExt ListenOverflows of this network namespace since boot; undefined when it cannot be read.
   */
  readonly listenOverflows: number | undefined;
}

/** Destroy events, in the order in which the kernel told them. Listeners' deaths stand apart. */
export interface LinkDeaths {
  readonly kind: 'link_deaths';
  /** CLOCK_MONOTONIC when they were read. */
  readonly readMonoMs: number;
  readonly sockets: SocketColumns;
  readonly listeners: readonly ListenerRow[];
}

/** Destroy events that were lost before we could read them; a reconciling scan follows. */
export interface KernelLoss {
  readonly kind: 'kernel_loss';
  /** Receive overflows (ENOBUFS) since the last such observation. */
  readonly overflows: number;
  /** Messages lost, from the Drops column of /proc/net/netlink, since the last such observation. */
  readonly eventsLost: number;
}

/**
 * One minion as the master's files know it. Addresses are canonical text (`10.0.0.1`,
 * `2001:db8::1`).
 */
export interface InventoryMinion {
  readonly id: string;
  /** Undefined: expected by the operator's list, or cached by Salt, but without a key. */
  readonly key: KeyState | undefined;
  readonly expected: boolean;
  /** True when Salt's minion cache has an entry for it: Salt's presence looks at these only. */
  readonly cached: boolean;
  /** Addresses of the cached grains (`ipv4`, `ipv6`); Salt's own presence uses exactly these. */
  readonly grainAddresses: readonly string[];
  /** More addresses that name it: `fqdn_ip4`, `fqdn_ip6`. */
  readonly moreAddresses: readonly string[];
  /** Addresses the operator configured for it alone. */
  readonly staticAddresses: readonly string[];
  /**
   * Modification time of its cached grains (right to an hour while the addresses stay the same), of
   * its key file; undefined when there is none.
   */
  readonly grainsWallMs: number | undefined;
  readonly keyWallMs: number | undefined;
}

/** The whole inventory; replaces the last one. */
export interface Inventory {
  readonly kind: 'inventory';
  readonly minions: readonly InventoryMinion[];
  /** undefined: the keys cannot be read; then they are not known, which is not zero. */
  readonly keyCounts: Readonly<Record<KeyState, number>> | undefined;
  readonly oldestPendingWallMs: number | undefined;
  /** Address of a NAT router → ids that the operator says live behind it. */
  readonly natAddresses: ReadonlyMap<string, readonly string[]>;
  /** Addresses that the operator says acknowledge for whoever is behind them. */
  readonly proxyAddresses?: readonly string[];
  /**
   * Addresses of the master's own host, without loopback: Salt puts them in place of a peer
   * 127.0.0.1 or ::1.
   */
  readonly hostAddresses: readonly string[];
}

/** What a Salt master was found to be configured as. */
export interface MasterConfig {
  readonly kind: 'master_config';
  /** undefined = could not be found out. */
  readonly version: string | undefined;
  readonly masterId: string | undefined;
  readonly transport: string;
  readonly zmqFiltering: boolean;
  /**
   * False when the master keeps no minion cache: Salt's own presence then finds nobody. undefined =
   * not looked up.
   */
  readonly minionDataCache?: boolean;
  /**
   * Numeric options in force (file or Salt's default): `pub_hwm`, `worker_threads`, `zmq_backlog`,
   * `timeout` …
   */
  readonly options: ReadonlyMap<string, number>;
  /** Options that stand in the files and have no effect in this version. */
  readonly ignoredOptions: readonly string[];
  /** What we cannot serve, and what follows for the reader. */
  readonly limitations: readonly Limitation[];
}

export interface Limitation {
  /** The source it concerns; its `brinescope_source_up` is 0 because of it. */
  readonly source: SourceName;
  /** What was found, e.g. `transport: tcp`. */
  readonly finding: string;
  /** What the reader must know, one sentence. */
  readonly consequence: string;
}

/**
 * Messages that our own subscription read since the last such observation, in columns; message m is
 * index m of every array. Told before anything that was read later, so that a scan is applied to a
 * stream that is as long as our reading of it.
 */
export interface StreamMessages {
  readonly kind: 'stream_messages';
  readonly messages: number;
  /** Bytes on the wire of them all: frames with their ZMTP headers. */
  readonly bytes: number;
  /** Bytes on the wire of each; a message may be larger than 4 GiB in theory. */
  readonly wireBytes: Float64Array;
  /** CLOCK_MONOTONIC when our process read it: never before the publisher sent it. */
  readonly arrivedMonoMs: Float64Array;
  /** Index into STREAM_TOPICS; `all` where the publisher does not filter. */
  readonly topic: Uint8Array;
  /** The first 64 bits of the topic `sha1(id)`, high and low word; 0 with other topics. */
  readonly topicHigh: Uint32Array;
  readonly topicLow: Uint32Array;
}

/**
 * Our own subscription began (its handshake succeeded) or ended: what was published between two
 * such connections is not in the index.
 */
export interface StreamLink {
  readonly kind: 'stream_link';
  readonly subscribed: boolean;
  readonly monoMs: number;
}

/**
 * Events of a batch that ledgers, ghosts and identity read, in the order of arrival. Ids and jids are
 * untrusted text, cut to 128 characters by the decoder.
 */
export interface BusEvents {
  readonly events: readonly BusEvent[];
}

/** What the bus told and nobody will hear: counted since the last such observation. */
export interface BusLoss {
  readonly kind: 'bus_loss';
  /** Events that were read and thrown away undecoded, for want of time. */
  readonly dropped: number;
  readonly rejects: Readonly<Partial<Record<BusReject, number>>>;
}

/** One event of Salt's bus. `arrivedMonoMs` is the instant at which our process read it. */
export interface BusEvent {
  readonly event: BusEventKind;
  readonly arrivedMonoMs: number;
  /** Salt's own `_stamp`, when it was fired on the master; undefined when it cannot be read. */
  readonly stampWallMs: number | undefined;
  /** The minion that it is about, from the tag or the payload. */
  readonly minion: string | undefined;
  readonly jid: string | undefined;
}

/** Our connection to the bus began or ended: what was fired between two of them nobody told. */
export interface BusLink {
  readonly kind: 'bus_link';
  readonly connected: boolean;
  readonly monoMs: number;
}

export interface RequestPing {
  readonly kind: 'request_ping';
  readonly result: PingResult;
  /** Round trip, only with `ok`. */
  readonly seconds: number | undefined;
  /** Number of this ping in the order of sending, from 0; undefined: not known. */
  readonly sequence?: number;
}

/** A ping whose time was over is answered after all: its worker was busy, not wedged. */
export interface LatePing {
  readonly kind: 'late_ping';
  readonly sequence: number;
}

/** One zmq_socket_monitor event, ours or somebody's. */
export interface MonitorEvent {
  readonly kind: 'monitor_event';
  /** `exporter`, `log`, or the name of a tap. */
  readonly source: string;
  readonly socket: string;
  readonly event: MonitorEventName;
  /** Milliseconds with `connect_retried`; a descriptor or an errno otherwise. */
  readonly value: number;
  /**
   * Of our own sockets: how many connections whose handshake had succeeded ended with this event.
   * libzmq reports no `disconnected` for those that their own side closes (`monitor_stopped` is all
   * there is), and one for those that never had a handshake. Undefined with a tap's event: then
   * `disconnected` ends one, and `monitor_stopped` all that were open.
   */
  readonly endedPeers?: number;
  /**
   * Peers that the socket has after this event, as its teller knows; `unknown` when a log begins in
   * the middle of a socket's life. Where it is given it counts, and nothing is derived.
   */
  readonly peersNow?: number | 'unknown';
}

export interface MonitorRejected {
  readonly kind: 'monitor_rejected';
  readonly source: string;
  readonly reason: MonitorReject;
}

/** Open descriptors of the master's processes; absent entries are not known. */
export interface MasterDescriptors {
  readonly kind: 'master_descriptors';
  readonly open: ReadonlyMap<MasterProcess, number>;
  readonly maximum: ReadonlyMap<MasterProcess, number>;
}

export interface SourceHealth {
  readonly kind: 'source_health';
  readonly source: SourceName;
  readonly up: boolean;
  /** One sentence for people: what it sees, or why it is blind and what is missing then. */
  readonly detail: string;
}

/**
 * A counted failure or reject of a source; `reason` is from the source's own closed set
 * (snake_case). A count of 0 declares the reason.
 */
export interface SourceError {
  readonly kind: 'source_error';
  readonly source: SourceName;
  readonly reason: string;
  readonly count: number;
}

export type Observation =
  | LinkScan
  | LinkDeaths
  | KernelLoss
  | Inventory
  | MasterConfig
  | StreamMessages
  | StreamLink
  | BusBatch
  | BusLoss
  | BusLink
  | RequestPing
  | LatePing
  | CanaryJob
  | CanaryFailure
  | CanaryPlan
  | MonitorEvent
  | MonitorRejected
  | MasterDescriptors
  | JobCacheAnswer
  | MinionAnswer
  | LocalConfig
  | LocalWatch
  | LocalEvents
  | LogFile
  | LogRecords
  | SourceHealth
  | SourceError;
