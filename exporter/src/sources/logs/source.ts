/** Salt's logs of this host: levels, named lines and monitor events are counted, nothing of their text is kept. */
import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Settings } from '../../config/settings.js';
import { errorText } from '../../lib/errors.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, SaltLog, Source, SourceContext, SourceDefinition } from '../source.js';
import { healthText } from './health-text.js';
import { LogReader } from './log-reader.js';
import { READ_BUFFER_BYTES } from './open-file.js';
import { ABSENT_LOOKS, CHUNK_BYTES, LOOK_BYTES_MAX, LOOK_MS, SLICE_MS } from './options.js';
import { TAIL_ERRORS } from './tail.js';

const LOG_ERROR_REASONS = [
  ...TAIL_ERRORS,
  /** A line was longer than what is kept of one; it counts all the same. */
  'line_cut',
  /** `log_fmt_logfile` is one in which no records can be told. */
  'format',
] as const;

export const logsSource: SourceDefinition = {
  name: 'logs',
  errorReasons: LOG_ERROR_REASONS,
  enabled: () => true,
  create: (context) => new LogsSource(context),
};

export class LogsSource implements Source {
  readonly name = 'logs';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  readonly #buffer = Buffer.alloc(READ_BUFFER_BYTES);
  #master: MasterFacts;
  #readers: LogReader[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turns = 0;
  /** Looks, reconfigurations and the end come one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;
  /** Ends a wait for the domain when the program ends. */
  #release: () => void = () => undefined;
  #warnedOfMonitor = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#master = context.master;
    this.#health = createHealthReporter(this.name, context.emit);
  }

  /** The first look is taken here: what is written after the start is counted. */
  async start(): Promise<void> {
    await this.#adopt(this.#master);
    this.#schedule();
  }

  async reconfigure(_settings: Settings, master: MasterFacts): Promise<void> {
    this.#work = this.#work.then(() => this.#adopt(master));
    await this.#work;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#release();
    await this.#work;
    for (const reader of this.#readers) await reader.close();
  }

  /** One look at every file, and what it brings; the timer calls it. Never rejects. */
  turn(): Promise<void> {
    this.#work = this.#work.then(async () => {
      try {
        if (!this.#isStopped) await this.#look();
      } catch (error) {
        const { emit, log } = this.#context;
        log.error('Reading the logs failed', { error: errorText(error) });
        emit({ kind: 'source_error', source: this.name, reason: 'read_failed', count: 1 });
      }
    });
    return this.#work;
  }

  async #look(): Promise<void> {
    this.#turns += 1;
    const isRare = this.#turns % ABSENT_LOOKS === 0;
    for (const reader of this.#readers) if (isRare || !reader.isAbsent) await reader.look();
    await this.#readAll();
    this.#report();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    // Never rejects.
    this.#timer = setTimeout(() => void this.turn().then(() => this.#schedule()), LOOK_MS);
  }

  async #adopt(master: MasterFacts): Promise<void> {
    this.#master = master;
    this.#warnOfMonitor();
    const before = this.#readers;
    this.#readers = master.logs.map(
      (log) => before.find((reader) => reader.serves(log, master)) ?? this.#open(log),
    );
    for (const reader of before) if (!this.#readers.includes(reader)) await reader.close();
    for (const reader of this.#readers) if (!before.includes(reader)) await reader.look();
    this.#report();
  }

  #open(log: SaltLog): LogReader {
    return new LogReader({
      log: { ...log, path: log.path.includes('://') ? log.path : resolve('/', log.path) },
      master: this.#master,
      clock: this.#context.clock,
      emit: this.#context.emit,
      isTaken: (identity) => this.#readers.some((reader) => reader.identity === identity),
    });
  }

  /** A chunk of each in turn, until there is no more or this look's share is used up. */
  async #readAll(): Promise<void> {
    let left = LOOK_BYTES_MAX;
    let busy: readonly LogReader[] = this.#readers;
    while (busy.length > 0 && left > 0 && !this.#isStopped) {
      const more: LogReader[] = [];
      for (const reader of busy) {
        const bytes = await reader.read(this.#buffer);
        if (bytes === undefined) continue;
        await this.#decode(reader, bytes);
        left -= bytes.length;
        if (bytes.length === CHUNK_BYTES) more.push(reader);
      }
      busy = more;
    }
    for (const reader of this.#readers) await this.#tell(reader);
  }

  async #decode(reader: LogReader, bytes: Buffer): Promise<void> {
    const { clock } = this.#context;
    let endMs = clock.now().monoMs + SLICE_MS;
    for (let at = 0; at < bytes.length; ) {
      at = reader.feed(bytes, at);
      if (clock.now().monoMs < endMs || at === bytes.length) continue;
      await nextTurn();
      endMs = clock.now().monoMs + SLICE_MS;
    }
    await this.#tell(reader);
  }

  /** Reading goes on when the domain has taken what was told: a busy domain slows us, and is not flooded. */
  async #tell(reader: LogReader): Promise<void> {
    const told = reader.takeRecords();
    if (told === undefined || this.#isStopped) return;
    await new Promise<void>((taken) => {
      this.#release = taken;
      this.#context.emit(told, taken);
    });
  }

  #report(): void {
    const { clock, log } = this.#context;
    for (const reader of this.#readers) {
      const news = reader.tellState();
      if (news !== undefined) log.warn(news, { component: reader.component, path: reader.path });
    }
    const { up, detail } = healthText(this.#readers, this.#master.zmqMonitor, clock.now().monoMs);
    this.#health.report(up, detail);
  }

  /** Once for as long as it stands there. */
  #warnOfMonitor(): void {
    if (this.#master.zmqMonitor && !this.#warnedOfMonitor)
      this.#context.log.warn(
        'zmq_monitor: True stands in the configuration of the master: its request server crashes and restarts for ever, and the request port never opens. Set it on minions only.',
        { salt_issue: 59_002 },
      );
    this.#warnedOfMonitor = this.#master.zmqMonitor;
  }
}
