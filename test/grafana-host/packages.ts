/** The Grafana packages that the host runs plugins in: the newest are the plugin's own, the oldest a set of their own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, PLUGIN } from '../../grafana-plugin/scripts/packages.mjs';

export { installPackages, PLUGIN };

const OLDEST = fileURLToPath(new URL('oldest', import.meta.url));

export const GRAFANAS = {
  newest: { name: 'Grafana 13.2, React 19', directory: PLUGIN },
  oldest: { name: 'Grafana 12.4, React 18', directory: OLDEST },
} as const;
export type Grafana = keyof typeof GRAFANAS;

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
