/** Keys, cached grains and the operator's lists as a source: a thread reads them, this passes on what changed. */
import { Worker } from 'node:worker_threads';
import type { Settings } from '../../config/settings.js';
import type { InventoryMinion } from '../../domain/observations.js';
import { errorText } from '../../lib/errors.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import type {
  ReaderCommand,
  ReaderData,
  ReaderReport,
  RowsReport,
  SweepReport,
} from './protocol.js';
import { INVENTORY_REASONS } from './reasons.js';
import type { ScanPlaces } from './scan.js';

/** 32,768 minions with their addresses take about 40 MB while they are compared; more means that something went wrong. */
const THREAD_HEAP_MEGABYTES = 128;
/** Sweeps make short-lived text only; V8's default of 48 would stand in memory unused. */
const THREAD_YOUNG_MEGABYTES = 4;
const RESTART_FIRST_MS = 1_000;
const RESTART_MAX_MS = 60_000;
/** A sweep of 10,000 cold files is over by then. */
const STOP_TIMEOUT_MS = 5_000;

export const inventorySource: SourceDefinition = {
  name: 'inventory',
  errorReasons: INVENTORY_REASONS,
  enabled: () => true,
  create: (context) => new InventorySource(context),
};

class InventorySource implements Source {
  readonly name = 'inventory';
  readonly #context: SourceContext;
  #places: ScanPlaces;
  #worker: Worker | undefined;
  #generation = -1;
  #rows = new Map<string, InventoryMinion>();
  #said = '';
  #restartMs = RESTART_FIRST_MS;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  /** Set while `start` waits for the first sweep. */
  #started: (() => void) | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#places = scanPlaces(context.settings, context.master);
  }

  /** Resolves when the first inventory was told, or the thread could not read one. */
  start(): Promise<void> {
    this.#isStopping = false;
    return new Promise((resolve) => {
      this.#started = resolve;
      this.#startThread();
    });
  }

  async reconfigure(settings: Settings, master: MasterFacts): Promise<void> {
    this.#places = scanPlaces(settings, master);
    this.#tell({ kind: 'configure', places: this.#places });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    this.#tell({ kind: 'stop' });
    const timeout = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timeout);
  }

  #startThread(): void {
    const data: ReaderData = { places: this.#places };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: data,
      resourceLimits: {
        maxOldGenerationSizeMb: THREAD_HEAP_MEGABYTES,
        maxYoungGenerationSizeMb: THREAD_YOUNG_MEGABYTES,
      },
    });
    this.#worker = worker;
    this.#generation = -1;
    worker.on('message', (report: ReaderReport) => {
      if (report.kind === 'rows') this.#takeRows(report);
      else this.#takeSweep(report);
    });
    worker.on('error', (error) =>
      this.#context.log.error('the thread that reads keys and grains failed', {
        error: errorText(error),
      }),
    );
    worker.once('exit', () => this.#threadEnded());
  }

  /** A thread that ends by itself ran out of its memory or met a fault of ours; what was told last stays. */
  #threadEnded(): void {
    this.#worker = undefined;
    this.#finishStart();
    if (this.#isStopping) return;
    this.#context.emit({ kind: 'source_error', source: this.name, reason: 'thread', count: 1 });
    const detail =
      'The thread that reads keys and grains ended and is started again; figures are those of before.';
    this.#health(false, detail);
    this.#restart = setTimeout(() => this.#startThread(), this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAX_MS);
  }

  #takeRows(report: RowsReport): void {
    if (report.generation !== this.#generation) {
      this.#generation = report.generation;
      this.#rows = new Map();
    }
    for (const id of report.removed) this.#rows.delete(id);
    for (const row of report.upserts) this.#rows.set(row.id, row);
    this.#tell({ kind: 'next' });
  }

  #takeSweep(sweep: SweepReport): void {
    const { emit, log } = this.#context;
    if (sweep.generation !== this.#generation) {
      this.#generation = sweep.generation;
      this.#rows = new Map();
    }
    this.#restartMs = RESTART_FIRST_MS;
    for (const [reason, count] of sweep.errors) {
      log.warn('reading keys or grains met what it cannot use', { reason, count });
      emit({ kind: 'source_error', source: this.name, reason, count });
    }
    if (sweep.changed)
      emit({ kind: 'inventory', minions: [...this.#rows.values()], ...sweep.frame });
    const problems = [...sweep.problems, ...sweep.listProblems];
    this.#health(
      sweep.problems.length === 0,
      problems.length === 0 ? readDetail(this.#places) : problems.join('; '),
    );
    this.#finishStart();
  }

  /** Told after each sweep, so that the time of the last success is right; logged when it changes. */
  #health(up: boolean, detail: string): void {
    if (detail !== this.#said) this.#context.log[up ? 'info' : 'warn']('inventory', { up, detail });
    this.#said = detail;
    this.#context.emit({ kind: 'source_health', source: this.name, up, detail });
  }

  #tell(command: ReaderCommand): void {
    this.#worker?.postMessage(command);
  }

  #finishStart(): void {
    this.#started?.();
    this.#started = undefined;
  }
}

/** What a sweep without problems has read: not what this master does not keep in files. */
function readDetail({ hasKeyFiles, hasGrainFiles }: ScanPlaces): string {
  if (hasKeyFiles && hasGrainFiles) return 'keys and grains are read';
  if (hasKeyFiles) return 'keys are read; this master keeps no grains in files';
  if (hasGrainFiles) return 'grains are read; this master keeps no keys in files';
  return 'this master keeps neither keys nor grains in files';
}

function scanPlaces(settings: Settings, master: MasterFacts): ScanPlaces {
  const major = Number(/^\d{4}/.exec(master.saltVersion ?? '')?.[0]);
  const layout = major >= 3008 ? 'flat' : 'map';
  return {
    pkiDir: master.pkiDir,
    cacheDir: master.cacheDir,
    hasKeyFiles: master.keysCacheDriver === 'localfs_key',
    hasGrainFiles: master.cacheDriver === 'localfs' && master.minionDataCache,
    layout: Number.isNaN(major) ? undefined : layout,
    expectedMinions: settings.salt.expectedMinions,
    natMap: settings.salt.natMap,
  };
}
