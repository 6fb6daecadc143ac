/** Salt's own record of its jobs: which were published and which of them a minion returned. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from './lab.js';

export class JobCache {
  readonly #directory: string;

  constructor(lab: Lab) {
    this.#directory = join(lab.configDir, 'cache/jobs');
  }

  /** Ids of all jobs that it keeps. */
  async published(): Promise<ReadonlySet<string>> {
    return new Set((await this.#jobs()).map(({ jid }) => jid));
  }

  /** Ids of the jobs that this minion returned. */
  async returned(minion: string): Promise<ReadonlySet<string>> {
    const jobs = await this.#jobs();
    const has = ({ path }: { path: string }) => existsSync(join(path, minion, 'return.p'));
    return new Set(jobs.filter(has).map(({ jid }) => jid));
  }

  /** `<two digits of a hash>/<the rest>/jid` holds the id of one job. */
  async #jobs(): Promise<readonly { readonly jid: string; readonly path: string }[]> {
    const jobs: { jid: string; path: string }[] = [];
    for (const stem of await readdir(this.#directory)) {
      for (const rest of await readdir(join(this.#directory, stem))) {
        const path = join(this.#directory, stem, rest);
        const jid = await readFile(join(path, 'jid'), 'utf8').catch(() => undefined);
        if (jid !== undefined) jobs.push({ jid, path });
      }
    }
    return jobs;
  }
}
