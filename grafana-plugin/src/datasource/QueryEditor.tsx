/** The query editor: what to ask, and of whom; its defaults work at once. */
import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Combobox, InlineField, InlineFieldRow, MultiCombobox } from '@grafana/ui';
import type { SeriesMetric } from '../../../exporter/src/http/history-api-types';
import type { BrinescopeDataSource } from './datasource';
import {
  FIELD,
  KindField,
  LABEL,
  LimitField,
  MasterField,
  MinionField,
  StatusField,
} from './fields';
import {
  type BrinescopeQuery,
  type BrinescopeSettings,
  DEFAULT_QUERY,
  type LivePart,
  type QueryType,
} from './types';

type Props = QueryEditorProps<BrinescopeDataSource, BrinescopeQuery, BrinescopeSettings>;

const METRICS: SeriesMetric[] = ['pressure', 'lag', 'rtt', 'wait'];

function typeChoices(): { value: QueryType; label: string; description: string }[] {
  return [
    {
      value: 'timeline',
      label: t('source.query.timeline', 'Timeline'),
      description: t('source.query.timeline-help', 'Status, pressure and marks of each minion'),
    },
    {
      value: 'minions',
      label: t('source.query.minions', 'Minions'),
      description: t('source.query.minions-help', 'A table of what each is now, and why'),
    },
    {
      value: 'events',
      label: t('source.query.events', 'Events'),
      description: t('source.query.events-help', 'What happened, as log lines'),
    },
    {
      value: 'series',
      label: t('source.query.series', 'Series'),
      description: t(
        'source.query.series-help',
        'Pressure, lag, round trip and wait of chosen minions',
      ),
    },
    {
      value: 'jobs',
      label: t('source.query.jobs', 'Jobs'),
      description: t('source.query.jobs-help', 'What was asked, who returned'),
    },
    {
      value: 'losses',
      label: t('source.query.losses', 'Losses'),
      description: t(
        'source.query.losses-help',
        'Returns that never came, with verdict and evidence',
      ),
    },
    {
      value: 'stream',
      label: t('source.query.stream', 'Live'),
      description: t('source.query.stream-help', 'Events and figures as they come'),
    },
  ];
}

function liveChoices(): { value: LivePart; label: string }[] {
  return [
    { value: 'events', label: t('source.query.live-events', 'events') },
    { value: 'fleet', label: t('source.query.live-fleet', 'minions by status') },
    { value: 'queues', label: t('source.query.live-queues', 'fullest queues') },
  ];
}

/** Which fields a type has. */
const FIELDS: Readonly<Record<QueryType, readonly string[]>> = {
  timeline: ['minion', 'status'],
  minions: ['minion', 'status', 'limit'],
  events: ['minion', 'kind', 'limit'],
  series: ['minion', 'metrics'],
  jobs: ['limit'],
  losses: ['minion', 'limit'],
  stream: ['live', 'minion', 'kind'],
};

interface Several<Value extends string> {
  readonly id: string;
  readonly label: string;
  readonly choices: { value: Value; label: string }[];
  readonly value: Value[] | undefined;
  readonly placeholder: string;
  onChoose(value: Value[]): void;
}

function SeveralField<Value extends string>(props: Several<Value>) {
  const { id, label, choices, value, placeholder, onChoose } = props;
  return (
    <InlineField label={label} labelWidth={LABEL} htmlFor={id}>
      <MultiCombobox
        id={id}
        width={FIELD}
        options={choices}
        value={value ?? []}
        placeholder={placeholder}
        onChange={(chosen) => onChoose(chosen.map((one) => one.value))}
      />
    </InlineField>
  );
}

export function QueryEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const type = query.queryType ?? DEFAULT_QUERY.queryType;
  const has = (field: string) => FIELDS[type].includes(field);
  const change = (part: Partial<BrinescopeQuery>) =>
    onChange({ ...query, queryType: type, ...part });
  const choose = (part: Partial<BrinescopeQuery>) => {
    change(part);
    onRunQuery();
  };
  return (
    <InlineFieldRow>
      <InlineField
        label={t('source.query.type', 'Ask for')}
        labelWidth={LABEL}
        htmlFor="query-type"
      >
        <Combobox
          id="query-type"
          width={24}
          options={typeChoices()}
          value={type}
          onChange={({ value }) => choose({ queryType: value })}
        />
      </InlineField>
      {has('live') && (
        <SeveralField
          id="query-live"
          label={t('source.query.live', 'Show')}
          choices={liveChoices()}
          value={query.live}
          placeholder={t('source.query.live-events', 'events')}
          onChoose={(live) => choose({ live })}
        />
      )}
      {has('minion') && (
        <MinionField
          value={query.minion}
          onChange={(minion) => change({ minion })}
          onDone={onRunQuery}
        />
      )}
      {has('status') && (
        <StatusField value={query.status} onChoose={(status) => choose({ status })} />
      )}
      {has('kind') && <KindField value={query.kind} onChoose={(kind) => choose({ kind })} />}
      {has('metrics') && (
        <SeveralField
          id="query-metrics"
          label={t('source.query.metrics', 'Figures')}
          choices={METRICS.map((value) => ({ value, label: value }))}
          value={query.metrics}
          placeholder={t('source.query.metrics-all', 'all')}
          onChoose={(metrics) => choose({ metrics })}
        />
      )}
      <MasterField
        masters={datasource.masters}
        value={query.master}
        onChoose={(master) => choose({ master })}
      />
      {has('limit') && (
        <LimitField
          value={query.limit}
          onChange={(limit) => change({ limit })}
          onDone={onRunQuery}
        />
      )}
    </InlineFieldRow>
  );
}
