/** The audit log: one line of JSON for each thing that was decided or done, written before anything is run. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** Read at the start, so that a restart does not forget whom to leave alone. */
const TAIL_BYTES = 1_048_576;
const OWNER_ONLY = 0o600;
/** Refusals a minute that are written one by one; whoever floods the webhook must not fill the disk. */
export const REFUSALS_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export type AuditFields = Readonly<
  Record<string, string | number | boolean | null | readonly string[]>
>;

export interface PastRun {
  readonly minion: string;
  readonly wallMs: number;
}

export class AuditLog {
  readonly #path: string;
  #minuteMs = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #unwritten = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws when it cannot be written: then nothing may be run. Opened each time, so it can be rotated by renaming. */
  write(event: string, fields: AuditFields, wallMs: number): void {
    const line = JSON.stringify({ time: new Date(wallMs).toISOString(), event, ...fields });
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
    const file = openSync(this.#path, flags | constants.O_NOFOLLOW, OWNER_ONLY);
    try {
      writeSync(file, `${line}\n`);
    } finally {
      closeSync(file);
    }
  }

  /** As `write`, and beyond so many a minute only counted. */
  writeRefusal(fields: AuditFields, wallMs: number): void {
    if (wallMs - this.#minuteMs >= MINUTE_MS || wallMs < this.#minuteMs) {
      if (this.#unwritten > 0) this.write('more_refused', { count: this.#unwritten }, wallMs);
      this.#minuteMs = wallMs;
      this.#refusals = 0;
      this.#unwritten = 0;
    }
    this.#refusals += 1;
    if (this.#refusals <= REFUSALS_PER_MINUTE) this.write('refused', fields, wallMs);
    else this.#unwritten += 1;
  }

  /** Commands that the end of the log tells of, the oldest first. A line that is none of ours is passed over. */
  pastRuns(): readonly PastRun[] {
    return this.#tail().flatMap((line) => {
      const run = pastRun(line);
      return run === undefined ? [] : [run];
    });
  }

  #tail(): readonly string[] {
    let file: number;
    try {
      file = openSync(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      const isNew = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isNew) return [];
      throw error;
    }
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.subarray(0, length).toString('utf8').split('\n');
    } finally {
      closeSync(file);
    }
  }
}

function pastRun(line: string): PastRun | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null) return undefined;
    if (!('event' in entry && 'minion' in entry && 'time' in entry)) return undefined;
    if (entry.event !== 'run' && entry.event !== 'dry_run') return undefined;
    const wallMs = Date.parse(String(entry.time));
    if (typeof entry.minion !== 'string' || Number.isNaN(wallMs)) return undefined;
    return { minion: entry.minion, wallMs };
  } catch {
    // The first line of a tail is half a line, the last one is empty.
    return undefined;
  }
}
