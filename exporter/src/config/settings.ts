/** The validated settings of one run: what flags, environment and file become. */

export const DETAILS = ['all', 'problems', 'none'] as const;
/** How much per-minion detail /metrics carries; `problems` filters gauges only, counters stay. */
export type Detail = (typeof DETAILS)[number];

/** Blocks of per-minion families whose detail can be set apart (`--metrics.detail=all,links=problems`). */
export const DETAIL_BLOCKS = ['links', 'delivery', 'requests', 'jobs'] as const;
export type DetailBlock = (typeof DETAIL_BLOCKS)[number];

export interface Settings {
  readonly role: 'master' | 'minion';
  readonly salt: {
    readonly configDir: string;
    /** YAML list of ids that are expected, with or without a key; undefined = none. */
    readonly expectedMinions: string | undefined;
    /** YAML file of minions' static addresses and NAT routers; undefined = none. */
    readonly natMap: string | undefined;
    /** Where the exporters beside minions answer: a YAML file, or `id=url,…` itself; undefined = none are asked. */
    readonly minionExporters: string | undefined;
  };
  readonly local: {
    /** Minions that are set up like this one; undefined = not known. */
    readonly fleetSize: number | undefined;
  };
  readonly scan: {
    readonly intervalSeconds: number;
    /** Share of one core that kernel scans may take before the cadence is stretched, 0 … 1; 0 = never stretch. */
    readonly cpuBudgetRatio: number;
  };
  readonly metrics: {
    readonly detail: Readonly<Record<DetailBlock, Detail>>;
    /** Functions of which each minion has a status; empty = of none. */
    readonly functions: readonly string[];
  };
  readonly monitor: {
    /** ZeroMQ endpoint to bind the tap to, `tcp://127.0.0.1:PORT` or `ipc://PATH`; undefined = off. */
    readonly tap: string | undefined;
  };
  readonly canary: {
    /** Seconds between two pings to the request port; 0 = off. */
    readonly requestIntervalSeconds: number;
    /** Whether canary jobs are published. */
    readonly jobs: boolean;
    readonly jobsPerMinute: number;
    /** Whose key they are published with; undefined = the user that the master runs as. */
    readonly jobsUser: string | undefined;
    /** Directory inside a `file_roots` that the files of file pulls are written to; undefined = none are pulled. */
    readonly fileDir: string | undefined;
    /** Source address of our subscription, our pings and our jobs; never 127.0.0.1. */
    readonly sourceAddress: string;
  };
  readonly history: {
    /** Directory; undefined = nothing is kept. */
    readonly path: string | undefined;
    readonly retentionSeconds: number;
    readonly maxBytes: number;
  };
  readonly events: {
    /** `stdout`, or the path of a file; undefined = events are written nowhere else. */
    readonly log: string | undefined;
  };
  readonly domain: {
    readonly flapWindowSeconds: number;
    readonly staleAfterSeconds: number;
  };
  readonly web: {
    /** Empty = every address of the host. */
    readonly listenHost: string;
    readonly listenPort: number;
    readonly telemetryPath: string;
    /** File of TLS and passwords in the form of Prometheus; undefined = plain HTTP for everybody. */
    readonly configFile: string | undefined;
  };
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'text' | 'json';
  };
}
