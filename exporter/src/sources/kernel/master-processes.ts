/**
 * Open descriptors and limits of the master's processes, from /proc, in slices that never hold up
 * the scan thread.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { MasterDescriptors } from '../../domain/observations.js';
import type { MasterProcess } from '../../domain/vocabulary.js';
import { monotonicMs } from '../../lib/clock.js';

/** Descriptors grow with the fleet, over minutes. */
const SWEEP_INTERVAL_MS = 15_000;
/** All processes of the host are looked through so often, and when one of the master's is gone. */
const DISCOVERY_INTERVAL_MS = 60_000;
/**
 * A host with thousands of processes is swept less often: this part of a core, and as much again
 * for discoveries.
 */
const SWEEP_CPU_RATIO = 0.0005;
/** Between two slices destroy events are read. */
const SLICE_MS = 3;

/**
 * Last word of the command line, as Salt sets it through setproctitle; without that package nothing
 * is known.
 */
const TITLES: ReadonlyMap<string, MasterProcess> = new Map([
  ['PubServerChannel._publish_daemon', 'publish_daemon'],
  ['MWorkerQueue', 'request_server'],
  ['EventPublisher', 'event_publisher'],
  ['MasterPubServerChannel._publish_daemon', 'event_publisher'], // 3007 and later
]);
/** `MWorker-0`, `MWorker-default-0` (3008), `MWorker` (one that was restarted). */
const WORKER_TITLE = /^MWorker(-.+)?$/;

/** Undefined for a process that is none of the master's four kinds. */
export function masterProcessOf(commandLine: string): MasterProcess | undefined {
  const words = commandLine.split(/[\s\0]+/).filter((word) => word !== '');
  const title = words.at(-1);
  if (title === undefined || words.length < 2 || !commandLine.includes('salt')) return undefined;
  return TITLES.get(title) ?? (WORKER_TITLE.test(title) ? 'workers' : undefined);
}

/**
 * The soft limit of `Max open files`; undefined when it is unlimited or the text is not of that
 * form.
 */
export function maximumOpenFiles(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

interface Sums {
  readonly open: Map<MasterProcess, number>;
  readonly maximum: Map<MasterProcess, number>;
  /** Kinds of which one process could not be read: their sum would be too small. */
  readonly hidden: Set<MasterProcess>;
  /** Processes that are the master's. */
  readonly pids: string[];
}

export class MasterProcesses {
  readonly #root: string;
  #dueMs = 0;
  #discoveryDueMs = 0;
  #spentMs = 0;
  #isDiscovery = true;
  #known: readonly string[] = [];
  #sweep: Iterator<void, Sums> | undefined;

  constructor(root = '/proc') {
    this.#root = root;
  }

  /** When the next slice should run: at once while a sweep is under way. */
  get dueMs(): number {
    return this.#sweep === undefined ? this.#dueMs : 0;
  }

  /** Works for one slice at most; returns the sums when the sweep has come to its end. */
  step(nowMs: number): MasterDescriptors | undefined {
    if (nowMs < this.dueMs) return undefined;
    this.#sweep ??= this.#begin(nowMs);
    const startedMs = monotonicMs();
    let elapsedMs = 0;
    while (elapsedMs < SLICE_MS) {
      const next = this.#sweep.next();
      elapsedMs = monotonicMs() - startedMs;
      if (!next.done) continue;
      this.#spentMs += elapsedMs;
      return this.#finish(next.value, nowMs);
    }
    this.#spentMs += elapsedMs;
    return undefined;
  }

  #begin(nowMs: number): Iterator<void, Sums> {
    this.#spentMs = 0;
    this.#isDiscovery = nowMs >= this.#discoveryDueMs;
    const pids = this.#isDiscovery ? attempt(() => readdirSync(this.#root)) : this.#known;
    return sweep(this.#root, pids ?? []);
  }

  #finish(sums: Sums, nowMs: number): MasterDescriptors {
    const pauseMs = this.#spentMs / SWEEP_CPU_RATIO;
    this.#sweep = undefined;
    this.#dueMs = nowMs + SWEEP_INTERVAL_MS;
    if (this.#isDiscovery) this.#discoveryDueMs = nowMs + Math.max(DISCOVERY_INTERVAL_MS, pauseMs);
    else {
      this.#dueMs = nowMs + Math.max(SWEEP_INTERVAL_MS, pauseMs);
      if (sums.pids.length < this.#known.length) this.#discoveryDueMs = 0;
    }
    this.#known = sums.pids;
    return { kind: 'master_descriptors', open: sums.open, maximum: sums.maximum };
  }
}

function* sweep(root: string, pids: readonly string[]): Generator<void, Sums> {
  const sums: Sums = { open: new Map(), maximum: new Map(), hidden: new Set(), pids: [] };
  const namespace = attempt(() => readlinkSync(`${root}/self/ns/net`));
  for (const pid of pids) {
    if (!/^\d+$/.test(pid)) continue;
    if (addProcess(`${root}/${pid}`, namespace, sums)) sums.pids.push(pid);
    yield;
  }
  for (const kind of sums.hidden) {
    sums.open.delete(kind);
    sums.maximum.delete(kind);
  }
  return sums;
}

/** Masters of other network namespaces (other containers) are not the one whose links we see. */
function addProcess(directory: string, namespace: string | undefined, sums: Sums): boolean {
  const commandLine = attempt(() => readFileSync(`${directory}/cmdline`, 'latin1'));
  const kind = commandLine === undefined ? undefined : masterProcessOf(commandLine);
  if (kind === undefined) return false;
  const itsNamespace = attempt(() => readlinkSync(`${directory}/ns/net`));
  if (itsNamespace !== undefined && itsNamespace !== namespace) return false;
  const open = openDescriptors(`${directory}/fd`);
  const limits = attempt(() => readFileSync(`${directory}/limits`, 'latin1'));
  const maximum = limits === undefined ? undefined : maximumOpenFiles(limits);
  if (open === undefined || maximum === undefined) sums.hidden.add(kind);
  else {
    sums.open.set(kind, (sums.open.get(kind) ?? 0) + open);
    sums.maximum.set(kind, (sums.maximum.get(kind) ?? 0) + maximum);
  }
  return true;
}

/**
 * Since Linux 6.2 the size of the directory is their number, and everybody may ask for it; before
 * it is 0, and ten thousand entries must be read, which only the same user may.
 */
function openDescriptors(directory: string): number | undefined {
  const size = attempt(() => statSync(directory).size) ?? 0;
  return size > 0 ? size : attempt(() => readdirSync(directory).length);
}

/** Processes come and go while we look, and some may not be read: both are "not known". */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // counted as hidden where it matters
  }
}
