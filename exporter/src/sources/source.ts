/** The contract between the program and its sources: a source is started, told new settings, and stopped. */
import type { Settings } from '../config/settings.js';
import type { JobCacheQuestion } from '../domain/job-cache-answer.js';
import type { LogComponent } from '../domain/log-vocabulary.js';
import type { MinionQuestion } from '../domain/minion-answer.js';
import type { Observation } from '../domain/observations.js';
import type { SourceName } from '../domain/vocabulary.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/log.js';

/** A log of Salt on this host, as the configuration names it; whether the file exists is another question. */
export interface SaltLog {
  readonly component: LogComponent;
  /** An absolute path, or what is no file: `file:///dev/log`, `udp://host:port`. */
  readonly path: string;
  /** `log_fmt_logfile`, `log_datefmt_logfile`; undefined = as Salt writes without them. */
  readonly format: string | undefined;
  readonly dateFormat: string | undefined;
  /** The least urgent level that is written: `warning` unless the configuration says otherwise. */
  readonly level: string;
  /** Only of the minion's log: its key id, when it could be found out. */
  readonly minionId: string | undefined;
  /** Only of the minion's log: masters that it is connected to at once. */
  readonly masters: number;
}

/** The job cache on the master's disk, as its configuration has it. */
export interface JobCacheFacts {
  /** `hash_type`: the digest that names the directories. */
  readonly hashType: string;
  /** The option that keeps returns out of it, `job_cache: False`; undefined = they are written. */
  readonly obstacle: string | undefined;
}

/** As whom a job is published, and from where minions are served files. */
export interface CanaryFacts {
  /** `user`: the master runs as, and its key file is named after. */
  readonly user: string;
  /** `zmq_filtering`. */
  readonly isFiltering: boolean;
  /** `file_roots` by environment; empty where `fileserver_backend` leaves them out. */
  readonly fileRoots: ReadonlyMap<string, readonly string[]>;
}

/** What the source of canary jobs may ask the state; the app answers, at once. */
export interface CanarySight {
  /** Ids that it may ask, in any order. */
  readonly fleet: () => readonly string[];
  /** Whether it still has a key. */
  readonly isMinion: (id: string) => boolean;
  /** Why no job should be sent now; undefined = it may be. */
  readonly trouble: () => string | undefined;
}

/** What the configuration of the minion says, in the role of that name. */
export interface MinionFacts {
  /** Key id; undefined = could not be found out. */
  readonly id: string | undefined;
  /** `minion_event_<hash>_pub.ipc`; undefined = the id, or its digest, is not known. */
  readonly busSocket: string | undefined;
  /** `tcp_pub_port`, where `ipc_mode` is `tcp`. */
  readonly tcpPubPort: number;
}

/** What the configuration of the minion says, in the role of that name. */
export interface MinionFacts {
  /** Key id; undefined = could not be found out. */
  readonly id: string | undefined;
  /** `minion_event_<hash>_pub.ipc`; undefined = the id, or its digest, is not known. */
  readonly busSocket: string | undefined;
  /** `tcp_pub_port`, where `ipc_mode` is `tcp`. */
  readonly tcpPubPort: number;
}

/**
 * What the master's configuration files say that other sources need. Discovered once before the first source starts and again on
 * each change of the files; `reconfigure` brings the new one.
 */
export interface MasterFacts {
  /** Directory that holds `master` and `master.d`. */
  readonly configDir: string;
  readonly publishPort: number;
  readonly requestPort: number;
  /** Address to reach the master at: `interface`; 127.0.0.1 when it listens everywhere (`0.0.0.0`, and `::`, which takes both families). */
  readonly connectHost: string;
  readonly pkiDir: string;
  readonly cacheDir: string;
  readonly sockDir: string;
  /** `ipc_mode`: `ipc`, or `tcp` for an event bus on a loopback port. */
  readonly ipcMode: string;
  readonly tcpMasterPubPort: number;
  readonly logFile: string;
  /** The master's own log first. */
  readonly logs: readonly SaltLog[];
  /** `zmq_monitor` of the master: with it the request server crashes for ever. */
  readonly zmqMonitor: boolean;
  readonly workerThreads: number;
  readonly ipv6: boolean;
  readonly transport: string;
  /** Driver of the keys (`localfs_key`, `mmap_key`) and of the minion data (`localfs`, …). */
  readonly keysCacheDriver: string;
  readonly cacheDriver: string;
  readonly minionDataCache: boolean;
  /** Absent = not known. */
  readonly jobCache?: JobCacheFacts;
  /** Only in the role `minion`: then ports, directories and log are those of its configuration. */
  readonly minion?: MinionFacts;
  /** What canary jobs need; absent = not known. */
  readonly canary?: CanaryFacts;
  /** `3008.5`; absent or undefined = could not be found out. */
  readonly saltVersion?: string | undefined;
}

export interface SourceContext {
  readonly settings: Settings;
  readonly master: MasterFacts;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Hands an observation to the domain; never throws, returns at once. Observations are applied in the order of these calls, a long one
   * in many turns of the event loop: what it consists of is lent until `onApplied` is called, and must not change before.
   */
  readonly emit: (observation: Observation, onApplied?: () => void) => void;
  /** Only canary jobs ask it. */
  readonly canarySight?: CanarySight;
  /** Only the master_config source calls it: the files changed and now say this. */
  readonly onMasterFacts?: (facts: MasterFacts) => void;
}

/** `start` never throws for an outside cause: a source that cannot work reports `source_health` down and keeps trying. */
export interface Source {
  readonly name: SourceName;
  start(): Promise<void>;
  /** New settings or a changed master configuration; must not lose what was counted. */
  reconfigure(settings: Settings, master: MasterFacts): Promise<void>;
  stop(): Promise<void>;
  /** Only the kernel source: a scan as soon as its budget allows. */
  requestScan?(trigger: 'publish' | 'demand'): void;
  /** Only the job cache: looks these jobs up, in the background. */
  lookUp?(questions: readonly JobCacheQuestion[]): void;
  /** Only the exporters beside minions: asks them, in the background. */
  askMinions?(questions: readonly MinionQuestion[]): void;
  /** Only the stream canary: tells what it read and did not tell yet, before a scan is applied. */
  flush?(): void;
}

export interface SourceDefinition {
  readonly name: SourceName;
  /** The closed set of reasons of its `source_error`s; their counters exist at 0 from the start. */
  readonly errorReasons: readonly string[];
  /** Whether these settings ask for it (the tap is off by default). */
  readonly enabled: (settings: Settings) => boolean;
  readonly create: (context: SourceContext) => Source;
}
