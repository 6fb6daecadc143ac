/** What a chosen minion does: it becomes the dashboard's variable, or its own dashboard opens. */
import type { PanelProps } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import type { Minion } from '../fleet/fleet';
import { safeAddress } from '../look/safe-address';
import type { FlapOptions } from './options';

export function chooseMinion(minion: Minion, options: FlapOptions): void {
  if (options.variable === '') return;
  locationService.partial({ [`var-${options.variable}`]: minion.id }, true);
}

/** `$minion` and `$master` are the row's; other variables are the dashboard's. */
export function linkOf(minion: Minion, link: string): string {
  return link
    .replaceAll(/\$\{minion\}|\$minion\b/g, encodeURIComponent(minion.id))
    .replaceAll(/\$\{master\}|\$master\b/g, encodeURIComponent(minion.labels.master ?? ''));
}

export function openMinion(minion: Minion, panel: PanelProps<FlapOptions>): void {
  const { link } = panel.options;
  if (link === '') {
    chooseMinion(minion, panel.options);
    return;
  }
  const address = safeAddress(panel.replaceVariables(linkOf(minion, link)));
  if (address === '') return;
  if (address.startsWith('/')) locationService.push(address);
  else window.open(address, '_blank', 'noopener');
}
