/** The Grafana packages that the host runs plugins in: the newest are the plugin's own, the oldest a set of their own. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PLUGIN = fileURLToPath(new URL('../../grafana-plugin', import.meta.url));
const OLDEST = fileURLToPath(new URL('oldest', import.meta.url));

export const GRAFANAS = {
  newest: { name: 'Grafana 13.2, React 19', directory: PLUGIN },
  oldest: { name: 'Grafana 12.4, React 18', directory: OLDEST },
} as const;
export type Grafana = keyof typeof GRAFANAS;

/** Installs what the lock file names, unless that was done already. */
export function installPackages(directory: string): void {
  const stamp = join(directory, 'node_modules', '.brinescope-lock');
  const lock = createHash('sha256').update(readFileSync(join(directory, 'package-lock.json')));
  const wanted = `${process.platform} ${process.arch} ${lock.digest('hex')}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const result = spawnSync('npm', ['ci', ...quiet], { cwd: directory, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`npm ci in ${directory} failed:\n${result.stdout}${result.stderr}`);
  }
  writeFileSync(stamp, wanted);
}

/** Builds the plugin as it is shipped; the directory of the result. */
export function buildPlugin(): string {
  const webpack = join(PLUGIN, 'node_modules', '.bin', 'webpack');
  const args = ['-c', './webpack.config.ts', '--env', 'production'];
  const result = spawnSync(webpack, args, { cwd: PLUGIN, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`the plugin does not build:\n${result.stdout}${result.stderr}`);
  }
  return join(PLUGIN, 'dist');
}
