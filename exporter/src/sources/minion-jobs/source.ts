/**
 * Jobs of this minion by the files that it keeps of them: one in `proc` while a job's process runs,
 * one in `queues` while a job waits. Names are read, contents never. The kernel tells each file that
 * comes, also one that is gone again at once; a look every second makes up for what it did not tell.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.js';
import type { LocalEvent } from '../../domain/local-told.js';
import { DirectoryWatch } from '../../lib/directory-watch.js';
import { errorCode } from '../../lib/regular-file.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from '../source.js';
import { processJid, queuedJid } from './names.js';

/** A minion with more processes or waiting jobs is not told apart any more. */
const FILES_MAX = 4_096;
/** Masters whose queues are watched. */
const QUEUES_MAX = 16;
const LOOK_MS = 1_000;

const ERROR_REASONS = ['watch_lost', 'too_many_files'] as const;

export const minionJobs: SourceDefinition = {
  name: 'minion_jobs',
  errorReasons: ERROR_REASONS,
  enabled: (settings) => settings.role === 'minion',
  create: (context) => new MinionJobs(context),
};

/** Jobs whose file was there at the last look. */
interface Seen {
  readonly began: 'started' | 'queued';
  readonly ended: 'ended' | 'released';
  readonly jidOf: (name: string) => string | undefined;
  jids: Set<string>;
}

export class MinionJobs implements Source {
  readonly name = 'minion_jobs';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  readonly #watch: DirectoryWatch;
  readonly #processes: Seen = {
    began: 'started',
    ended: 'ended',
    jidOf: processJid,
    jids: new Set(),
  };
  readonly #queue: Seen = { began: 'queued', ended: 'released', jidOf: queuedJid, jids: new Set() };
  #cacheDir: string;
  #queues: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isWatched = false;
  #isStopped = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#cacheDir = context.master.cacheDir;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#watch = new DirectoryWatch({
      onChange: (directory, name) => this.#changed(directory, name),
      onLost: () => this.#count('watch_lost'),
    });
  }

  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  async reconfigure(_settings: Settings, master: MasterFacts): Promise<void> {
    if (master.cacheDir === this.#cacheDir) return;
    this.#cacheDir = master.cacheDir;
    this.#tellWatched(false);
    await this.look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#watch.close();
    await this.#looking;
  }

  /** One look at all directories; the timer calls it. Never rejects. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => (this.#isStopped ? undefined : this.#look()));
    return this.#looking;
  }

  get #proc(): string {
    return join(this.#cacheDir, 'proc');
  }

  async #look(): Promise<void> {
    this.#queues = await this.#findQueues();
    await this.#watch.want([this.#proc, ...this.#queues]);
    await this.#watch.verify();
    const problem = await this.#refresh(this.#processes, [this.#proc]);
    await this.#refresh(this.#queue, this.#queues);
    if (this.#isStopped) return;
    this.#tellWatched(problem === undefined);
    if (problem === undefined)
      this.#health.report(true, `Processes and waiting jobs in ${this.#cacheDir}.`);
    else
      this.#health.report(
        false,
        `${this.#proc} ${problem}: which jobs reached the minion is not known.`,
      );
  }

  /** A directory for each master, made when the first job waits. */
  async #findQueues(): Promise<readonly string[]> {
    const base = join(this.#cacheDir, 'queues');
    const names = await readdir(base).catch(() => []);
    return names.slice(0, QUEUES_MAX).map((name) => join(base, name, 'job_queue'));
  }

  /** In words what is wrong; undefined: nothing. */
  async #refresh(seen: Seen, directories: readonly string[]): Promise<string | undefined> {
    const jids = new Set<string>();
    let problem: string | undefined;
    for (const directory of directories) {
      try {
        for (const name of await readdir(directory)) {
          const jid = seen.jidOf(name);
          if (jid !== undefined && jids.size < FILES_MAX) jids.add(jid);
          else if (jid !== undefined) this.#count('too_many_files');
        }
      } catch (error) {
        const code = errorCode(error);
        problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
      }
    }
    const came = [...jids].filter((jid) => !seen.jids.has(jid));
    const went = [...seen.jids].filter((jid) => !jids.has(jid));
    seen.jids = jids;
    this.#tell([
      ...came.map((jid) => this.#event(seen.began, jid)),
      ...went.map((jid) => this.#event(seen.ended, jid)),
    ]);
    return problem;
  }

  /** The name alone says that it came, whether or not it is still there. */
  #changed(directory: string, name: string | undefined): void {
    const seen = directory === this.#proc ? this.#processes : this.#queue;
    const jid = name === undefined ? undefined : seen.jidOf(name);
    if (jid !== undefined && !seen.jids.has(jid) && seen.jids.size < FILES_MAX) {
      seen.jids.add(jid);
      this.#tell([this.#event(seen.began, jid)]);
    }
  }

  #event(what: 'started' | 'ended' | 'queued' | 'released', jid: string): LocalEvent {
    return { what, jid, monoMs: this.#context.clock.now().monoMs };
  }

  #tell(events: readonly LocalEvent[]): void {
    if (events.length === 0 || this.#isStopped) return;
    this.#context.emit({ kind: 'local_events', events });
  }

  #tellWatched(watched: boolean): void {
    if (watched === this.#isWatched) return;
    this.#isWatched = watched;
    const { monoMs } = this.#context.clock.now();
    this.#context.emit({ kind: 'local_watch', part: 'processes', watched, monoMs });
  }

  #count(reason: (typeof ERROR_REASONS)[number]): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
  }
}
