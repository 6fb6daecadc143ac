/** The option table: one row per option; flags, environment, file, --help and the reference file all derive from it. */
import type { LogFormat, LogLevel } from '../lib/log.js';
import {
  bytes,
  canaryAddress,
  count,
  detailPerBlock,
  duration,
  functionNames,
  httpPath,
  listenAddress,
  oneOf,
  path,
  ratio,
  tapEndpoint,
  userName,
  type ValueParser,
} from './parse-values.js';
import { DETAIL_BLOCKS, DETAILS, type Settings } from './settings.js';

/** One option. `default` is text as one would write it; undefined = not set, and the option is then off. */
export interface Option<T> {
  readonly value: ValueParser<T>;
  readonly default: string | undefined;
  /** Unit of the setting it becomes; undefined for text. */
  readonly unit: 'seconds' | 'ratio' | 'bytes' | undefined;
  readonly doc: string;
  /** Whether SIGHUP applies it; the others keep their value until a restart, and that is said. */
  readonly reloadable: boolean;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const FORMATS: readonly LogFormat[] = ['text', 'json'];
/** Each makes a series for each minion and each set of states that jobs name. */
const FUNCTIONS_MOST = 16;
const SWITCH = ['off', 'on'] as const;
const ROLES: readonly Settings['role'][] = ['master', 'minion'];

/** Order is the order of --help and of the reference file. */
export const OPTIONS = {
  role: {
    value: oneOf(ROLES),
    default: 'master',
    unit: undefined,
    doc: 'What to observe: the Salt master of this host, or its Salt minion.',
    reloadable: false,
  },
  'salt.config-dir': {
    value: path(),
    default: '/etc/salt',
    unit: undefined,
    doc: "Directory of Salt's configuration. Ports, directories and high-water marks come from its `master` and `master.d/*.conf`, in the role minion from `minion` and `minion.d/*.conf`.",
    reloadable: false,
  },
  'salt.expected-minions': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: 'YAML list of minion ids that are expected, with or without a key. Read again whenever it changes.',
    reloadable: true,
  },
  'salt.nat-map': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: 'YAML file of static minion addresses, of the minions behind each NAT router, and of proxies that acknowledge for minions. Read again whenever it changes.',
    reloadable: true,
  },
  'salt.minion-exporters': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: 'YAML file of `id: http://host:port` lines, or m1=http://host:port,m2=… itself: exporters of role minion that are asked for single jobs, when the master alone cannot tell a job that the minion lost from a return that was lost on its way. Read again whenever it changes.',
    reloadable: true,
  },
  'local.fleet-size': {
    value: count(1, 1_000_000),
    default: undefined,
    unit: undefined,
    doc: 'In the role minion: how many minions are set up like this one. Then it is said whether their reconnect settings invite a storm.',
    reloadable: true,
  },
  'scan.interval': {
    value: duration('100ms', '1m'),
    default: '1s',
    unit: 'seconds',
    doc: "Time between two looks at the kernel's connections. Connections end by event, in between.",
    reloadable: true,
  },
  'scan.cpu-budget': {
    value: ratio(),
    default: '0.02',
    unit: 'ratio',
    doc: 'Share of one core that scans may take before the interval is stretched (brinescope_scan_interval_seconds tells); 0 = never stretch.',
    reloadable: true,
  },
  'metrics.detail': {
    value: detailPerBlock(DETAILS, DETAIL_BLOCKS),
    default: 'all',
    unit: undefined,
    doc: 'Per-minion series on the metrics page: all; problems (gauges only of minions that are not ok, or were not within the last hour); none.',
    reloadable: true,
  },
  'metrics.functions': {
    value: functionNames(FUNCTIONS_MOST),
    default: undefined,
    unit: undefined,
    doc: 'Functions, separated by commas, whose latest return each minion has a series of (salt_function_status); of none unless set.',
    reloadable: true,
  },
  'monitor.tap': {
    value: tapEndpoint(),
    default: undefined,
    unit: undefined,
    doc: 'ZeroMQ endpoint to bind, where other programs forward their zmq_socket_monitor frames; off unless set.',
    reloadable: false,
  },
  'canary.request.interval': {
    value: duration('500ms', '10m', true),
    default: '5s',
    unit: 'seconds',
    doc: "Time between two pings to the master's request port; 0 = off.",
    reloadable: true,
  },
  'canary.jobs': {
    value: oneOf(SWITCH),
    default: 'off',
    unit: undefined,
    doc: 'Publish test.ping, and file pulls with canary.file-dir, to one minion at a time, so that each has its turn. Needs the key file of the master.',
    reloadable: true,
  },
  'canary.jobs-per-minute': {
    value: count(1, 60),
    default: '10',
    unit: undefined,
    doc: 'Canary jobs a minute, never more. At 10 a round of 10,000 minions takes 16 h 40 min.',
    reloadable: true,
  },
  'canary.jobs-user': {
    value: userName(),
    default: undefined,
    unit: undefined,
    doc: 'Whose key file (.USER_key in the cache directory of the master) canary jobs are published with; unless set, that of the user the master runs as. One of publisher_acl who may run nothing but test.ping and cp.get_file_str is enough.',
    reloadable: true,
  },
  'canary.file-dir': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: 'A directory that you made for it inside a directory of file_roots, where the exporter may write the 16 small files of file pulls; off unless set.',
    reloadable: true,
  },
  'canary.source-address': {
    value: canaryAddress(),
    default: '127.0.0.77',
    unit: undefined,
    doc: "Source address of the exporter's own connections to the master. From 127.0.0.1 they would make Salt believe in dead minions.",
    reloadable: true,
  },
  'links.flap-window': {
    value: duration('1s', '1h'),
    default: '2m',
    unit: 'seconds',
    doc: 'A disconnect and a connect again within this time is a flap.',
    reloadable: true,
  },
  'links.stale-after': {
    value: duration('1m', '1y'),
    default: '7d',
    unit: 'seconds',
    doc: 'A minion with an accepted key and no link for this long is stale, not absent, and pages nobody.',
    reloadable: true,
  },
  'history.path': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: 'Directory to keep events and series of minions in, for timelines and for what is asked about last night; made if it does not exist. Off unless set: then only the latest events since the start are known.',
    reloadable: false,
  },
  'history.retention': {
    value: duration('1h', '1y'),
    default: '14d',
    unit: 'seconds',
    doc: 'How long events, status and the 10-minute series are kept; minute series 3 days, 10-second series 6 hours at most.',
    reloadable: true,
  },
  'history.max-bytes': {
    value: bytes('16MB', '1TB'),
    default: '2GB',
    unit: 'bytes',
    doc: 'Most that the history takes on the disk, its log of some megabytes not counted. The oldest goes first.',
    reloadable: true,
  },
  'events.log': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: 'File to append events to as lines of JSON, for Loki and other log stores; `stdout` for standard output (a file of that name is ./stdout). Off unless set. SIGHUP opens the file anew.',
    reloadable: false,
  },
  'web.listen-address': {
    value: listenAddress(),
    default: ':4507',
    unit: undefined,
    doc: 'Address to serve on; without a host every address of this machine.',
    reloadable: false,
  },
  'web.telemetry-path': {
    value: httpPath(),
    default: '/metrics',
    unit: undefined,
    doc: 'Path of the metrics.',
    reloadable: false,
  },
  'web.config.file': {
    value: path(),
    default: undefined,
    unit: undefined,
    doc: "TLS, client certificates, users and headers, in Prometheus' web configuration file format; plain HTTP for everybody unless set. It and the files it names are read again whenever they change.",
    reloadable: false,
  },
  'log.level': {
    value: oneOf(LEVELS),
    default: 'info',
    unit: undefined,
    doc: 'Least important messages to log.',
    reloadable: false,
  },
  'log.format': {
    value: oneOf(FORMATS),
    default: 'text',
    unit: undefined,
    doc: 'Log lines for people or for machines.',
    reloadable: false,
  },
} as const satisfies Record<string, Option<unknown>>;

