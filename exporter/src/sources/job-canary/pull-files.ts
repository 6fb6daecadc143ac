/**
 * The files that minions pull: written, with a name of ours and new content, into the one directory
 * that the operator made for them, and removed again. Nothing else of the file system is written.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CANARY_FILE_BYTES } from '../../domain/canary-job.js';
import { errorText } from '../../lib/errors.js';
import { errorCode } from '../../lib/regular-file.js';
import type { CanaryFacts } from '../source.js';
import { FILE_NAMES } from './options.js';

export interface PullFile {
  readonly name: string;
  readonly url: string;
  /** SHA-256 of its content, hexadecimal. */
  readonly digest: string;
}

export type Place =
  | { readonly ok: true; readonly directory: string; readonly urlOf: (name: string) => string }
  /** Completes the sentence "no files are pulled: …". */
  | { readonly ok: false; readonly problem: string };

/** `salt://` and `?saltenv=` have their own idea of other characters. */
const URL_PATH = /^[A-Za-z\d._/-]+$/;
const ENVIRONMENT = /^[A-Za-z\d._-]+$/;
const TEMPORARY = '.brinescope-canary.tmp';
/** The master reads it as its own user. */
const MODE = 0o644;

export function fileName(index: number): string {
  return `brinescope-canary-${String(index).padStart(2, '0')}`;
}

/** Whether files can be written there and are served from there, and under which name. */
export async function findPlace(
  directory: string,
  fileRoots: CanaryFacts['fileRoots'],
): Promise<Place> {
  const say = (problem: string): Place => ({ ok: false, problem });
  let real: string;
  try {
    real = await realpath(directory);
    if (!(await stat(real)).isDirectory()) return say(`${directory} is no directory`);
    await access(real, constants.W_OK | constants.X_OK);
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT';
    return say(
      `${directory} ${isMissing ? 'does not exist' : `cannot be used: ${errorText(error)}`}`,
    );
  }
  if (fileRoots.size === 0) return say('the master serves no file_roots (fileserver_backend)');
  for (const [environment, roots] of fileRoots) {
    for (const root of roots) {
      const path = await pathBelow(root, real);
      if (path === undefined) continue;
      if (path === '') return say(`${directory} is a file_roots directory itself: make one in it`);
      if (!URL_PATH.test(path) || !ENVIRONMENT.test(environment))
        return say(`${directory} has other characters than letters, digits, . _ - in its name`);
      const urlOf = (name: string) => `salt://${path}/${name}?saltenv=${environment}`;
      return { ok: true, directory: real, urlOf };
    }
  }
  return say(`${directory} is in no directory of file_roots, so no minion can pull from it`);
}

/** Writes one file, whole or not at all; what stood under its name is replaced. */
export async function writePullFile(
  place: Extract<Place, { ok: true }>,
  name: string,
): Promise<PullFile> {
  // Three bytes make four characters of base64.
  const content = randomBytes((CANARY_FILE_BYTES / 4) * 3).toString('base64url');
  const temporary = join(place.directory, TEMPORARY);
  await rm(temporary, { force: true });
  // Exclusive: never through a link that somebody put there.
  const handle = await open(temporary, 'wx', MODE);
  try {
    await handle.writeFile(content);
    await handle.chmod(MODE);
  } finally {
    await handle.close();
  }
  await rename(temporary, join(place.directory, name));
  const digest = createHash('sha256').update(content).digest('hex');
  return { name, url: place.urlOf(name), digest };
}

/** Only names of ours; one that is not there is no error. */
export async function removeFiles(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(directory, name), { force: true });
}

/** Everything that we may have left there, in this run or an earlier one. */
export function allNames(): readonly string[] {
  return [TEMPORARY, ...Array.from({ length: FILE_NAMES }, (_, index) => fileName(index))];
}

/** `''`: the root itself; undefined: not below it, or there is no such root. */
async function pathBelow(root: string, directory: string): Promise<string | undefined> {
  try {
    const path = relative(await realpath(root), directory);
    const isBelow = path !== '..' && !path.startsWith(`..${sep}`);
    return isBelow ? path : undefined;
  } catch {
    return undefined; // a root that does not exist serves nothing
  }
}
