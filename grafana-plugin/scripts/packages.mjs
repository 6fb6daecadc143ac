/** Installs packages by a lock file, unless that was done already; plain Node, for it runs before any package is there. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PLUGIN = fileURLToPath(new URL('..', import.meta.url));

/** What an outer `npm run … -w …` sets, and is not meant for the npm of another directory. */
const OUTER = /^npm_config_(workspaces?|include_workspace_root|local_prefix|prefix|omit)$/;

/**
 * @param {string} directory that holds package-lock.json
 * @returns {void}
 */
export function installPackages(directory) {
  const stamp = join(directory, 'node_modules', '.brinescope-lock');
  const lock = createHash('sha256').update(readFileSync(join(directory, 'package-lock.json')));
  const wanted = `${process.platform} ${process.arch} ${lock.digest('hex')}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTER.test(name)));
  const result = spawnSync('npm', ['ci', ...quiet], { cwd: directory, env, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`npm ci in ${directory} failed:\n${result.stdout}${result.stderr}`);
  }
  writeFileSync(stamp, wanted);
}
