/** Watches directories by inotify and notices when a watch is lost: the directory went, or another one stands in its place. */
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface DirectoryWatchEvents {
  /**
   * Something changed in a directory, or it (re)appeared; may come many times for one change. `name` as inotify gives it, read as
   * UTF-8; undefined: anything may have changed.
   */
  readonly onChange: (directory: string, name: string | undefined) => void;
  /** A watch that worked is gone, or one cannot be had; said once, `verify` tries again. */
  readonly onLost: (directory: string) => void;
}

interface Watched {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** Directories watched at once; each takes one inotify watch of the user's limit (8192 and up). */
const WATCHES_MAX = 64;

export class DirectoryWatch {
  readonly #events: DirectoryWatchEvents;
  readonly #watched = new Map<string, Watched>();
  /** Directories that exist and cannot be watched; said once. */
  readonly #refused = new Set<string>();
  #wanted: readonly string[] = [];
  #closed = false;

  constructor(events: DirectoryWatchEvents) {
    this.#events = events;
  }

  /** Directories in force from now on; those that do not exist yet are taken up by a later `verify`. */
  async want(directories: readonly string[]): Promise<void> {
    this.#wanted = directories.slice(0, WATCHES_MAX);
    for (const directory of this.#watched.keys())
      if (!this.#wanted.includes(directory)) this.#drop(directory);
    for (const directory of this.#refused)
      if (!this.#wanted.includes(directory)) this.#refused.delete(directory);
    await this.#take(false);
  }

  /** To be called now and then: inotify itself is silent about a directory that was moved away and replaced. */
  async verify(): Promise<void> {
    await this.#take(true);
  }

  close(): void {
    this.#closed = true;
    for (const directory of [...this.#watched.keys()]) this.#drop(directory);
  }

  async #take(tell: boolean): Promise<void> {
    for (const directory of this.#wanted) {
      const identity = await identityOf(directory);
      if (this.#closed) return;
      const old = this.#watched.get(directory);
      if (old !== undefined && old.identity === identity) continue;
      if (old !== undefined) this.#lose(directory);
      if (identity === undefined || !this.#wanted.includes(directory)) continue;
      this.#start(directory, identity);
      if (tell && this.#watched.has(directory)) this.#events.onChange(directory, undefined);
    }
  }

  #start(directory: string, identity: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) =>
        this.#events.onChange(directory, name ?? undefined),
      );
      watcher.on('error', () => this.#lose(directory));
      this.#watched.set(directory, { identity, watcher });
      this.#refused.delete(directory);
    } catch {
      // No inotify watch left, or the directory went in between: the caller's polling goes on, and verify tries again.
      if (!this.#refused.has(directory)) this.#events.onLost(directory);
      this.#refused.add(directory);
    }
  }

  #lose(directory: string): void {
    if (!this.#watched.has(directory)) return;
    this.#drop(directory);
    this.#events.onLost(directory);
  }

  #drop(directory: string): void {
    this.#watched.get(directory)?.watcher.close();
    this.#watched.delete(directory);
  }
}

/** Device and inode; undefined when there is no such directory. */
async function identityOf(directory: string): Promise<string | undefined> {
  try {
    const found = await stat(directory);
    return found.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    return undefined; // it does not exist, or may not be looked at: not watched then
  }
}
