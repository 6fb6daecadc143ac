/** The reading thread: sweeps when a watch tells a change and now and then in any case, and hands rows over in small parts. */
import type { MessagePort } from 'node:worker_threads';
import { monotonicMs } from '../../lib/clock.js';
import { DirectoryWatch } from '../../lib/directory-watch.js';
import { loadReadAhead } from '../../lib/read-ahead.js';
import { NameQueue } from './changed-names.js';
import { createPace, type Due, type Pace, type SweepKind } from './pace.js';
import {
  type ReaderCommand,
  type ReaderData,
  type ReaderReport,
  ROWS_MAX,
  type RowsReport,
} from './protocol.js';
import { InventoryScan, type ScanPlaces } from './scan.js';

export class ReaderThread {
  readonly #port: MessagePort;
  readonly #watch: DirectoryWatch;
  #scan: InventoryScan;
  #places: ScanPlaces;
  #generation = 0;
  #pace: Pace = createPace();
  #names = new NameQueue();
  #timer: NodeJS.Timeout | undefined;
  #lostWatches = 0;
  /** Resolves when the receiver asks for more. */
  #next: (() => void) | undefined;
  #isSweeping = false;
  #isStopped = false;

  constructor(port: MessagePort, data: ReaderData) {
    this.#port = port;
    this.#places = data.places;
    this.#scan = new InventoryScan(data.places, loadReadAhead);
    this.#watch = new DirectoryWatch({
      onChange: (directory, name) => {
        const known = name !== undefined && this.#names.add(directory, name);
        this.#pace.changed(monotonicMs(), known ? 'names' : 'all');
        this.#schedule();
      },
      onLost: () => {
        this.#lostWatches += 1;
        this.#pace.changed(monotonicMs(), 'all');
        this.#schedule();
      },
    });
  }

  run(): void {
    this.#port.on('message', (command: ReaderCommand) => {
      if (command.kind === 'next') this.#next?.();
      else if (command.kind === 'stop') this.#stop();
      else this.#configure(command.places);
    });
    this.#schedule();
  }

  #stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#watch.close();
    this.#next?.();
    this.#port.close();
  }

  /** Places that are the same keep what was read. */
  #configure(places: ScanPlaces): void {
    if (JSON.stringify(places) === JSON.stringify(this.#places)) return;
    this.#places = places;
    this.#scan = new InventoryScan(places, loadReadAhead);
    this.#generation += 1;
    this.#pace = createPace();
    this.#names = new NameQueue();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isStopped || this.#isSweeping) return;
    clearTimeout(this.#timer);
    const due = this.#pace.due();
    const second: Due = { atMs: this.#names.secondLookMs, kind: 'names' };
    const { atMs, kind } = second.atMs < due.atMs ? second : due;
    this.#timer = setTimeout(() => this.#sweep(kind), Math.max(0, atMs - monotonicMs()));
  }

  async #sweep(kind: SweepKind): Promise<void> {
    this.#isSweeping = true;
    const scan = this.#scan;
    const generation = this.#generation;
    // Kept: new places bring a pace of their own, which wants a sweep at once.
    const pace = this.#pace;
    if (kind === 'all') {
      // Watch first: what changes between the look and the watch would be missed the other way round.
      await this.#watch.want(scan.directories());
      await this.#watch.verify();
    }
    const started = monotonicMs();
    const names = this.#names.take(started);
    const { upserts, removed, ...sweep } = scan.sweep(
      Date.now(),
      kind === 'all' ? undefined : names,
    );
    const tookMs = monotonicMs() - started;
    pace.swept(monotonicMs(), { kind, tookMs });
    await this.#handOver({ generation, upserts, removed });
    const lost = this.#lostWatches;
    this.#lostWatches = 0;
    const errors = lost > 0 ? [...sweep.errors, ['watch_lost', lost] as const] : sweep.errors;
    this.#report({ kind: 'sweep', generation, ...sweep, errors, tookMs });
    this.#isSweeping = false;
    this.#schedule();
  }

  async #handOver({ generation, upserts, removed }: Omit<RowsReport, 'kind'>): Promise<void> {
    for (let from = 0; from < Math.max(upserts.length, removed.length); from += ROWS_MAX) {
      await this.#hand({
        kind: 'rows',
        generation,
        upserts: upserts.slice(from, from + ROWS_MAX),
        removed: removed.slice(from, from + ROWS_MAX),
      });
      if (this.#isStopped) return;
    }
  }

  #hand(rows: RowsReport): Promise<void> {
    return new Promise((resolve) => {
      this.#next = resolve;
      this.#report(rows);
    });
  }

  #report(report: ReaderReport): void {
    if (!this.#isStopped) this.#port.postMessage(report);
  }
}
