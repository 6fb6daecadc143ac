/** One look at a minion's configuration: its masters, its directories, and the options that decide how it reconnects and returns. */
import { createHash, getHashes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { LocalConfig, LocalMaster } from '../../domain/local-told.js';
import { readRegularFile } from '../../lib/regular-file.js';
import type { MasterFacts } from '../source.js';
import type { SaltMap } from './decode.js';
import { saltLogs } from './logs.js';
import { type ConfigProblem, readSaltFiles, type SaltFiles } from './merge.js';
import { textOption, underRoot } from './paths.js';
import { isTruthy, numberOf, workerCount } from './salt-options.js';

export interface MinionDiscovery {
  readonly facts: MasterFacts;
  readonly config: LocalConfig;
  readonly problems: readonly ConfigProblem[];
  /** False when there is no file `minion`: everything is Salt's default. */
  readonly found: boolean;
  readonly files: Pick<SaltFiles, 'stamp' | 'directories'>;
  /** What of it cannot be served, for people. */
  readonly limits: readonly string[];
}

/** A minion id has 255 bytes at most. */
const ID_FILE_MAX_BYTES = 4096;
/** Masters that are told apart. */
const MASTERS_MAX = 64;
/** Salt's own: the digest of the id in the names of its sockets. */
const HASH_CHARACTERS = 10;

/** Numeric options and their defaults (config/__init__.py DEFAULT_MINION_OPTS); seconds unless named otherwise. Checked against 3006.30, 3007.17 and 3008.5. */
const OPTIONS: readonly (readonly [name: string, standard: number])[] = [
  // milliseconds
  ['recon_default', 1_000],
  ['recon_max', 10_000],
  ['random_reauth_delay', 10],
  ['auth_timeout', 5],
  ['auth_tries', 7],
  ['acceptance_wait_time', 10],
  ['acceptance_wait_time_max', 0],
  ['return_retry_timer', 5],
  ['return_retry_timer_max', 10],
  ['return_retry_tries', 3],
  ['process_count_max', -1],
  ['minion_jid_queue_hwm', 100],
  ['master_alive_interval', 0],
  ['master_tries', 1],
  ['ping_interval', 0],
  ['random_startup_delay', 0],
  ['tcp_keepalive_idle', 300],
  ['tcp_keepalive_cnt', -1],
  ['tcp_keepalive_intvl', -1],
  ['max_event_size', 1_048_576],
];
/** Switches, as 1 and 0. */
const SWITCHES: readonly (readonly [name: string, standard: boolean])[] = [
  ['recon_randomize', true],
  ['auth_safemode', false],
  ['cache_jobs', false],
  ['multiprocessing', true],
  ['zmq_filtering', false],
  ['zmq_monitor', false],
];

/** Never throws. Names are resolved anew with every call. */
export async function discoverMinion(configDir: string): Promise<MinionDiscovery> {
  const files = await readSaltFiles(configDir, 'minion');
  const { options } = files;
  const id = await minionId(options, configDir);
  const named = masterNames(options);
  const masters = await Promise.all(named.map(({ name, host }) => resolveMaster(name, host)));
  const ports = [...new Set(named.map(({ port }) => port))];
  const unresolved = masters.filter(({ addresses }) => addresses.length === 0);
  return {
    facts: minionFacts({ configDir, options, id, requestPort: ports[0] ?? 4506 }),
    config: {
      kind: 'local_config',
      minionId: id,
      version: undefined,
      masters,
      options: optionValues(options),
    },
    problems: files.problems,
    found: files.found,
    files: { stamp: files.stamp, directories: files.directories },
    limits: [
      ...(id === undefined ? ['the id of the minion is not known'] : []),
      ...(ports.length > 1 ? [`masters on other request ports than ${ports[0]} are not seen`] : []),
      ...unresolved.map(({ name }) => `${name} cannot be resolved`),
    ],
  };
}

interface FactsInput {
  readonly configDir: string;
  readonly options: SaltMap;
  readonly id: string | undefined;
  readonly requestPort: number;
}

/** The contract of the sources is one for both roles: what only a master has keeps Salt's default. */
function minionFacts({ configDir, options, id, requestPort }: FactsInput): MasterFacts {
  const root = textOption(options, 'root_dir', '/');
  const cacheDir = textOption(options, 'cachedir', '/var/cache/salt/minion');
  const given = textOption(options, 'sock_dir', '/var/run/salt/minion');
  // Salt's own guard against paths of Unix sockets that are too long.
  const sockDir = given.length > cacheDir.length + 10 ? join(cacheDir, '.salt-unix') : given;
  const sockets = underRoot(root, sockDir);
  const log = saltLogs(new Map(), options, id).others.filter(
    ({ component }) => component === 'minion',
  );
  const digest = idDigest(options, id);
  return {
    configDir,
    // salt.channel.client: the master tells its publish port, unless this option names one.
    publishPort: portOption(options, 'publish_port', 4505),
    requestPort,
    connectHost: '127.0.0.1',
    pkiDir: underRoot(root, textOption(options, 'pki_dir', '/etc/salt/pki/minion')),
    cacheDir: underRoot(root, cacheDir),
    sockDir: sockets,
    ipcMode: textOption(options, 'ipc_mode', 'ipc'),
    tcpMasterPubPort: 4512,
    logFile: log[0]?.path ?? '',
    logs: log,
    zmqMonitor: false,
    workerThreads: workerCount(new Map(), undefined),
    ipv6: isTruthy(options.get('ipv6') ?? null),
    transport: textOption(options, 'transport', 'zeromq'),
    keysCacheDriver: 'localfs_key',
    cacheDriver: 'localfs',
    minionDataCache: true,
    minion: {
      id,
      busSocket: digest === undefined ? undefined : join(sockets, `minion_event_${digest}_pub.ipc`),
      tcpPubPort: portOption(options, 'tcp_pub_port', 4510),
    },
  };
}

/** `id` as it stands; without one what Salt wrote to `minion_id` when it made one up. */
async function minionId(options: SaltMap, configDir: string): Promise<string | undefined> {
  const given = textOption(options, 'id', '');
  const isLower = isTruthy(options.get('minion_id_lowercase') ?? false);
  if (given !== '') return isLower ? given.toLowerCase() : given;
  const file = await readRegularFile(join(configDir, 'minion_id'), ID_FILE_MAX_BYTES);
  const line = file.ok ? file.bytes.toString('utf8').split('\n')[0]?.trim() : undefined;
  return line === '' ? undefined : line;
}

/** salt.utils.event: the first ten characters of the digest of `hash_id` or the id. */
function idDigest(options: SaltMap, id: string | undefined): string | undefined {
  const hashed = textOption(options, 'hash_id', id ?? '');
  const hashType = textOption(options, 'hash_type', 'sha256').toLowerCase();
  if (hashed === '' || !getHashes().includes(hashType)) return undefined;
  return createHash(hashType).update(hashed, 'utf8').digest('hex').slice(0, HASH_CHARACTERS);
}

interface NamedMaster {
  /** As it stands in the file. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** A text, or a list of them; each may carry a port of its own: `host:4506`, `[::1]:4506`. */
function masterNames(options: SaltMap): readonly NamedMaster[] {
  const given = options.get('master') ?? 'salt';
  const texts = (Array.isArray(given) ? given : [given]).map((each) => String(each).trim());
  const standard = portOption(options, 'master_port', 4506);
  return [...new Set(texts)]
    .filter((text) => text !== '')
    .slice(0, MASTERS_MAX)
    .map((name) => {
      if (isIP(name) === 6) return { name, host: name, port: standard };
      const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(name);
      const host = match?.[1] ?? match?.[2] ?? name;
      const port = match?.[3] === undefined ? standard : Number(match[3]);
      return { name, host, port };
    });
}

async function resolveMaster(name: string, host: string): Promise<LocalMaster> {
  if (isIP(host) !== 0) return { name, addresses: [host] };
  // A name that has no address is told as a limit by the caller.
  const found = await lookup(host, { all: true }).catch(() => []);
  return { name, addresses: found.map(({ address }) => address) };
}

function portOption(options: SaltMap, name: string, fallback: number): number {
  const value = numberOf(options.get(name) ?? fallback);
  const isPort = value !== undefined && Number.isInteger(value) && value > 0 && value < 65_536;
  return isPort ? value : fallback;
}

function optionValues(options: SaltMap): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [name, standard] of OPTIONS) {
    const value = numberOf(options.get(name) ?? standard);
    if (value !== undefined) values.set(name, value);
  }
  for (const [name, standard] of SWITCHES) {
    values.set(name, isTruthy(options.get(name) ?? standard) ? 1 : 0);
  }
  return values;
}
