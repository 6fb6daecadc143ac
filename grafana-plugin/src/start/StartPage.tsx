/** The app's own page: what to do first, and where things are. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Trans, t } from '@grafana/i18n';
import { getDataSourceSrv, PluginPage } from '@grafana/runtime';
import { LinkButton, useStyles2 } from '@grafana/ui';
import source from '../datasource/plugin.json';
import { PLAIN } from '../look/plain-text';

function getStyles(theme: GrafanaTheme2) {
  return {
    page: css({ maxWidth: 720, display: 'grid', gap: theme.spacing(3) }),
    step: css({ display: 'grid', gap: theme.spacing(1), justifyItems: 'start' }),
  };
}

export function StartPage() {
  const styles = useStyles2(getStyles);
  const sources = getDataSourceSrv()
    .getList()
    .filter(({ type }) => type === source.id);
  const names = sources.map(({ name }) => name).join(', ');
  return (
    <PluginPage>
      <div className={styles.page}>
        <section className={styles.step}>
          <h2>{t('start.source', '1. Connect an exporter')}</h2>
          <p>
            {sources.length === 0 ? (
              <Trans i18nKey="start.source-none">
                Add a data source with the address of Brinescope’s exporter on your Salt master,
                such as http://salt-master.example.net:4507.
              </Trans>
            ) : (
              t('start.source-known', 'Connected: {{names}}.', { ...PLAIN, names })
            )}
          </p>
          <LinkButton href={`/connections/datasources/${source.id}`} icon="plus">
            {t('start.source-add', 'Add a data source')}
          </LinkButton>
        </section>
        <section className={styles.step}>
          <h2>{t('start.panel', '2. See the fleet')}</h2>
          <p>
            <Trans i18nKey="start.panel-text">
              Put the panel “Flaps and queue pressure” on a dashboard and ask this data source for
              the timeline; the defaults show all minions. From Prometheus, ask for the raw series
              of salt_minion_status, and of salt_minion_queue_pressure_ratio if you want the queues.
            </Trans>
          </p>
          <LinkButton href="/dashboard/new" variant="secondary" icon="apps">
            {t('start.panel-add', 'New dashboard')}
          </LinkButton>
        </section>
      </div>
    </PluginPage>
  );
}
