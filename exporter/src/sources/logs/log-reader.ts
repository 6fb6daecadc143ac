/** One log of Salt: its file, its format, what was counted of it, and how it is. */
import type { LogComponent, LogRecords } from '../../domain/log-vocabulary.js';
import { LOG_SOURCE } from '../../domain/monitor.js';
import type { Observation } from '../../domain/observations.js';
import type { Clock } from '../../lib/clock.js';
import type { MasterFacts, SaltLog } from '../source.js';
import { LogDecoder } from './decode.js';
import { type CompiledFormat, compileFormat, type HeaderFinder } from './format.js';
import { LineReader } from './line-reader.js';
import { SKIP_TOLD_MS } from './options.js';
import { LogTail, type TailState } from './tail.js';
import { MonitorSockets } from './zmq-sockets.js';

export interface LogReaderOptions {
  readonly log: SaltLog;
  readonly master: MasterFacts;
  readonly clock: Clock;
  readonly emit: (observation: Observation) => void;
  readonly isTaken: (identity: string) => boolean;
}

/** How the log is, for people; `format`: its records cannot be told. */
export type LogCondition = TailState | { readonly kind: 'format'; readonly detail: string };

export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #format: CompiledFormat;
  readonly #decoder: LogDecoder;
  readonly #tail: LogTail;
  readonly #sockets: MonitorSockets;
  /** Ports that tell the master's sockets apart; another reader serves others. */
  readonly #key: string;
  #skippedMonoMs = Number.NEGATIVE_INFINITY;
  #toldIsRead: boolean | undefined;
  #toldCondition = '';

  constructor(options: LogReaderOptions) {
    const { log, clock } = options;
    this.#options = options;
    this.#key = keyOf(log, options.master);
    this.#format = compileFormat(log.format, log.dateFormat);
    this.#sockets = new MonitorSockets(log, options.master);
    this.#decoder = new LogDecoder(log.component, findersFor(this.#format), {
      onMonitorEvent: (event, pid) =>
        options.emit({
          kind: 'monitor_event',
          source: LOG_SOURCE,
          ...this.#sockets.name(event, pid),
        }),
      onMonitorReject: (reason) =>
        options.emit({ kind: 'monitor_rejected', source: LOG_SOURCE, reason }),
    });
    this.#tail = new LogTail(log.path, {
      clock,
      lines: new LineReader(this.#decoder),
      isTaken: options.isTaken,
      onMissed: () => {
        this.#decoder.miss();
        this.#sockets.miss();
      },
      onError: (reason) => {
        if (reason === 'skipped' || reason === 'rotated_away')
          this.#skippedMonoMs = clock.now().monoMs;
        this.#count(reason, 1);
      },
    });
    // The master's log is always wanted, and stands at 0 from the start.
    if (log.component === 'master') this.#tellIsRead(false);
    if (!this.#format.ok) this.#count('format', 1);
  }

  get component(): LogComponent {
    return this.#options.log.component;
  }

  get path(): string {
    return this.#options.log.path;
  }

  get level(): string {
    return this.#options.log.level;
  }

  get identity(): string | undefined {
    return this.#tail.identity;
  }

  get isAbsent(): boolean {
    return this.#tail.state.kind === 'missing' && this.#tail.identity === undefined;
  }

  get condition(): LogCondition {
    const { state } = this.#tail;
    if (state.kind !== 'reading') return state;
    if (!this.#format.ok)
      return { kind: 'format', detail: `log_fmt_logfile ${this.#format.problem}` };
    if (this.#decoder.isStrange)
      return { kind: 'format', detail: 'none of its lines looks like log_fmt_logfile' };
    return state;
  }

  /** It grew faster than it may be read, within the last minute. */
  isSkipping(nowMonoMs: number): boolean {
    return nowMonoMs - this.#skippedMonoMs < SKIP_TOLD_MS;
  }

  /** Whether this reader is the one for this log as it is configured now. */
  serves(log: SaltLog, master: MasterFacts): boolean {
    return this.#key === keyOf(log, master);
  }

  look(): Promise<void> {
    return this.#tail.look();
  }

  read(buffer: Buffer): Promise<Buffer | undefined> {
    return this.#tail.read(buffer);
  }

  feed(bytes: Buffer, from: number): number {
    return this.#tail.feed(bytes, from);
  }

  /** What was counted since the last call; undefined when nothing was read. */
  takeRecords(): LogRecords | undefined {
    const { read, skipped } = this.#tail.takeBytes();
    const counts = this.#decoder.takeCounts();
    if (counts === undefined && read === 0 && skipped === 0) return undefined;
    if (counts !== undefined && counts.cutLines > 0) this.#count('line_cut', counts.cutLines);
    return {
      kind: 'log_records',
      component: this.component,
      levels: counts?.levels ?? [],
      signals: counts?.signals ?? [],
      readBytes: read,
      skippedBytes: skipped,
    };
  }

  /** Tells the domain whether it is read; returns what the operator should hear, once. */
  tellState(): string | undefined {
    const { condition } = this;
    const isRead = condition.kind === 'reading';
    if (isRead || condition.kind !== 'missing' || this.#toldIsRead !== undefined)
      this.#tellIsRead(isRead);
    const isSkipping = this.isSkipping(this.#options.clock.now().monoMs);
    const told = isSkipping ? 'skipping' : condition.kind;
    if (told === this.#toldCondition) return undefined;
    this.#toldCondition = told;
    if (isSkipping)
      return 'A log grows faster than it may be read: parts of it are passed over, and counted in bytes';
    if (condition.kind === 'format')
      return `The records of a log cannot be told apart: ${condition.detail}`;
    return undefined;
  }

  close(): Promise<void> {
    return this.#tail.close();
  }

  #tellIsRead(isRead: boolean): void {
    if (this.#toldIsRead === isRead) return;
    this.#toldIsRead = isRead;
    this.#options.emit({ kind: 'log_file', component: this.component, isRead });
  }

  #count(reason: string, count: number): void {
    this.#options.emit({ kind: 'source_error', source: 'logs', reason, count });
  }
}

/** What an operator may have set after the daemon began to write in Salt's own format counts too. */
function findersFor(format: CompiledFormat): readonly HeaderFinder[] {
  const standard = compileFormat(undefined, undefined);
  return [format, standard].flatMap((compiled) => (compiled.ok ? [compiled.find] : []));
}

function keyOf(log: SaltLog, { publishPort, requestPort }: MasterFacts): string {
  return JSON.stringify([log, publishPort, requestPort]);
}
