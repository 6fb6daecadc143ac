/** Options of the flap panel, and how they are offered. */
import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { SortKey } from '../fleet/order';
import type { Density } from './viewport';

export interface FlapOptions {
  readonly density: Density | 'auto';
  readonly sort: SortKey;
  /** `none`, `status` or a label. */
  readonly group: string;
  readonly showToolbar: boolean;
  readonly showLegend: boolean;
  /** Name of the dashboard variable that a chosen minion is written to; empty = none. */
  readonly variable: string;
  /** Address of a minion's dashboard; `$minion` and `$master` stand for the row's. Empty = none. */
  readonly link: string;
}

export const DEFAULTS: FlapOptions = {
  density: 'auto',
  sort: 'worst',
  group: 'none',
  showToolbar: true,
  showLegend: true,
  variable: 'minion',
  link: '',
};

export function sortChoices(): { value: SortKey; label: string }[] {
  return [
    { value: 'worst', label: t('flaps.sort.worst', 'Worst first') },
    { value: 'flaps', label: t('flaps.sort.flaps', 'Flaps') },
    { value: 'pressure', label: t('flaps.sort.pressure', 'Pressure') },
    { value: 'dropped', label: t('flaps.sort.dropped', 'Dropped') },
    { value: 'name', label: t('flaps.sort.name', 'Name') },
  ];
}

export function densityChoices(): { value: Density; label: string }[] {
  return [
    { value: 'detail', label: t('flaps.density.detail', 'Detail') },
    { value: 'compact', label: t('flaps.density.compact', 'Compact') },
    { value: 'fit', label: t('flaps.density.fit', 'Fit') },
  ];
}

export function offerOptions(builder: PanelOptionsEditorBuilder<FlapOptions>): void {
  const auto = { value: 'auto' as const, label: t('flaps.density.auto', 'Auto') };
  builder
    .addRadio({
      path: 'density',
      name: t('flaps.option.density', 'Row height'),
      description: t('flaps.option.density-help', 'Auto takes what shows this many minions best.'),
      defaultValue: DEFAULTS.density,
      settings: { options: [auto, ...densityChoices()] },
    })
    .addSelect({
      path: 'sort',
      name: t('flaps.option.sort', 'Sort by'),
      defaultValue: DEFAULTS.sort,
      settings: { options: sortChoices() },
    })
    .addTextInput({
      path: 'group',
      name: t('flaps.option.group', 'Group by'),
      description: t('flaps.option.group-help', '“none”, “status”, or the name of a label.'),
      defaultValue: DEFAULTS.group,
    })
    .addBooleanSwitch({
      path: 'showToolbar',
      name: t('flaps.option.toolbar', 'Toolbar'),
      defaultValue: DEFAULTS.showToolbar,
    })
    .addBooleanSwitch({
      path: 'showLegend',
      name: t('flaps.option.legend', 'Legend'),
      defaultValue: DEFAULTS.showLegend,
    })
    .addTextInput({
      path: 'variable',
      name: t('flaps.option.variable', 'Variable of a chosen minion'),
      description: t(
        'flaps.option.variable-help',
        'A click on a row writes its minion into this dashboard variable.',
      ),
      defaultValue: DEFAULTS.variable,
    })
    .addTextInput({
      path: 'link',
      name: t('flaps.option.link', 'Link of a minion'),
      description: t(
        'flaps.option.link-help',
        'Opened by Enter; $minion and $master stand for those of the row.',
      ),
      defaultValue: DEFAULTS.link,
    });
}
