/** Events as structured lines of JSON for log stores such as Loki: one event, one line. */
import type { Settings } from './config/settings.js';
import type { EventLog } from './history/event-log.js';
import type { HistoryEvent } from './history/record.js';
import { type LineFigures, type LineTarget, LineWriter } from './lib/line-writer.js';
import type { Logger } from './lib/log.js';

/** What a terminal, an editor or a reader of lines takes for more than a character; JSON escapes only what is below a space. */
const ACTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Writes every event that the history's log tells, while the settings ask for it. */
export class EventLines {
  readonly #writer: LineWriter<HistoryEvent> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: { readonly settings: Settings; readonly log: Logger }) {
    const target = targetOf(options.settings.events.log);
    this.#writer = target && new LineWriter({ target, lineOf: eventLine, log: options.log });
  }

  start(log: EventLog): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    // Opened now, so that a path that cannot be written is said at the start.
    writer.reopen();
    this.#stopListening = log.listen((events) => writer.add(events));
  }

  /** undefined: they are off. */
  figures(): LineFigures | undefined {
    return this.#writer?.figures();
  }

  /** After the file was renamed. */
  reopen(): void {
    this.#writer?.reopen();
  }

  async stop(): Promise<void> {
    this.#stopListening?.();
    await this.#writer?.stop();
  }
}

/**
 * The event as `/api/v1/events` has it, with its instant as text before it; without what it has
 * nothing to say of.
 */
export function eventLine(event: HistoryEvent): string {
  const { atMs, ...rest } = event;
  const known = Object.entries(rest).filter(([, value]) => value !== null);
  const line = { time: timeOf(atMs), atMs, ...Object.fromEntries(known) };
  return JSON.stringify(line).replace(ACTIVE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A stamp can be beyond what has a form as text. */
function timeOf(atMs: number): string | undefined {
  const time = new Date(atMs);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function targetOf(log: string | undefined): LineTarget | undefined {
  if (log === undefined) return undefined;
  return log === 'stdout' ? 'stdout' : { path: log };
}
