/** One look at what the master keeps of one job: which files exist, never what is in them. */
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobCacheAnswer, JobCacheQuestion } from '../../domain/job-cache-answer.js';
import { errorCode } from '../../lib/regular-file.js';
import { isMinionName } from './layout.js';
import { ENTRIES_MAX, ENTRIES_PER_READ, FILES_MAX, LOOKS_AT_ONCE } from './options.js';

export type JobReading = Omit<JobCacheAnswer, 'kind' | 'jid' | 'readMonoMs'>;

export interface ReadJobOptions {
  /** The job's directory. */
  readonly path: string;
  /** Ids whose returns are looked for first. */
  readonly minions: JobCacheQuestion['minions'];
  /** Tests are full with fewer. */
  readonly entriesMax?: number;
  readonly filesMax?: number;
}

const NOTHING: JobReading = {
  state: 'absent',
  loadWritten: false,
  nocache: false,
  minions: [],
  truncated: false,
};
export const UNREADABLE: JobReading = { ...NOTHING, state: 'unreadable' };

interface Listing {
  readonly names: readonly string[];
  readonly truncated: boolean;
}

/** Never rejects. `absent`: its directory does not exist; whether that of all jobs does is another question. */
export async function readJob(options: ReadJobOptions): Promise<JobReading> {
  const { path, minions, entriesMax = ENTRIES_MAX, filesMax = FILES_MAX } = options;
  try {
    // A link in its place is nothing that Salt made.
    if (!(await lstat(path)).isDirectory()) return UNREADABLE;
    const listing = await listDirectories(path, entriesMax);
    return {
      state: 'present',
      loadWritten: await isFile(join(path, '.load.p')),
      nocache: await isFile(join(path, 'nocache')),
      minions: await withReturns(path, orderedBy(listing.names, minions), filesMax),
      truncated: listing.truncated,
    };
  } catch (error) {
    return isMissing(error) ? NOTHING : UNREADABLE;
  }
}

async function listDirectories(path: string, entriesMax: number): Promise<Listing> {
  const names: string[] = [];
  let count = 0;
  let truncated = false;
  // Leaving the loop closes it.
  for await (const entry of await opendir(path, { bufferSize: ENTRIES_PER_READ })) {
    count += 1;
    if (count > entriesMax) return { names, truncated: true };
    if (!isRealDirectory(entry)) continue;
    if (isMinionName(entry.name)) names.push(entry.name);
    else if (entry.name.includes('\u{fffd}')) truncated = true;
  }
  return { names, truncated };
}

function isRealDirectory(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.isSymbolicLink();
}

/** Those that are asked for first, so that the limit on files spares them. */
function orderedBy(names: readonly string[], wanted: readonly string[]): readonly string[] {
  if (wanted.length === 0) return names;
  const first = new Set(wanted);
  return [...names.filter((name) => first.has(name)), ...names.filter((name) => !first.has(name))];
}

/** The names whose directory holds a return; beyond `filesMax` the directory is taken for it. */
async function withReturns(
  path: string,
  names: readonly string[],
  filesMax: number,
): Promise<readonly string[]> {
  const looked = Math.min(names.length, filesMax);
  const found: string[] = [];
  for (let from = 0; from < looked; from += LOOKS_AT_ONCE) {
    const some = names.slice(from, Math.min(from + LOOKS_AT_ONCE, looked));
    const there = await Promise.all(some.map((name) => isFile(join(path, name, 'return.p'))));
    found.push(...some.filter((_, index) => there[index] === true));
  }
  return [...found, ...names.slice(looked)];
}

/** Rejects when nobody can tell. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
