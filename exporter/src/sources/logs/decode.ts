/**
 * Lines of a log → counts of its records and named lines, and monitor events. What a line says goes
 * no further than this: it may hold what jobs returned.
 */
import { LOG_SIGNALS } from '../../domain/log-signals.js';
import { LOG_LEVELS, type LogComponent, type LogLevel } from '../../domain/log-vocabulary.js';
import type { MonitorReject } from '../../domain/vocabulary.js';
import type { HeaderFinder, RecordHeader } from './format.js';
import type { LineSink } from './line-reader.js';
import { STRANGE_LINES_FIRST, STRANGE_LINES_LATER } from './options.js';
import { SignalMatcher } from './signal-matcher.js';
import { decodeZmqEvent, ZMQ_EVENT_PREFIX, type ZmqEvent } from './zmq-event.js';

export interface DecoderOutlets {
  readonly onMonitorEvent: (
    event: Extract<ZmqEvent, { ok: true }>,
    pid: string | undefined,
  ) => void;
  readonly onMonitorReject: (reason: MonitorReject) => void;
}

export interface LogCounts {
  /** In the order of LOG_LEVELS and of LOG_SIGNALS. */
  readonly levels: number[];
  readonly signals: number[];
  /** Lines that were longer than what is kept of one. */
  readonly cutLines: number;
}

/** The one logger of Salt's monitors; elsewhere the same text is somebody's data. */
const ZMQ_LOGGER = 'salt.transport.zeromq';

const LEVEL_INDEX: ReadonlyMap<string, number> = new Map(
  LOG_LEVELS.filter((level) => level !== 'other').map((level) => [
    level.toUpperCase(),
    LOG_LEVELS.indexOf(level),
  ]),
);
/** Salt's numbers, for formats that print them; `quiet` (1000) is no level of a record. */
const NUMBERED_LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['1', 'garbage'],
  ['5', 'trace'],
  ['10', 'debug'],
  ['15', 'profile'],
  ['20', 'info'],
  ['30', 'warning'],
  ['40', 'error'],
  ['50', 'critical'],
]);
const OTHER = LOG_LEVELS.indexOf('other');

export class LogDecoder implements LineSink {
  readonly #finders: readonly HeaderFinder[];
  readonly #outlets: DecoderOutlets;
  readonly #matcher: SignalMatcher;
  #levels: number[] = LOG_LEVELS.map(() => 0);
  #signals: number[] = LOG_SIGNALS.map(() => 0);
  #cutLines = 0;
  #hasCounts = false;
  /** Level of the record at hand; undefined before the first one that began in our sight. */
  #level: number | undefined;
  readonly #seenInRecord = new Set<number>();
  #knowsFormat = false;
  #strangeLines = 0;

  /** `finders` in the order in which they are tried. */
  constructor(component: LogComponent, finders: readonly HeaderFinder[], outlets: DecoderOutlets) {
    this.#finders = finders;
    this.#outlets = outlets;
    this.#matcher = new SignalMatcher(component);
  }

  /** Many lines and no header among them: the file is written in another format. */
  get isStrange(): boolean {
    return this.#strangeLines >= (this.#knowsFormat ? STRANGE_LINES_LATER : STRANGE_LINES_FIRST);
  }

  line(text: string, isCut: boolean): void {
    this.#hasCounts = true;
    if (isCut) this.#cutLines += 1;
    const header = this.#header(text);
    if (header === undefined) this.#goOn(text);
    else this.#begin(text, header);
  }

  /** What comes next is not what followed: the record at hand ends. */
  miss(): void {
    this.#level = undefined;
    this.#seenInRecord.clear();
  }

  /** Counts since the last call; undefined when no line came. */
  takeCounts(): LogCounts | undefined {
    if (!this.#hasCounts) return undefined;
    const taken = { levels: this.#levels, signals: this.#signals, cutLines: this.#cutLines };
    this.#levels = LOG_LEVELS.map(() => 0);
    this.#signals = LOG_SIGNALS.map(() => 0);
    this.#cutLines = 0;
    this.#hasCounts = false;
    return taken;
  }

  #header(text: string): RecordHeader | undefined {
    for (const find of this.#finders) {
      const header = find(text);
      if (header !== undefined) return header;
    }
    return undefined;
  }

  #begin(text: string, header: RecordHeader): void {
    this.#knowsFormat = true;
    this.#strangeLines = 0;
    const level = levelIndex(header.level);
    this.#level = level;
    this.#levels[level] = (this.#levels[level] ?? 0) + 1;
    this.#seenInRecord.clear();
    this.#count(this.#matcher.ofMessage(text, header.messageAt, level));
    if (text.startsWith(ZMQ_EVENT_PREFIX, header.messageAt)) this.#monitor(text, header);
  }

  /** A traceback, or the rest of a message: part of the record before it. */
  #goOn(text: string): void {
    this.#strangeLines += 1;
    if (this.#level !== undefined) this.#count(this.#matcher.ofLine(text, 0, this.#level));
  }

  /** Once for each record, however often the record says it. */
  #count(signals: readonly number[]): void {
    for (const signal of signals) {
      if (this.#seenInRecord.has(signal)) continue;
      this.#seenInRecord.add(signal);
      this.#signals[signal] = (this.#signals[signal] ?? 0) + 1;
    }
  }

  #monitor(text: string, { logger, messageAt, pid }: RecordHeader): void {
    if (logger !== undefined && logger !== ZMQ_LOGGER) return;
    const event = decodeZmqEvent(text, messageAt);
    if (event.ok) this.#outlets.onMonitorEvent(event, pid);
    else this.#outlets.onMonitorReject(event.reason);
  }
}

function levelIndex(written: string): number {
  const numbered = NUMBERED_LEVELS.get(written);
  if (numbered !== undefined) return LOG_LEVELS.indexOf(numbered);
  return LEVEL_INDEX.get(written) ?? OTHER;
}
