/** Search, filter by status with the counts of now, sort, group, density, table. */
import { t } from '@grafana/i18n';
import { Button, Combobox, FilterInput, RadioButtonGroup } from '@grafana/ui';
import { type Ref, useId } from 'react';
import type { Fleet } from '../fleet/fleet';
import { groupLabels, type SortKey } from '../fleet/order';
import { STATUS_MEANINGS, STATUS_NAMES, WORST_FIRST } from '../fleet/statuses';
import { count } from '../fleet/time-text';
import { Swatch } from '../look/Swatch';
import { densityChoices, sortChoices } from './options';
import type { Styles } from './styles';
import type { Density } from './viewport';

export interface Choices {
  readonly sort: SortKey;
  readonly group: string;
  readonly search: string;
  readonly only: ReadonlySet<number>;
  readonly density: Density | null;
  readonly table: boolean;
}

interface ToolbarProps {
  readonly styles: Styles;
  readonly fleet: Fleet;
  readonly choices: Choices;
  /** In force, whether chosen or not. */
  readonly density: Density;
  readonly searchRef: Ref<HTMLInputElement>;
  onChange(change: Partial<Choices>): void;
}

function Chips({ styles, fleet, choices, onChange }: ToolbarProps) {
  const counts = new Map<number, number>();
  for (const { now } of fleet.minions) counts.set(now, (counts.get(now) ?? 0) + 1);
  const toggle = (code: number) => {
    const only = new Set(choices.only);
    if (!only.delete(code)) only.add(code);
    onChange({ only });
  };
  return (
    <fieldset
      className={styles.chips}
      aria-label={t('flaps.toolbar.only', 'Show only these statuses')}
    >
      {WORST_FIRST.map((code) => (
        <button
          key={code}
          type="button"
          className={styles.chip}
          aria-pressed={choices.only.has(code)}
          title={STATUS_MEANINGS[code]}
          onClick={() => toggle(code)}
        >
          <Swatch code={code} />
          <span>{STATUS_NAMES[code]}</span>
          <span className={styles.chipCount}>{count(counts.get(code) ?? 0)}</span>
        </button>
      ))}
    </fieldset>
  );
}

function Selectors({ styles, fleet, choices, onChange }: ToolbarProps) {
  const sortId = useId();
  const groupId = useId();
  const groups = [
    { value: 'none', label: t('flaps.group.none', 'none') },
    { value: 'status', label: t('flaps.group.status', 'status') },
    ...groupLabels(fleet).map((label) => ({ value: label, label })),
  ];
  if (!groups.some(({ value }) => value === choices.group)) {
    groups.push({ value: choices.group, label: choices.group });
  }
  return (
    <>
      <label className={styles.chosen} htmlFor={sortId}>
        {t('flaps.toolbar.sort', 'Sort')}
        <span className={styles.select}>
          <Combobox
            id={sortId}
            options={sortChoices()}
            value={choices.sort}
            onChange={({ value }) => onChange({ sort: value })}
          />
        </span>
      </label>
      <label className={styles.chosen} htmlFor={groupId}>
        {t('flaps.toolbar.group', 'Group')}
        <span className={styles.select}>
          <Combobox
            id={groupId}
            options={groups}
            value={choices.group}
            onChange={({ value }) => onChange({ group: value })}
          />
        </span>
      </label>
    </>
  );
}

export function Toolbar(props: ToolbarProps) {
  const { styles, choices, density, searchRef, onChange } = props;
  return (
    <div className={styles.toolbar}>
      <div className={styles.search}>
        <FilterInput
          ref={searchRef}
          value={choices.search}
          placeholder={t('flaps.toolbar.search-short', 'Search')}
          aria-label={t('flaps.toolbar.search', 'Search id, label, status')}
          onChange={(search) => onChange({ search })}
        />
      </div>
      <Chips {...props} />
      <span className={styles.grow} />
      <Selectors {...props} />
      <RadioButtonGroup
        size="sm"
        aria-label={t('flaps.toolbar.density', 'Row height')}
        options={densityChoices()}
        value={density}
        onChange={(value) => onChange({ density: value })}
      />
      <Button
        size="sm"
        variant="secondary"
        fill={choices.table ? 'solid' : 'outline'}
        aria-pressed={choices.table}
        onClick={() => onChange({ table: !choices.table })}
      >
        {t('flaps.toolbar.table', 'Table')}
      </Button>
    </div>
  );
}
