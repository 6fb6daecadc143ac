/**
 * The scan thread: one loop that waits, reads destroy events, and scans when a scan is due. Because
 * one thread does both in this order, a death that was read before a dump began can never be undone
 * by a row of that dump. One that is read while a dump runs is told before that dump: the domain
 * remembers ended cookies, so that an older row of the dump brings nothing back to life.
 */
import { readSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ListenerRow } from '../../domain/observations.js';
import { PUBLISH } from '../../domain/vocabulary.js';
import { monotonicMs } from '../../lib/clock.js';
import { type Libc, type LibcLoad, POLLFD_BYTES, POLLIN } from '../../lib/libc.js';
import { Cadence } from './cadence.js';
import { DEATH_BUFFER_BYTES, type DeathBatch, type DestroyEvents } from './destroy-events.js';
import { MasterProcesses } from './master-processes.js';
import { readListenOverflows } from './net-statistics.js';
import type { ScanCommand, ScanReport, ScanSettings, ScanThreadData } from './protocol.js';
import { ReasonCounts } from './reasons.js';
import { type Sight, SocketReader } from './socket-reader.js';
import { createTable, SOCKET_ROWS_INITIAL, type SocketTable, tableOver } from './socket-table.js';

/**
 * No wait is longer, so that a program that exits without stopping its sources waits for us no
 * longer than this.
 */
const WAIT_MAXIMUM_MS = 500;
/**
 * After events were read the next ones may gather so long: a storm then wakes us a hundred times a
 * second at most.
 */
const DEATHS_GATHER_MS = 10;
/** While a dump runs (35 ms for 20,000 links, more on a busy machine) deaths wait no longer. */
const DUMP_LOOK_MS = 5;
/**
 * Events that are read at one such look: 1 to 2 ms of work for 5 ms of dumping, so that a storm of
 * deaths cannot keep a dump from its end. The rest is read when the dump has ended.
 */
export const DUMP_LOOK_EVENTS = 256;
/**
 * Rows on their way to the main thread; beyond, events wait in the kernel, where losses are counted
 * exactly.
 */
const DEATH_ROWS_UNDERWAY_MAXIMUM = 65_536;
/** One is filled while the other is read. */
const TABLES_MAXIMUM = 2;
/** Retransmission time-outs in a row; one alone is a lost packet, two come 0.6 s after the data. */
const SILENT_BACKOFF = 2;

export class ScanThread {
  readonly #port: MessagePort;
  readonly #libc: Libc | undefined;
  readonly #wakeFlag: Int32Array;
  readonly #wakeDescriptor: number;
  readonly #reasons = new ReasonCounts();
  readonly #reader: SocketReader;
  readonly #cadence: Cadence;
  readonly #processes = new MasterProcesses();
  readonly #pollSet = new DataView(new ArrayBuffer(2 * POLLFD_BYTES));
  readonly #free: SocketTable[] = [];
  #settings: ScanSettings;
  #tables = 0;
  #deathRowsUnderway = 0;
  #gatherUntilMs = 0;
  #dumpLookMs = 0;
  /** Links in the last scan that did not answer. */
  #silent = 0;
  /** Listeners that died while the dump at hand ran: `cookieHigh:cookieLow`. */
  readonly #diedInDump = new Set<string>();
  #sight: Sight = { up: false, detail: '' };
  #isReady = false;
  #isStopping = false;

