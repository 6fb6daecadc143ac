/** Numeric options of a Salt master: defaults, the releases that read them, and options that no longer do anything. */
import type { SaltMap, SaltValue } from './decode.js';

/** Major and minor number of a release: 3006.27 → [3006, 27]; a major without minor is [3008, 0]. */
export type SaltRelease = readonly [major: number, minor: number];

/** `3008.5`, `3007.0rc1+40.g2f1` → its numbers; undefined for what is no version of the numbering since 3000. */
export function saltRelease(version: string | undefined): SaltRelease | undefined {
  const match = /^(\d{4})(?:\.(\d+))?(?:$|[^\d])/.exec(version ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0)];
}

/** First minor release of each major line that reads an option; a line that is not named never does. Later lines always do. */
type Since = Readonly<Partial<Record<3006 | 3007 | 3008, number>>>;

interface NumericOption {
  readonly name: string;
  /** Salt's default (config/__init__.py DEFAULT_MASTER_OPTS, or the second argument of opts.get). */
  readonly default: number;
  /** Undefined: read by every release from 3006.0 on. */
  readonly since?: Since;
}

const HEARTBEATS: Since = { 3006: 27, 3008: 2 };
const DRAIN: Since = { 3006: 28, 3007: 15, 3008: 3 };
/** Known from 3008.5 itself; 3008.3 had another default. */
const WRITE_QUEUE: Since = { 3008: 5 };

/** What the master's own queues, limits and times rest on. Checked against 3006.30, 3007.17 and 3008.5. */
const NUMERIC_OPTIONS: readonly NumericOption[] = [
  { name: 'publish_port', default: 4505 },
  { name: 'ret_port', default: 4506 },
  { name: 'pub_hwm', default: 1000 },
  { name: 'zmq_backlog', default: 1000 },
  { name: 'worker_threads', default: 5 },
  { name: 'timeout', default: 5 },
  { name: 'gather_job_timeout', default: 10 },
  { name: 'publish_timeout', default: 30, since: { 3006: 24, 3007: 17, 3008: 2 } },
  { name: 'loop_interval', default: 60 },
  { name: 'maintenance_interval', default: 3600 },
  { name: 'publish_session', default: 86_400 },
  { name: 'zmq_heartbeat_ivl', default: 10_000, since: HEARTBEATS },
  { name: 'zmq_heartbeat_timeout', default: 30_000, since: HEARTBEATS },
  { name: 'tcp_keepalive_idle', default: 300 },
  { name: 'tcp_keepalive_cnt', default: -1 },
  { name: 'tcp_keepalive_intvl', default: -1 },
  { name: 'ipc_write_buffer', default: 0, since: { 3006: 0, 3008: 3 } },
  { name: 'publish_drain_timeout', default: 60, since: DRAIN },
  { name: 'pub_server_write_queue_size', default: 10_000, since: WRITE_QUEUE },
  { name: 'max_event_size', default: 1_048_576 },
  { name: 'max_open_files', default: 100_000 },
  { name: 'max_minions', default: 0 },
  { name: 'reactor_worker_threads', default: 10 },
  { name: 'reactor_worker_hwm', default: 10_000 },
  { name: 'syndic_jid_forward_cache_hwm', default: 100 },
  { name: 'event_return_queue', default: 0 },
  { name: 'keep_jobs_seconds', default: 86_400 },
  { name: 'master_stats_event_iter', default: 60 },
  { name: 'request_server_ttl', default: 0, since: { 3006: 12, 3007: 4, 3008: 0 } },
  { name: 'minimum_auth_version', default: 3, since: { 3006: 17, 3007: 9, 3008: 0 } },
  { name: 'master_mworker_max_inflight', default: 0, since: { 3008: 3 } },
];

interface IgnoredRule {
  readonly name: string;
  /** True when this release reads the option. `undefined` release = not known. */
  readonly works: (release: SaltRelease | undefined, options: SaltMap) => boolean;
}

const never = () => false;
const since = (rule: Since) => (release: SaltRelease | undefined) => reads(release, rule);

