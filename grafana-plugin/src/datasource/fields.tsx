/** Fields that the editors of queries, annotations and variables share. */
import { t } from '@grafana/i18n';
import { InlineField, Input, MultiCombobox } from '@grafana/ui';
import { STATUSES } from '../fleet/statuses';
import { EVENT_WORDS } from './event-words';
import { wordsOf } from './filters';
import type { Master } from './types';

export const LABEL = 12;
export const FIELD = 32;

export interface Choice {
  readonly value: string;
  readonly label?: string;
  readonly description?: string;
}

export function TextField(props: {
  readonly id: string;
  readonly label: string;
  readonly tooltip: string;
  readonly value: string | undefined;
  readonly placeholder: string;
  onChange(value: string): void;
  onDone(): void;
}) {
  const { id } = props;
  return (
    <InlineField label={props.label} labelWidth={LABEL} tooltip={props.tooltip} htmlFor={id}>
      <Input
        id={id}
        width={FIELD}
        value={props.value ?? ''}
        placeholder={props.placeholder}
        onChange={(event) => props.onChange(event.currentTarget.value)}
        onBlur={props.onDone}
        onKeyDown={(event) => {
          if (event.key === 'Enter') props.onDone();
        }}
      />
    </InlineField>
  );
}

/** Words between commas, chosen from a list; a variable like $status may be typed. */
export function WordsField(props: {
  readonly id: string;
  readonly label: string;
  readonly tooltip?: string;
  readonly choices: readonly Choice[];
  readonly value: string | undefined;
  readonly placeholder: string;
  onChoose(value: string): void;
}) {
  const { id, choices } = props;
  const words = wordsOf(props.value);
  return (
    <InlineField label={props.label} labelWidth={LABEL} tooltip={props.tooltip} htmlFor={id}>
      <MultiCombobox
        id={id}
        width={FIELD}
        createCustomValue
        options={[...choices]}
        value={words.map((value) => choices.find((one) => one.value === value) ?? { value })}
        placeholder={props.placeholder}
        onChange={(chosen) => props.onChoose(chosen.map(({ value }) => value).join(','))}
      />
    </InlineField>
  );
}

interface OneField<Value> {
  readonly value: Value | undefined;
  onChange(value: Value): void;
  onDone(): void;
}

export function MinionField({ value, onChange, onDone }: OneField<string>) {
  return (
    <TextField
      id="query-minions"
      label={t('source.query.minion', 'Minions')}
      tooltip={t(
        'source.query.minion-help',
        'Ids or patterns like web-*, separated by commas; $minion too.',
      )}
      value={value}
      placeholder={t('source.query.minion-all', 'all')}
      onChange={onChange}
      onDone={onDone}
    />
  );
}

interface ChosenField {
  readonly value: string | undefined;
  onChoose(value: string): void;
}

export function StatusField({ value, onChoose }: ChosenField) {
  const statuses = STATUSES.filter((one) => one !== 'nodata');
  return (
    <WordsField
      id="query-status"
      label={t('source.query.status', 'Status')}
      choices={statuses.map((status) => ({ value: status }))}
      value={value}
      placeholder={t('source.query.status-all', 'any')}
      onChoose={onChoose}
    />
  );
}

export function KindField({ value, onChoose }: ChosenField) {
  const kinds = Object.entries(EVENT_WORDS);
  return (
    <WordsField
      id="query-kinds"
      label={t('source.query.kind', 'Kinds')}
      choices={kinds.map(([kind, description]) => ({ value: kind, description }))}
      value={value}
      placeholder={t('source.query.kind-all', 'all')}
      onChoose={onChoose}
    />
  );
}

/** Nothing where there is only one. */
export function MasterField(props: ChosenField & { readonly masters: readonly Master[] }) {
  if (props.masters.length < 2) return null;
  return (
    <WordsField
      id="query-masters"
      label={t('source.query.master', 'Masters')}
      choices={props.masters.map(({ name }) => ({ value: name }))}
      value={props.value}
      placeholder={t('source.query.master-all', 'all')}
      onChoose={props.onChoose}
    />
  );
}

/** Empty = the usual number. */
export function LimitField({ value, onChange, onDone }: OneField<number | undefined>) {
  return (
    <InlineField
      label={t('source.query.limit', 'Limit')}
      labelWidth={LABEL}
      tooltip={t('source.query.limit-help', 'Most rows of each exporter.')}
      htmlFor="query-limit"
    >
      <Input
        id="query-limit"
        type="number"
        min={1}
        width={12}
        value={value ?? ''}
        placeholder={t('source.query.limit-usual', 'usual')}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === '' ? undefined : currentTarget.valueAsNumber)
        }
        onBlur={onDone}
      />
    </InlineField>
  );
}