export type OptionKey = keyof typeof OPTIONS;

type ValueOf<O> = O extends { value: ValueParser<infer T>; default: infer D }
  ? D extends string
    ? T
    : T | undefined
  : never;

/** The value in force of every option. */
export type OptionValues = { readonly [K in OptionKey]: ValueOf<(typeof OPTIONS)[K]> };

/** The file that holds the other options; a flag and a variable, never a key of the file itself. */
export const CONFIG_FILE_KEY = 'config.file';

/** Flags that ask for something else than a run; they take no value and have no variable. */
export const COMMANDS = {
  'check-config': 'Check flags, environment and file, say every error, and end.',
  help: 'Show this text and end.',
  version: 'Show the version and end.',
} as const;
export type Command = keyof typeof COMMANDS;

// Object.keys forgets the literal types of a frozen table.
export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

export function isOptionKey(key: string): key is OptionKey {
  return Object.hasOwn(OPTIONS, key);
}

/** The row of one option, without the literal types that only the table itself needs. */
export function optionOf(key: OptionKey): Option<unknown> {
  return OPTIONS[key];
}

/** `scan.cpu-budget` → `BRINESCOPE_SCAN_CPU_BUDGET`. */
export function environmentName(key: string): string {
  return `BRINESCOPE_${key.toUpperCase().replace(/[.-]/g, '_')}`;
}

/** Options as the rest of the program reads them. */
export function toSettings(values: OptionValues): Settings {
  return {
    role: values.role,
    salt: {
      configDir: values['salt.config-dir'],
      expectedMinions: values['salt.expected-minions'],
      natMap: values['salt.nat-map'],
      minionExporters: values['salt.minion-exporters'],
    },
    local: { fleetSize: values['local.fleet-size'] },
    scan: {
      intervalSeconds: values['scan.interval'],
      cpuBudgetRatio: values['scan.cpu-budget'],
    },
    metrics: {
      detail: values['metrics.detail'],
      functions: values['metrics.functions'] ?? [],
    },
    monitor: { tap: values['monitor.tap'] },
    canary: {
      requestIntervalSeconds: values['canary.request.interval'],
      jobs: values['canary.jobs'] === 'on',
      jobsPerMinute: values['canary.jobs-per-minute'],
      jobsUser: values['canary.jobs-user'],
      fileDir: values['canary.file-dir'],
      sourceAddress: values['canary.source-address'],
    },
    history: {
      path: values['history.path'],
      retentionSeconds: values['history.retention'],
      maxBytes: values['history.max-bytes'],
    },
    events: { log: values['events.log'] },
    domain: {
      flapWindowSeconds: values['links.flap-window'],
      staleAfterSeconds: values['links.stale-after'],
    },
    web: {
      listenHost: values['web.listen-address'].host,
      listenPort: values['web.listen-address'].port,
      telemetryPath: values['web.telemetry-path'],
      configFile: values['web.config.file'],
    },
    log: { level: values['log.level'], format: values['log.format'] },
  };
}
