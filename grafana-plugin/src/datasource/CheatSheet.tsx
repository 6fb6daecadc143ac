/** Help of the query editor: what can be asked, with examples to click. */
import { css } from '@emotion/css';
import type { GrafanaTheme2, QueryEditorHelpProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import type { BrinescopeQuery } from './types';

interface Example {
  readonly title: string;
  readonly text: string;
  readonly query: Omit<BrinescopeQuery, 'refId'>;
}

function examples(): Example[] {
  return [
    {
      title: t('source.help.timeline', 'The whole fleet over time'),
      text: t(
        'source.help.timeline-text',
        'For the panel “Flaps and queue pressure”: folded to the pixels it has.',
      ),
      query: { queryType: 'timeline' },
    },
    {
      title: t('source.help.absent', 'Who is absent or does not read, and why'),
      text: t('source.help.absent-text', 'A row per minion with its evidence, the worst first.'),
      query: { queryType: 'minions', status: 'absent,half_open,stalled' },
    },
    {
      title: t('source.help.events', 'What was lost'),
      text: t('source.help.events-text', 'Drops and lost returns as log lines.'),
      query: { queryType: 'events', kind: 'drop,loss,gap' },
    },
    {
      title: t('source.help.series', 'Queue pressure of chosen minions'),
      text: t('source.help.series-text', 'Name up to 50 minions, or use $minion.'),
      query: { queryType: 'series', minion: '$minion', metrics: ['pressure'] },
    },
    {
      title: t('source.help.losses', 'Where returns were lost'),
      text: t(
        'source.help.losses-text',
        'The verdict on each: link, reason, confidence, evidence.',
      ),
      query: { queryType: 'losses' },
    },
    {
      title: t('source.help.live', 'Watch it live'),
      text: t('source.help.live-text', 'Events as they come; a broken connection is made again.'),
      query: { queryType: 'stream', live: ['events'] },
    },
  ];
}

function getStyles(theme: GrafanaTheme2) {
  return {
    sheet: css({ display: 'grid', gap: theme.spacing(2), justifyItems: 'start' }),
    example: css({ display: 'grid', gap: theme.spacing(0.5), justifyItems: 'start' }),
  };
}

export function CheatSheet({ onClickExample }: QueryEditorHelpProps<BrinescopeQuery>) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.sheet}>
      <h2>{t('source.help.title', 'What Brinescope can be asked')}</h2>
      {examples().map(({ title, text, query }) => (
        <div key={title} className={styles.example}>
          <Button
            variant="secondary"
            size="sm"
            onClick={() => onClickExample({ ...query, refId: 'A' })}
          >
            {title}
          </Button>
          <span>{text}</span>
        </div>
      ))}
      <p>
        {t(
          'source.help.words',
          'Minions are named by id or pattern (web-*, db-?), separated by commas. Ad-hoc filters of the dashboard hold for every query whose rows have that column.',
        )}
      </p>
    </div>
  );
}
