/** Options of a Salt master → what other sources need (paths, ports) and what the reader must know (options, limitations). */
import { join } from 'node:path';
import type { Limitation, MasterConfig } from '../../domain/observations.js';
import type { JobCacheFacts, MasterFacts } from '../source.js';
import type { SaltMap } from './decode.js';
import { canaryFacts } from './file-roots.js';
import { logLimitations, saltLogs } from './logs.js';
import { textOption, underRoot } from './paths.js';
import {
  ignoredOptions,
  isTruthy,
  numberOf,
  numericOptions,
  saltRelease,
  workerCount,
} from './salt-options.js';

export interface MasterView {
  readonly facts: MasterFacts;
  readonly config: MasterConfig;
  /** Options that could not be read as what they are. */
  readonly malformed: readonly string[];
}

export interface ViewInput {
  readonly configDir: string;
  readonly options: SaltMap;
  /** Of the minion beside it; undefined where there is none. */
  readonly minionOptions: SaltMap | undefined;
  /** Of the running or the installed master. */
  readonly version: string | undefined;
  /** First line of the `minion_id` file beside the configuration, which names a master without `id` too. */
  readonly cachedId: string | undefined;
}

/** Pure. A worked example: `root_dir: /srv/lab` and nothing else gives cacheDir `/srv/lab/var/cache/salt/master`. */
export function masterView(input: ViewInput): MasterView {
  const { options } = input;
  const release = saltRelease(input.version);
  const numbers = numericOptions(options, release);
  const transport = textOption(options, 'transport', 'zeromq');
  const keysDriver = textOption(options, 'keys.cache_driver', 'localfs_key');
  const before3008 = release !== undefined && release[0] < 3008;
  const paths = masterPaths(options, release === undefined || release[0] >= 3007);
  const logs = saltLogs(options, input.minionOptions, input.cachedId);
  const facts: MasterFacts = {
    configDir: input.configDir,
    publishPort: port(options, 'publish_port', 4505),
    requestPort: port(options, 'ret_port', 4506),
    connectHost: connectHost(textOption(options, 'interface', '0.0.0.0')),
    ...paths,
    logFile: logs.master.path,
    logs: [logs.master, ...logs.others],
    zmqMonitor: isTruthy(options.get('zmq_monitor') ?? false),
    ipcMode: textOption(options, 'ipc_mode', 'ipc'),
    tcpMasterPubPort: port(options, 'tcp_master_pub_port', 4512),
    workerThreads: workerCount(options, release),
    ipv6: isTruthy(options.get('ipv6') ?? null),
    transport,
    keysCacheDriver: before3008 ? 'localfs_key' : keysDriver,
    cacheDriver: textOption(options, 'cache', 'localfs'),
    minionDataCache: isTruthy(options.get('minion_data_cache') ?? true),
    jobCache: jobCache(options),
    canary: canaryFacts(options),
    saltVersion: input.version,
  };
  const config: MasterConfig = {
    kind: 'master_config',
    version: input.version,
    masterId: masterId(options, input.cachedId),
    transport,
    zmqFiltering: isTruthy(options.get('zmq_filtering') ?? false),
    minionDataCache: facts.minionDataCache,
    options: numbers.values,
    ignoredOptions: ignoredOptions(options, release),
    limitations: limitations(facts, options),
  };
  const ports = PORT_OPTIONS.filter((name) => !isPort(options, name));
  return { facts, config, malformed: [...new Set([...numbers.malformed, ...ports])] };
}

const PORT_OPTIONS = ['publish_port', 'ret_port', 'tcp_master_pub_port'] as const;

function port(options: SaltMap, name: string, fallback: number): number {
  const value = numberOf(options.get(name) ?? fallback);
  return value !== undefined && isPort(options, name) ? value : fallback;
}

function isPort(options: SaltMap, name: string): boolean {
  const given = options.get(name) ?? null;
  const value = numberOf(given);
  return (
    given === null ||
    (value !== undefined && Number.isInteger(value) && value > 0 && value < 65_536)
  );
}

/**
 * A master that listens everywhere is reached over loopback. Over IPv4 for `::` too: libzmq's sockets take both families there, and our
 * own source address is an IPv4 one.
 */
function connectHost(listening: string): string {
  const everywhere = ['0.0.0.0', '*', '::', '[::]', ''];
  return everywhere.includes(listening) ? '127.0.0.1' : listening.replace(/^\[(.*)\]$/, '$1');
}

type Paths = Pick<MasterFacts, 'pkiDir' | 'cacheDir' | 'sockDir'>;

