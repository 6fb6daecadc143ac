/** What "Save & test" says: which exporter answers, which master it watches, and what it cannot see. */
import { t } from '@grafana/i18n';
import type { Overview, SourceView } from '../../../exporter/src/http/api-types';
import { PLAIN } from '../look/plain-text';
import type { ExporterApi } from './api';
import type { Master } from './types';

export interface Health {
  readonly status: 'success' | 'error';
  readonly message: string;
  /** Shown below, one line each. */
  readonly details?: { readonly message: string; readonly verboseMessage: string };
}

const isBlind = ({ state, limitations }: SourceView) =>
  state === 'down' || state === 'limited' || limitations.length > 0;

/** Version, master, and which sources cannot see everything. */
function headLine(master: Master, { exporter, fleet, master: salt, sources }: Overview): string {
  const name = salt?.id ?? t('source.health.some-master', 'a master');
  const release = salt?.saltVersion ?? t('source.health.unknown', 'unknown');
  const where =
    salt === null
      ? t('source.health.no-master', 'no master yet')
      : t('source.health.master', '{{name}} (Salt {{release}})', { ...PLAIN, name, release });
  const minions = t('source.health.minions', ', {{minions}} minions', {
    minions: String(fleet.minions),
  });
  const head = t(
    'source.health.line',
    '{{exporter}}: Brinescope {{version}} watches {{where}}{{minions}}.',
    {
      ...PLAIN,
      exporter: master.name,
      version: exporter.version,
      where,
      minions: fleet.minions === null ? '' : minions,
    },
  );
  const blind = sources.filter(isBlind).map(({ source, state }) => `${source} ${state}`);
  if (blind.length === 0) return head;
  const cannot = t('source.health.blind', 'It cannot see everything: {{sources}}.', {
    ...PLAIN,
    sources: blind.join(', '),
  });
  return `${head} ${cannot}`;
}

/** Why, in the sources' own words. */
function reasonsOf(master: Master, { sources }: Overview): string[] {
  return sources.filter(isBlind).flatMap(({ source, detail, limitations }) => {
    const said = limitations.map(({ finding, consequence }) => `${finding} ${consequence}`);
    const texts = [detail, ...said].filter((text) => text !== '');
    return texts.map((text) => `${master.name}, ${source}: ${text}`);
  });
}

/** Two exporters under one name would be one label. */
function sharedNames(masters: readonly Master[]): string[] {
  const names = masters.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export async function healthOf(api: ExporterApi, masters: readonly Master[]): Promise<Health> {
  if (masters.length === 0) {
    const message = t('source.health.none', 'Enter the address of an exporter.');
    return { status: 'error', message };
  }
  const [shared] = sharedNames(masters);
  if (shared !== undefined) {
    const message = t('source.health.shared', 'Two exporters have the name {{name}}.', {
      ...PLAIN,
      name: shared,
    });
    return { status: 'error', message };
  }
  const { answers, failures } = await api.askAll<Overview>(masters, 'overview', {});
  const lines = [
    ...failures.map(({ master, message }) => `${master.name}: ${message}`),
    ...answers.map(({ master, view }) => headLine(master, view)),
  ];
  const reasons = answers.flatMap(({ master, view }) => reasonsOf(master, view));
  return {
    status: failures.length > 0 ? 'error' : 'success',
    message: lines.join(' '),
    ...(reasons.length > 0 && {
      details: { message: reasons.join(' '), verboseMessage: reasons.join('\n') },
    }),
  };
}
