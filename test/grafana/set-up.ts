/** Once per run of the suite: the plugin's packages, and the plugin built as it is shipped. */
import { buildPlugin, GRAFANAS, installPackages, PLUGIN } from '../grafana-host/packages.js';

export function setup(): void {
  installPackages(PLUGIN);
  installPackages(GRAFANAS.oldest.directory);
  buildPlugin();
}
