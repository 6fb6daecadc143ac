/**
 * The built kernel source and its peers for tests: collects what is observed and waits for
 * conditions, never for time.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import type {
  LinkDeaths,
  LinkScan,
  ListenerRow,
  Observation,
  SocketColumns,
} from '../../exporter/dist/domain/observations.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import {
  createKernelSource,
  type KernelSource,
  type KernelSourceOptions,
} from '../../exporter/dist/sources/kernel/source.js';
import type { SourceContext } from '../../exporter/dist/sources/source.js';

/**
 * Ports of these tests, below the range that the kernel gives to clients: a client whose own port
 * were the listener's number would look like one of the server's sockets. Another run on the same
 * machine has others.
 */
let portsTaken = 0;
export function takePort(): number {
  portsTaken += 1;
  return 20_000 + ((process.pid * 31) % 12_000) + portsTaken;
}

/** CLOCK_MONOTONIC, the same in every process. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** One socket of a scan or of a batch of deaths; tests copy, the program does not. */
export interface Row {
  readonly port: number;
  readonly state: number;
  readonly hasInfo: number;
  readonly address: string;
  readonly peerPort: number;
  readonly cookie: string;
  readonly bytesAcked: number;
  readonly bytesReceived: number;
}

export interface Scan extends Omit<LinkScan, 'sockets'> {
  readonly rows: readonly Row[];
}

export interface Death extends Row {
  /** When the scan thread read it, and when the main thread had it. */
  readonly readMonoMs: number;
  readonly arrivedMs: number;
}

export class KernelWatch {
  readonly source: KernelSource;
  readonly scans: Scan[] = [];
  readonly deaths: Death[] = [];
  readonly listenerDeaths: ListenerRow[] = [];
  readonly others: Exclude<Observation, LinkScan | LinkDeaths>[] = [];
  readonly #ports: { publish: number; request: number };
  readonly #intervalSeconds: number;
  #changed: () => void = () => undefined;

  constructor(
    ports: { publish: number; request: number },
    options: KernelSourceOptions & { intervalSeconds?: number } = {},
  ) {
    this.#ports = ports;
    this.#intervalSeconds = options.intervalSeconds ?? 0.5;
    this.source = createKernelSource(this.#context(), options);
  }

  get lastScan(): Scan {
    const last = this.scans.at(-1);
    if (last === undefined) throw new Error('no scan yet');
    return last;
  }

  /** Sum over the observations of one kind. */
  get losses(): { overflows: number; eventsLost: number } {
    const sum = { overflows: 0, eventsLost: 0 };
    for (const observation of this.others) {
      if (observation.kind !== 'kernel_loss') continue;
      sum.overflows += observation.overflows;
      sum.eventsLost += observation.eventsLost;
    }
    return sum;
  }

  errors(reason: string): number {
    return this.others.reduce(
      (sum, other) =>
        other.kind === 'source_error' && other.reason === reason ? sum + other.count : sum,
      0,
    );
  }

  /**
   * Resolves at the first observation after which the condition holds; the test's own time-out
   * bounds it.
   */
  async until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
  }

  /** A scan that began after this call. */
  async freshScan(): Promise<Scan> {
    const from = monotonicMs();
    const isFresh = () => this.scans.some((scan) => scan.startedMonoMs > from);
    this.source.requestScan('demand');
    await this.until(isFresh);
    return this.lastScan;
  }

  facts(ports: { publish: number; request: number }) {
    const { settings, master } = this.#context();
    return [
      settings,
      { ...master, publishPort: ports.publish, requestPort: ports.request },
    ] as const;
  }

  /** The source reads these parts of its context only. */
  #context(): SourceContext {
    const { publish, request } = this.#ports;
    return {
      settings: { scan: { intervalSeconds: this.#intervalSeconds, cpuBudgetRatio: 0 } },
      master: { publishPort: publish, requestPort: request },
      clock: { now: () => ({ monoMs: monotonicMs(), wallMs: Date.now() }) },
      log: silentLogger,
      emit: (observation: Observation, onApplied?: () => void) => {
        this.#take(observation);
        onApplied?.();
      },
    } as unknown as SourceContext;
  }

  #take(observation: Observation): void {
    const arrivedMs = monotonicMs();
    if (observation.kind === 'link_scan') {
      const { sockets, ...scan } = observation;
      this.scans.push({ ...scan, rows: rowsOf(sockets) });
    } else if (observation.kind === 'link_deaths') {
      const { readMonoMs } = observation;
      for (const row of rowsOf(observation.sockets))
        this.deaths.push({ ...row, readMonoMs, arrivedMs });
      this.listenerDeaths.push(...observation.listeners);
    } else this.others.push(observation);
    this.#changed();
  }
}

function rowsOf(sockets: SocketColumns): Row[] {
  return Array.from({ length: sockets.count }, (_, row) => ({
    port: sockets.port[row] ?? -1,
    state: sockets.state[row] ?? -1,
    hasInfo: sockets.hasInfo[row] ?? -1,
    address: addressText([...sockets.address.subarray(row * 4, row * 4 + 4)]),
    peerPort: sockets.peerPort[row] ?? -1,
    cookie: `${sockets.cookieHigh[row]}:${sockets.cookieLow[row]}`,
    bytesAcked: sockets.bytesAcked[row] ?? -1,
    bytesReceived: sockets.bytesReceived[row] ?? -1,
  }));
}

function addressText([first, second, third, fourth]: readonly number[]): string {
  const words = [first, second, third, fourth].map((word) => word ?? 0);
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) {
    const last = words[3] ?? 0;
    return [last >>> 24, (last >>> 16) & 255, (last >>> 8) & 255, last & 255].join('.');
  }
  return words.map((word) => word.toString(16)).join(':');
}

/** A child process that holds one end of many connections. */
export class Peers {
  readonly process: ChildProcess;
  readonly #answers = new Map<number, (answer: { value?: unknown; error?: string }) => void>();
  #asked = 0;

  /** In this network namespace, or in ours. */
  constructor(namespace?: string) {
    const script = new URL('./kernel-peers.mjs', import.meta.url).pathname;
    this.process =
      namespace === undefined
        ? fork(script)
        : spawn('ip', ['netns', 'exec', namespace, process.execPath, script], {
            stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
          });
    this.process.on('message', (answer: { id: number; value?: unknown; error?: string }) =>
      this.#answers.get(answer.id)?.(answer),
    );
  }

  ask<T>(command: string, options: Record<string, unknown> = {}): Promise<T> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ value, error }) => {
        this.#answers.delete(id);
        if (error === undefined) resolve(value as T);
        else reject(new Error(error));
      });
      this.process.send({ id, command, options });
    });
  }

  /** SIGKILL: the kernel closes all of its sockets in one instant. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
