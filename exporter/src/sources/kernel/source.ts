/**
 * The kernel source on the program's thread: starts the scan thread, passes on what it reports,
 * gives buffers back.
 */
import { closeSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../../config/settings.js';
import { errorText } from '../../lib/errors.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { SCAN_GAP_MINIMUM_MS } from './cadence.js';
import type {
  DeathsMessage,
  ScanCommand,
  ScanMessage,
  ScanReport,
  ScanSettings,
  ScanThreadData,
} from './protocol.js';
import { KERNEL_ERROR_REASONS, type KernelErrorReason } from './reasons.js';
import { tableOver } from './socket-table.js';

/**
 * Columns lie outside the heap; what is left is small. A thread that needs more has gone wrong and
 * is started again.
 */
const THREAD_HEAP_MEGABYTES = 64;
/** Few objects are made: V8's default of 48 would stand in memory unused. */
const THREAD_YOUNG_MEGABYTES = 2;
const RESTART_FIRST_MS = 1_000;
const RESTART_MAXIMUM_MS = 60_000;
/** The thread looks at its commands every half second at the latest. */
const STOP_TIMEOUT_MS = 5_000;
const WAKE = new Uint8Array(BigUint64Array.of(1n).buffer);

export interface KernelSource extends Source {
  /**
   * `publish` makes a short series of scans, `demand` one, as soon as the budget allows and not
   * within 0.1 s of the last; many wishes make few scans.
   */
  requestScan(trigger: 'publish' | 'demand'): void;
}

export const kernelSource: SourceDefinition & {
  readonly create: (context: SourceContext) => KernelSource;
} = {
  name: 'kernel',
  errorReasons: KERNEL_ERROR_REASONS,
  enabled: () => true,
  create: (context) => createKernelSource(context),
};

export interface KernelSourceOptions {
  /** Receive buffer of the destroy events at first; tests force overflows with a small one. */
  readonly deathBufferBytes?: number;
}

export function createKernelSource(
  context: SourceContext,
  options: KernelSourceOptions = {},
): KernelSource {
  return new KernelThreadSource(context, options);
}

interface Thread {
  readonly worker: Worker;
  readonly wakeFlag: Int32Array;
  readonly ended: Promise<void>;
  wakeDescriptor: number | undefined;
}

class KernelThreadSource implements KernelSource {
  readonly name = 'kernel';
  readonly #context: SourceContext;
  readonly #options: KernelSourceOptions;
  #settings: ScanSettings;
  #thread: Thread | undefined;
  #isStopping = false;
  #restartMs = RESTART_FIRST_MS;
  #restart: NodeJS.Timeout | undefined;
  /**
   * Runs after the thread was told of a publish: to be woken costs it 0.2 ms, and it scans no sooner
   * anyway. Publishes meanwhile are told together.
   */
  #publishPause: NodeJS.Timeout | undefined;
  #hasMorePublishes = false;

  constructor(context: SourceContext, options: KernelSourceOptions) {
    this.#context = context;
    this.#options = options;
    this.#settings = scanSettings(context.settings, context.master);
  }

  /** Resolves after the first scan, or when the thread could not be started. */
  start(): Promise<void> {
    this.#isStopping = false;
    return new Promise((resolve) => this.#startThread(resolve));
  }

  async reconfigure(settings: Settings, master: MasterFacts): Promise<void> {
    this.#settings = scanSettings(settings, master);
    this.#tell({ kind: 'configure', settings: this.#settings }, 'now');
  }

  requestScan(trigger: 'publish' | 'demand'): void {
    if (trigger === 'demand') this.#tell({ kind: 'scan', trigger }, 'now');
    else if (this.#publishPause === undefined) this.#tellOfPublish();
    else this.#hasMorePublishes = true;
  }

  #tellOfPublish(): void {
    this.#hasMorePublishes = false;
    this.#tell({ kind: 'scan', trigger: 'publish' }, 'now');
    this.#publishPause = setTimeout(() => {
      this.#publishPause = undefined;
      if (this.#hasMorePublishes) this.#tellOfPublish();
    }, SCAN_GAP_MINIMUM_MS);
    this.#publishPause.unref();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#publishPause);
    this.#publishPause = undefined;
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#tell({ kind: 'stop' }, 'now');
    const timeout = setTimeout(() => void thread.worker.terminate(), STOP_TIMEOUT_MS);
    await thread.ended;
    clearTimeout(timeout);
  }

  #startThread(onReady: () => void): void {
    const wakeFlag = new Int32Array(new SharedArrayBuffer(4));
    const { deathBufferBytes } = this.#options;
    const data: ScanThreadData = { settings: this.#settings, wakeFlag, deathBufferBytes };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: data,
      resourceLimits: {
        maxOldGenerationSizeMb: THREAD_HEAP_MEGABYTES,
        maxYoungGenerationSizeMb: THREAD_YOUNG_MEGABYTES,
      },
    });
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    const thread: Thread = { worker, wakeFlag, ended, wakeDescriptor: undefined };
    this.#thread = thread;
    worker.on('message', (report: ScanReport) => {
      if (report.kind === 'ready') onReady();
      else this.#receive(report, thread);
    });
    worker.on('error', (error) =>
      this.#context.log.error('kernel scan thread failed', { error: errorText(error) }),
    );
    void ended.then(() => {
      onReady();
      this.#finish(thread);
    });
  }

  #receive(report: Exclude<ScanReport, { kind: 'ready' }>, thread: Thread): void {
    if (report.kind === 'wake') thread.wakeDescriptor = report.descriptor;
    else if (report.kind === 'scan') this.#receiveScan(report, thread);
    else if (report.kind === 'deaths') this.#receiveDeaths(report, thread);
    else {
      const { observation } = report;
      if (observation.kind === 'source_health')
        this.#context.log[observation.up ? 'info' : 'warn']('kernel source', {
          up: observation.up,
          detail: observation.detail,
        });
      this.#context.emit(observation);
    }
  }

  /**
   * Columns are lent to the receiver until they are applied, then filled again by the thread they
   * came from.
   */
  #receiveScan({ scan, buffer, count }: ScanMessage, thread: Thread): void {
    this.#restartMs = RESTART_FIRST_MS;
    this.#context.emit({ ...scan, sockets: tableOver(buffer, count) }, () => {
      if (thread === this.#thread) this.#tell({ kind: 'returned', buffer }, 'later', [buffer]);
    });
  }

  #receiveDeaths({ deaths, buffer, count }: DeathsMessage, thread: Thread): void {
    this.#context.emit({ ...deaths, sockets: tableOver(buffer, count) }, () => {
      if (thread === this.#thread) this.#tell({ kind: 'taken', rows: count }, 'later');
    });
  }

  /** `later`: the thread finds it when it wakes for another cause. */
  #tell(command: ScanCommand, when: 'now' | 'later', transfer: ArrayBuffer[] = []): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    thread.worker.postMessage(command, transfer);
    if (when === 'later') return;
    Atomics.store(thread.wakeFlag, 0, 1);
    Atomics.notify(thread.wakeFlag, 0);
    if (thread.wakeDescriptor !== undefined) writeSync(thread.wakeDescriptor, WAKE);
  }

  #finish(thread: Thread): void {
    this.#thread = undefined;
    if (thread.wakeDescriptor !== undefined) closeSync(thread.wakeDescriptor);
    if (this.#isStopping) return;
    const reason: KernelErrorReason = 'thread_died';
    const seconds = this.#restartMs / 1000;
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
    this.#context.emit({
      kind: 'source_health',
      source: this.name,
      up: false,
      detail: `The scan thread ended; it is started again in ${seconds} s. No connection is seen.`,
    });
    this.#restart = setTimeout(() => this.#startThread(() => undefined), this.#restartMs);
    this.#restart.unref();
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAXIMUM_MS);
  }
}

function scanSettings(settings: Settings, master: MasterFacts): ScanSettings {
  return {
    ports: {
      publish: master.publishPort,
      request: master.requestPort,
      // A minion's exporter watches the other end of the same connections.
      end: settings.role === 'minion' ? 'remote' : 'local',
    },
    intervalSeconds: settings.scan.intervalSeconds,
    cpuBudgetRatio: settings.scan.cpuBudgetRatio,
  };
}