/** Options that people set and that have no effect; where the release is unknown only what holds for all of them is said. */
const IGNORED_RULES: readonly IgnoredRule[] = [
  // Both went in January 2017 (2016.3.5, 2016.11.2); Salt sets no receive mark anywhere.
  { name: 'salt_event_pub_hwm', works: never },
  { name: 'event_publisher_pub_hwm', works: never },
  { name: 'rcvhwm', works: never },
  // The event bus of 3007.0 to 3008.2 does not read it.
  { name: 'ipc_write_buffer', works: since({ 3006: 0, 3008: 3 }) },
  { name: 'ipc_write_timeout', works: readsWriteTimeout },
  { name: 'zmq_heartbeat_ivl', works: since(HEARTBEATS) },
  { name: 'zmq_heartbeat_timeout', works: since(HEARTBEATS) },
  { name: 'publish_drain_timeout', works: since(DRAIN) },
  { name: 'pub_server_write_queue_size', works: since({ 3008: 3 }) },
  { name: 'master_async_mworker', works: since({ 3008: 3 }) },
  {
    name: 'master_mworker_max_inflight',
    works: (release, options) =>
      reads(release, { 3008: 3 }) && options.get('master_async_mworker') === true,
  },
  {
    name: 'worker_pools',
    works: (release, options) => reads(release, { 3008: 0 }) && poolsOn(options),
  },
  { name: 'worker_pools_enabled', works: since({ 3008: 0 }) },
  { name: 'worker_threads', works: (release, options) => !hasPools(release, options) },
  { name: 'keys.cache_driver', works: since({ 3008: 0 }) },
  { name: 'keep_jobs', works: (release) => release === undefined || release[0] < 3008 },
];

/** True where the release is unknown: nothing may then be called ignored. */
function reads(release: SaltRelease | undefined, rule: Since): boolean {
  if (release === undefined) return true;
  const [major, minor] = release;
  if (major > 3008) return true;
  const first = major === 3006 || major === 3007 || major === 3008 ? rule[major] : undefined;
  return first !== undefined && minor >= first;
}

/** Came with 3006.13, was taken back in 3006.15. */
function readsWriteTimeout(release: SaltRelease | undefined): boolean {
  return release === undefined || (release[0] === 3006 && (release[1] === 13 || release[1] === 14));
}

function poolsOn(options: SaltMap): boolean {
  const enabled = options.get('worker_pools_enabled');
  return enabled === undefined || isTruthy(enabled);
}

/** Pools that the operator laid out himself decide the number of workers; otherwise one pool of worker_threads serves all. */
function hasPools(release: SaltRelease | undefined, options: SaltMap): boolean {
  const pools = options.get('worker_pools');
  const isSet = pools instanceof Map && pools.size > 0;
  return isSet && release !== undefined && reads(release, { 3008: 0 }) && poolsOn(options);
}

/** Options of the files that this release does not read, in the order of the table. */
export function ignoredOptions(options: SaltMap, release: SaltRelease | undefined): string[] {
  return IGNORED_RULES.filter(
    ({ name, works }) => options.has(name) && !works(release, options),
  ).map(({ name }) => name);
}

export interface NumericOptions {
  readonly values: ReadonlyMap<string, number>;
  /** Options whose value is no number. */
  readonly malformed: readonly string[];
}

/** In force: from the files, or Salt's default. Absent = this release does not have it, or it could not be read as a number. */
export function numericOptions(options: SaltMap, release: SaltRelease | undefined): NumericOptions {
  const values = new Map<string, number>();
  const malformed: string[] = [];
  for (const option of NUMERIC_OPTIONS) {
    const given = options.get(option.name);
    // With an unknown release only what stands in the files is known of options that came later.
    const known =
      option.since === undefined || (release !== undefined && reads(release, option.since));
    if (given === undefined || given === null) {
      if (known) values.set(option.name, option.default);
      continue;
    }
    if (release !== undefined && !known) continue;
    const value = numberOf(given);
    if (value !== undefined) values.set(option.name, value);
    // `dynamic` is a share of the memory that Salt computes at its start.
    else if (option.name !== 'ipc_write_buffer') malformed.push(option.name);
  }
  const workers = workerCount(options, release);
  if (values.has('worker_threads')) values.set('worker_threads', workers);
  return { values, malformed };
}

/**
 * MWorkers that answer `ping`. Before 3008, and without pools of the operator's own: `worker_threads`, at least 3 where `peer` is set.
 * With pools on 3008: those of the pool that takes `ping` by name, else of the one with `*`.
 */
export function workerCount(options: SaltMap, release: SaltRelease | undefined): number {
  const pools = options.get('worker_pools');
  if (hasPools(release, options) && pools instanceof Map) {
    const named = poolSize(pools, 'ping') ?? poolSize(pools, '*');
    if (named !== undefined) return named;
  }
  const threads = numberOf(options.get('worker_threads') ?? 5) ?? 5;
  return threads < 3 && isTruthy(options.get('peer') ?? null) ? 3 : Math.max(1, threads);
}

function poolSize(pools: SaltMap, command: string): number | undefined {
  for (const pool of pools.values()) {
    if (!(pool instanceof Map)) continue;
    const commands = pool.get('commands');
    if (Array.isArray(commands) && commands.includes(command))
      return numberOf(pool.get('worker_count') ?? null);
  }
  return undefined;
}

/** A number, or text that is one (`publish_port: "4505"` works in Salt too). */
export function numberOf(value: SaltValue): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^[-+]?\d+(?:\.\d+)?$/.test(value.trim())) return undefined;
  return Number(value);
}

/** As Python judges it. */
export function isTruthy(value: SaltValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}