  constructor(port: MessagePort, data: ScanThreadData, load: LibcLoad) {
    this.#port = port;
    this.#settings = data.settings;
    this.#wakeFlag = data.wakeFlag;
    this.#libc = load.ok ? load.libc : undefined;
    this.#wakeDescriptor = this.#libc?.eventfd() ?? -1;
    this.#reader = new SocketReader(load, data.settings.ports, {
      reasons: this.#reasons,
      deathBufferBytes: data.deathBufferBytes ?? DEATH_BUFFER_BYTES,
    });
    this.#cadence = new Cadence(data.settings);
  }

  /** Returns when it was told to stop. */
  run(): void {
    if (this.#wakeDescriptor >= 0) this.#report({ kind: 'wake', descriptor: this.#wakeDescriptor });
    try {
      while (!this.#isStopping) {
        this.#readDeaths();
        this.#scanWhenDue();
        this.#sweepProcesses();
        this.#reportReasons();
        this.#wait();
        this.#takeCommands();
      }
    } finally {
      this.#reader.close();
    }
  }

  #wait(): void {
    const nowMs = monotonicMs();
    const deaths = this.#readableDeaths();
    const gathering = deaths !== undefined && nowMs < this.#gatherUntilMs;
    const dueMs = Math.min(
      this.#cadence.dueMs,
      this.#processes.dueMs,
      gathering ? this.#gatherUntilMs : Number.POSITIVE_INFINITY,
    );
    const timeoutMs = Math.ceil(Math.min(Math.max(dueMs - nowMs, 0), WAIT_MAXIMUM_MS));
    if (this.#libc === undefined || this.#wakeDescriptor < 0) {
      Atomics.wait(this.#wakeFlag, 0, 0, timeoutMs);
      Atomics.store(this.#wakeFlag, 0, 0);
      return;
    }
    this.#watch(0, this.#wakeDescriptor);
    if (deaths !== undefined) this.#watch(1, deaths.descriptor);
    const watched = deaths === undefined || gathering ? 1 : 2;
    const bytes = new Uint8Array(this.#pollSet.buffer);
    if (this.#libc.poll(bytes, watched, timeoutMs) > 0 && this.#isReadable(0))
      readSync(this.#wakeDescriptor, new Uint8Array(8));
  }

  /** struct pollfd in the machine's byte order. */
  #watch(index: number, descriptor: number): void {
    const { buffer } = this.#pollSet;
    new Int32Array(buffer, index * POLLFD_BYTES, 1)[0] = descriptor;
    new Int16Array(buffer, index * POLLFD_BYTES + 4, 2).set([POLLIN, 0]);
  }

  #isReadable(index: number): boolean {
    const events = new Int16Array(this.#pollSet.buffer, index * POLLFD_BYTES + 6, 1);
    return ((events[0] ?? 0) & POLLIN) !== 0;
  }

  #takeCommands(): void {
    for (;;) {
      const received: { message: ScanCommand } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#obey(received.message);
    }
  }

  #obey(command: ScanCommand): void {
    if (command.kind === 'stop') this.#isStopping = true;
    else if (command.kind === 'scan') this.#cadence.wish(command.trigger, monotonicMs());
    else if (command.kind === 'returned') this.#free.push(tableOver(command.buffer, 0));
    else if (command.kind === 'taken') this.#deathRowsUnderway -= command.rows;
    else {
      const { ports } = command.settings;
      const isMoved =
        ports.publish !== this.#settings.ports.publish ||
        ports.request !== this.#settings.ports.request;
      this.#settings = command.settings;
      this.#cadence.configure(command.settings);
      if (!isMoved) return;
      this.#reader.configure(ports);
      this.#cadence.wish('demand', monotonicMs());
    }
  }

  #readableDeaths(): DestroyEvents | undefined {
    const isFull = this.#deathRowsUnderway >= DEATH_ROWS_UNDERWAY_MAXIMUM;
    return isFull ? undefined : this.#reader.deaths;
  }

  /** Always before a scan; else not while events gather. */
  #readDeaths(): void {
    const nowMs = monotonicMs();
    if (nowMs < this.#gatherUntilMs && nowMs < this.#cadence.dueMs) return;
    this.#drainDeaths();
  }

  #drainDeaths(): void {
    for (;;) {
      const deaths = this.#readableDeaths();
      if (deaths === undefined) return;
      const { batch, drained } = deaths.drain();
      if (batch !== undefined) this.#reportDeaths(batch);
      if (!drained) continue;
      this.#reportLoss(deaths);
      return;
    }
  }

  /**
   * Between two parts of a dump. An overflow that is met here is told when the dump has ended: what
   * it lost may be missing from this dump's earlier parts only, so another dump must follow.
   */
  readonly #lookForDeaths = (nowMs: number): void => {
    if (nowMs < this.#dumpLookMs) return;
    const batch = this.#readableDeaths()?.drain(DUMP_LOOK_EVENTS).batch;
    if (batch !== undefined) {
      this.#reportDeaths(batch);
      for (const listener of batch.listeners) this.#diedInDump.add(cookieOf(listener));
    }
    this.#dumpLookMs = monotonicMs() + DUMP_LOOK_MS;
  };

  #reportDeaths({ table, listeners }: DeathBatch): void {
    const readMonoMs = monotonicMs();
    this.#gatherUntilMs = readMonoMs + DEATHS_GATHER_MS;
    if (listeners.length > 0 || holdsPublishLink(table)) this.#cadence.wish('fault', readMonoMs);
    this.#deathRowsUnderway += table.count;
    const { buffer, count } = table;
    const deaths = { kind: 'link_deaths', readMonoMs, listeners } as const;
    this.#report({ kind: 'deaths', deaths, buffer, count }, [buffer]);
  }

  #reportLoss(deaths: DestroyEvents): void {
    const loss = deaths.takeLoss();
    if (loss === undefined) return;
    this.#report({ kind: 'observation', observation: { kind: 'kernel_loss', ...loss } });
    this.#cadence.wish('overflow', monotonicMs());
  }

  #scanWhenDue(): void {
    const startedMonoMs = monotonicMs();
    if (startedMonoMs < this.#cadence.dueMs) return;
    const table = this.#takeTable();
    if (table === undefined) {
      this.#reasons.add('main_busy');
      this.#cadence.skipped(startedMonoMs);
      return;
    }
    const trigger = this.#cadence.triggerAt(startedMonoMs);
    const cpuBefore = this.#cpuSeconds();
    this.#diedInDump.clear();
    this.#dumpLookMs = startedMonoMs + DUMP_LOOK_MS;
    const scan = this.#reader.scan(table, startedMonoMs, this.#lookForDeaths);
    const listenOverflows = readListenOverflows();
    const endedMonoMs = monotonicMs();
    const cpuSeconds = this.#cpuSeconds() - cpuBefore;
    this.#cadence.scanned(startedMonoMs, cpuSeconds);
    this.#lookForSilence(scan.table);
    this.#reportSight();
    const { buffer, count } = scan.table;
    this.#report(
      {
        kind: 'scan',
        scan: {
          kind: 'link_scan',
          trigger,
          complete: scan.complete,
          origin: scan.origin,
          startedMonoMs,
          endedMonoMs,
          cpuSeconds,
          intervalSeconds: this.#cadence.intervalSeconds,
          listeners: scan.listeners.filter((row) => !this.#diedInDump.has(cookieOf(row))),
          listenOverflows,
        },
        buffer,
        count,
      },
      [buffer],
    );
    // What came while the dump ran, and the loss that a look between its parts may have met.
    this.#drainDeaths();
    if (this.#isReady) return;
    this.#isReady = true;
    this.#report({ kind: 'ready' });
  }

  /**
   * A host that stops answering is a fault when it begins, not for the quarter of an hour it lasts.
   */
  #lookForSilence(table: SocketTable): void {
    const silent = countSilent(table);
    if (silent > this.#silent) this.#cadence.wish('fault', monotonicMs());
    this.#silent = silent;
  }

  #takeTable(): SocketTable | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#tables >= TABLES_MAXIMUM) return free;
    this.#tables += 1;
    return createTable(SOCKET_ROWS_INITIAL);
  }

  /** Without the C library the wall time stands in: an upper bound. */
  #cpuSeconds(): number {
    return this.#libc?.threadCpuSeconds() ?? monotonicMs() / 1000;
  }

  #reportSight(): void {
    const { sight } = this.#reader;
    if (sight.up === this.#sight.up && sight.detail === this.#sight.detail) return;
    this.#sight = sight;
    this.#report({
      kind: 'observation',
      observation: { kind: 'source_health', source: 'kernel', ...sight },
    });
  }

  #sweepProcesses(): void {
    const observation = this.#processes.step(monotonicMs());
    if (observation !== undefined) this.#report({ kind: 'observation', observation });
  }

  #reportReasons(): void {
    for (const [reason, count] of this.#reasons.take())
      this.#report({
        kind: 'observation',
        observation: { kind: 'source_error', source: 'kernel', reason, count },
      });
  }

  #report(report: ScanReport, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(report, transfer);
  }
}

function cookieOf({ cookieHigh, cookieLow }: ListenerRow): string {
  return `${cookieHigh}:${cookieLow}`;
}

/** Request links end with every command of a client: only those of subscribers are news. */
function holdsPublishLink({ port, count }: SocketTable): boolean {
  const at = port.indexOf(PUBLISH);
  return at >= 0 && at < count;
}

function countSilent({ backoff, count }: SocketTable): number {
  let silent = 0;
  for (let row = 0; row < count; row += 1) if ((backoff[row] ?? 0) >= SILENT_BACKOFF) silent += 1;
  return silent;
}
