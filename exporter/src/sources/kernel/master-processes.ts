/** Open descriptors and limits of the master's processes, from /proc, in slices that never hold up the scan thread. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { MasterDescriptors } from '../../domain/observations.js';
import type { MasterProcess } from '../../domain/vocabulary.js';
import { monotonicMs } from '../../lib/clock.js';

/** Descriptors grow with the fleet, over minutes. */
const SWEEP_INTERVAL_MS = 15_000;
/** A host with thousands of processes is swept less often: one part in a thousand of a core. */
const SWEEP_CPU_RATIO = 0.001;
/** Between two slices destroy events are read. */
const SLICE_MS = 3;

/** Last word of the command line, as Salt sets it through setproctitle; without that package nothing is known. */
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

/** The soft limit of `Max open files`; undefined when it is unlimited or the text is not of that form. */
export function maximumOpenFiles(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

interface Sums {
  readonly open: Map<MasterProcess, number>;
  readonly maximum: Map<MasterProcess, number>;
  /** Kinds of which one process could not be read: their sum would be too small. */
  readonly hidden: Set<MasterProcess>;
}

export class MasterProcesses {
  readonly #root: string;
  #dueMs = 0;
  #spentMs = 0;
  #sweep: Iterator<void, MasterDescriptors> | undefined;

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
    this.#sweep ??= sweep(this.#root);
    const startedMs = monotonicMs();
    let elapsedMs = 0;
    while (elapsedMs < SLICE_MS) {
      const next = this.#sweep.next();
      elapsedMs = monotonicMs() - startedMs;
      if (!next.done) continue;
      const pauseMs = (this.#spentMs + elapsedMs) / SWEEP_CPU_RATIO;
      this.#dueMs = nowMs + Math.max(SWEEP_INTERVAL_MS, pauseMs);
      this.#spentMs = 0;
      this.#sweep = undefined;
      return next.value;
    }
    this.#spentMs += elapsedMs;
    return undefined;
  }
}

function* sweep(root: string): Generator<void, MasterDescriptors> {
  const sums: Sums = { open: new Map(), maximum: new Map(), hidden: new Set() };
  const namespace = attempt(() => readlinkSync(`${root}/self/ns/net`));
  for (const pid of attempt(() => readdirSync(root)) ?? []) {
    if (!/^\d+$/.test(pid)) continue;
    addProcess(`${root}/${pid}`, namespace, sums);
    yield;
  }
  for (const kind of sums.hidden) {
    sums.open.delete(kind);
    sums.maximum.delete(kind);
  }
  return { kind: 'master_descriptors', open: sums.open, maximum: sums.maximum };
}

/** Masters of other network namespaces (other containers) are not the one whose links we see. */
function addProcess(directory: string, namespace: string | undefined, sums: Sums): void {
  const commandLine = attempt(() => readFileSync(`${directory}/cmdline`, 'latin1'));
  const kind = commandLine === undefined ? undefined : masterProcessOf(commandLine);
  if (kind === undefined) return;
  const itsNamespace = attempt(() => readlinkSync(`${directory}/ns/net`));
  if (itsNamespace !== undefined && itsNamespace !== namespace) return;
  const open = attempt(() => readdirSync(`${directory}/fd`).length);
  const limits = attempt(() => readFileSync(`${directory}/limits`, 'latin1'));
  const maximum = limits === undefined ? undefined : maximumOpenFiles(limits);
  if (open === undefined || maximum === undefined) {
    sums.hidden.add(kind);
    return;
  }
  sums.open.set(kind, (sums.open.get(kind) ?? 0) + open);
  sums.maximum.set(kind, (sums.maximum.get(kind) ?? 0) + maximum);
}

/** Processes come and go while we look, and some may not be read: both are "not known". */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // counted as hidden where it matters
  }
}