/** salt.config.apply_master_config: the short sock_dir, log_dir, then root_dir in front of what has paths. */
function masterPaths(options: SaltMap, hasClusters: boolean): Paths {
  const root = textOption(options, 'root_dir', '/');
  const cacheDir = textOption(options, 'cachedir', '/var/cache/salt/master');
  const given = textOption(options, 'sock_dir', '/var/run/salt/master');
  // Salt's own guard against paths of Unix sockets that are too long.
  const sockDir = given.length > cacheDir.length + 10 ? join(cacheDir, '.salt-unix') : given;
  const pkiDir = underRoot(root, textOption(options, 'pki_dir', '/etc/salt/pki/master'));
  const clustered = hasClusters && isTruthy(options.get('cluster_id') ?? null);
  return {
    // Keys of a cluster live in its own directory, which root_dir does not touch.
    pkiDir: clustered ? textOption(options, 'cluster_pki_dir', pkiDir) : pkiDir,
    cacheDir: underRoot(root, cacheDir),
    sockDir: underRoot(root, sockDir),
  };
}

/** salt.utils.job.store_job: an external cache takes the place of the local one. */
function jobCache(options: SaltMap): JobCacheFacts {
  const master = textOption(options, 'master_job_cache', 'local_cache');
  const external = textOption(options, 'ext_job_cache', '');
  const obstacles = [
    isTruthy(options.get('job_cache') ?? true) ? '' : 'job_cache: False',
    external === '' ? '' : `ext_job_cache: ${external}`,
    master === 'local_cache' ? '' : `master_job_cache: ${master}`,
  ];
  return {
    hashType: textOption(options, 'hash_type', 'sha256').toLowerCase(),
    obstacle: obstacles.find((found) => found !== ''),
  };
}

/** `id` as it stands; without one Salt takes the minion's cached id, or the host's name, and appends `_master`. */
function masterId(options: SaltMap, cachedId: string | undefined): string | undefined {
  const given = options.get('id');
  const id = given === undefined || given === null || given === '' ? cachedId : String(given);
  if (id === undefined || id === '' || id === 'localhost') return undefined;
  const domain = options.get('append_domain');
  const full =
    typeof domain === 'string' && !id.endsWith(domain) && !id.endsWith('.')
      ? `${id}.${domain}`
      : id;
  return given === undefined || given === null || given === '' ? `${full}_master` : full;
}

/** What this configuration keeps from us: never shown as zeros. */
function limitations(facts: MasterFacts, options: SaltMap): Limitation[] {
  const isOn = (name: string, fallback: boolean) => isTruthy(options.get(name) ?? fallback);
  return [
    ...transportLimitations(facts.transport),
    ...inventoryLimitations(facts),
    ...logLimitations(facts.logs),
    ...limitation(facts.zmqMonitor, {
      source: 'request_canary',
      finding: 'zmq_monitor: True',
      consequence:
        'With this option the request server of the master crashes and restarts for ever (Salt issue 59002) and the request port never opens; set it on minions only.',
    }),
    ...limitation(!isOn('presence_events', false), {
      source: 'salt_presence_events',
      finding: 'presence_events: False',
      consequence:
        "The master fires no presence events: Salt's own view is computed from the same connections instead of being heard from Salt.",
    }),
    ...limitation(!isOn('auth_events', true), {
      source: 'salt_auth_events',
      finding: 'auth_events: False',
      consequence:
        'The master fires no authentication events: refused and pending minions show in the keys only.',
    }),
  ];
}

function limitation(applies: boolean, what: Limitation): Limitation[] {
  return applies ? [what] : [];
}

function transportLimitations(transport: string): Limitation[] {
  if (transport === 'zeromq') return [];
  const finding = `transport: ${transport}`;
  return [
    {
      source: 'stream_canary',
      finding,
      consequence:
        'This master does not speak ZeroMQ to its minions: publishes cannot be counted and queue figures do not apply; links and presence are still read from the kernel.',
    },
    {
      source: 'request_canary',
      finding,
      consequence:
        'This master does not speak ZeroMQ on its request port: it cannot be pinged, so wedged workers stay unseen.',
    },
  ];
}

function inventoryLimitations(facts: MasterFacts): Limitation[] {
  const source = 'inventory';
  return [
    ...limitation(facts.keysCacheDriver !== 'localfs_key', {
      source,
      finding: `keys.cache_driver: ${facts.keysCacheDriver}`,
      consequence:
        'Keys are not kept as files, so accepted minions are not known: absent minions cannot be told and links can be named only by static addresses.',
    }),
    ...limitation(facts.cacheDriver !== 'localfs', {
      source,
      finding: `cache: ${facts.cacheDriver}`,
      consequence:
        'Cached grains are not kept as files: links can be named only by static addresses, and what Salt itself calls present is not known.',
    }),
    ...limitation(!facts.minionDataCache, {
      source,
      finding: 'minion_data_cache: False',
      consequence:
        'The master caches no grains: links can be named only by static addresses, and to Salt itself no minion is ever present.',
    }),
  ];
}
