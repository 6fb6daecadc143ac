/**
 * Real Salt by version: one virtualenv each, built once from PyPI and kept outside the checkout.
 */
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

/** Release lines the project promises to understand. */
export const SALT_VERSIONS = ['3006.30', '3007.17', '3008.5'] as const;
export type SaltVersion = (typeof SALT_VERSIONS)[number];

/** Salt's own packages run on 3.10 and 3.11; the pins of requirements.txt have wheels for 3.11. */
const PYTHONS = ['python3.11', 'python3', 'python3.12', 'python3.10'];
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/**
 * The first Python that can make virtualenvs; undefined when there is none. SALT_LAB_PYTHON names
 * one by hand.
 */
export async function findPython(): Promise<string | undefined> {
  const named = process.env.SALT_LAB_PYTHON;
  const check =
    'import sys, ensurepip, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))';
  for (const python of named === undefined ? PYTHONS : [named]) {
    try {
      await run([python, '-c', check]);
      return python;
    } catch {}
  }
  return undefined;
}

/**
 * Directory of the virtualenv that holds this Salt, built when it is not there yet (about 20 s of
 * download, a minute of CPU). `salt-<version>` is a symbolic link that appears only when its target
 * is complete: a virtualenv cannot be moved, its scripts name their own path. Two builders at once
 * both succeed; the later one takes the earlier one's.
 */
export async function installSalt(version: SaltVersion): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'brinescope');
  const link = join(cache, `salt-${version}`);
  const wanted = `salt==${version}\n${await readFile(REQUIREMENTS, 'utf8')}`;
  if (await isComplete(link, wanted)) return link;
  const python = await findPython();
  if (python === undefined) throw new Error(`Salt needs ${PYTHONS[0]} with its venv module`);
  await mkdir(cache, { recursive: true });
  const built = await mkdtemp(join(cache, `.salt-${version}-`));
  try {
    const pip = [join(built, 'bin/python'), '-m', 'pip', 'install', '--quiet'];
    const slow = { timeoutMs: 900_000 };
    await run([python, '-m', 'venv', built], slow);
    await run([...pip, '-r', REQUIREMENTS], slow);
    await run([...pip, '--no-deps', `salt==${version}`], slow);
    await run([join(built, 'bin/salt'), '--version'], slow);
    await writeFile(join(built, 'installed.txt'), wanted);
    if (await isComplete(link, wanted)) await rm(built, { recursive: true, force: true });
    else await replaceLink(link, built);
  } catch (error) {
    await rm(built, { recursive: true, force: true });
    throw new Error(`Salt ${version} could not be installed from PyPI: ${String(error)}`);
  }
  return link;
}

async function isComplete(link: string, wanted: string): Promise<boolean> {
  const marker = join(link, 'installed.txt');
  return existsSync(marker) && (await readFile(marker, 'utf8')) === wanted;
}

/**
 * Points `link` at `built` in one step and removes what it pointed at before (built from an older
 * requirements file).
 */
async function replaceLink(link: string, built: string): Promise<void> {
  const old = existsSync(link) ? await readlink(link) : undefined;
  const fresh = `${link}.${basename(built)}`;
  await symlink(built, fresh);
  await rename(fresh, link);
  if (old !== undefined) await rm(old, { recursive: true, force: true });
}
