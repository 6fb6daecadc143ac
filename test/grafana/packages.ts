/** Before the plugin's own tests: the packages that they import. */
import { installPackages, PLUGIN } from '../grafana-host/packages.js';

export function setup(): void {
  installPackages(PLUGIN);
}
