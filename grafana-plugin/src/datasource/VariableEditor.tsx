/** What a template variable offers, and of which minions. */
import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Combobox, InlineField, InlineFieldRow } from '@grafana/ui';
import type { BrinescopeDataSource } from './datasource';
import { LABEL, MasterField, MinionField, StatusField } from './fields';
import type {
  BrinescopeQuery,
  BrinescopeSettings,
  BrinescopeVariable,
  VariableKind,
} from './types';
import { variableOf } from './variables';

type Props = QueryEditorProps<
  BrinescopeDataSource,
  BrinescopeQuery,
  BrinescopeSettings,
  BrinescopeVariable
>;

function choices(): { value: VariableKind; label: string }[] {
  return [
    { value: 'minions', label: t('source.variable.minions', 'Minions') },
    { value: 'statuses', label: t('source.variable.statuses', 'Statuses') },
    { value: 'functions', label: t('source.variable.functions', 'Functions of jobs') },
    { value: 'masters', label: t('source.variable.masters', 'Masters') },
  ];
}

export function VariableEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const asked = variableOf(query);
  const change = (part: Partial<BrinescopeVariable>) => onChange({ ...asked, ...part });
  const ofMinions = asked.what === 'minions';
  return (
    <InlineFieldRow>
      <InlineField
        label={t('source.variable.what', 'Offer')}
        labelWidth={LABEL}
        htmlFor="variable-what"
      >
        <Combobox
          id="variable-what"
          width={24}
          options={choices()}
          value={asked.what}
          onChange={({ value }) => change({ what: value })}
        />
      </InlineField>
      {ofMinions && (
        <MinionField
          value={asked.minion}
          onChange={(minion) => change({ minion })}
          onDone={onRunQuery}
        />
      )}
      {ofMinions && <StatusField value={asked.status} onChoose={(status) => change({ status })} />}
      {asked.what !== 'masters' && asked.what !== 'statuses' && (
        <MasterField
          masters={datasource.masters}
          value={asked.master}
          onChoose={(master) => change({ master })}
        />
      )}
    </InlineFieldRow>
  );
}
