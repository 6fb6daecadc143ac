/** The query editor: what to ask, and of whom; its defaults work at once. */
import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Combobox, InlineField, InlineFieldRow, Input, MultiCombobox } from '@grafana/ui';
import type { SeriesMetric } from '../../../exporter/src/http/history-api-types';
import { STATUSES } from '../fleet/statuses';
import type { BrinescopeDataSource } from './datasource';
import {
  type BrinescopeQuery,
  type BrinescopeSettings,
  DEFAULT_QUERY,
  type QueryType,
} from './types';

type Props = QueryEditorProps<BrinescopeDataSource, BrinescopeQuery, BrinescopeSettings>;

const METRICS: SeriesMetric[] = ['pressure', 'lag', 'rtt', 'wait'];
const LABEL = 12;

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
  ];
}

function TextField(props: {
  readonly label: string;
  readonly tooltip: string;
  readonly value: string | undefined;
  readonly placeholder: string;
  onChange(value: string): void;
  onDone(): void;
}) {
  const id = `query-${props.label.toLowerCase()}`;
  return (
    <InlineField label={props.label} labelWidth={LABEL} tooltip={props.tooltip} htmlFor={id}>
      <Input
        id={id}
        width={32}
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

export function QueryEditor({ query, onChange, onRunQuery }: Props) {
  const type = query.queryType ?? DEFAULT_QUERY.queryType;
  const change = (part: Partial<BrinescopeQuery>) =>
    onChange({ ...query, queryType: type, ...part });
  const choose = (part: Partial<BrinescopeQuery>) => {
    change(part);
    onRunQuery();
  };
  const byMinion = type !== 'jobs' && type !== 'losses';
  const byStatus = type === 'timeline' || type === 'minions';
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
      {byMinion && (
        <TextField
          label={t('source.query.minion', 'Minions')}
          tooltip={t(
            'source.query.minion-help',
            'Ids or patterns like web-*, separated by commas; $minion too.',
          )}
          value={query.minion}
          placeholder={t('source.query.minion-all', 'all')}
          onChange={(minion) => change({ minion })}
          onDone={onRunQuery}
        />
      )}
      {byStatus && (
        <TextField
          label={t('source.query.status', 'Status')}
          tooltip={STATUSES.filter((one) => one !== 'nodata').join(', ')}
          value={query.status}
          placeholder={t('source.query.status-all', 'any')}
          onChange={(status) => change({ status })}
          onDone={onRunQuery}
        />
      )}
      {type === 'events' && (
        <TextField
          label={t('source.query.kind', 'Kinds')}
          tooltip={t(
            'source.query.kind-help',
            'Like disconnect, drop, loss, master_restart, storm.',
          )}
          value={query.kind}
          placeholder={t('source.query.kind-all', 'all')}
          onChange={(kind) => change({ kind })}
          onDone={onRunQuery}
        />
      )}
      {type === 'series' && (
        <InlineField
          label={t('source.query.metrics', 'Figures')}
          labelWidth={LABEL}
          htmlFor="query-metrics"
        >
          <MultiCombobox
            id="query-metrics"
            width={32}
            options={METRICS.map((value) => ({ value, label: value }))}
            value={query.metrics ?? []}
            placeholder={t('source.query.metrics-all', 'all')}
            onChange={(chosen) => choose({ metrics: chosen.map(({ value }) => value) })}
          />
        </InlineField>
      )}
    </InlineFieldRow>
  );
}
