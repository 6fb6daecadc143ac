/** What is shipped for Grafana: the alerts are the Prometheus rules, its files have fields that Grafana knows, and name what exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ALERTS, isAlert, readPack } from '../alerts/pack.js';
import {
  type AlertmanagerConfig,
  inGrafanasWords,
  missingEvaluations,
  PROMETHEUS_UID,
  renderAlerts,
  renderContactPoints,
  renderPolicies,
  renderRecords,
} from './grafana-alerts.js';
import { type GrafanaRule, type RulesFile, rulesFileFindings } from './grafana-files.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GRAFANA = join(ROOT, 'provisioning/grafana');
const { rules } = readPack();
const alertmanager: AlertmanagerConfig = parse(
  readFileSync(join(ALERTS, 'alertmanager.yml'), 'utf8'),
);

function read<T>(path: string): T {
  // The shapes are held against what Grafana reads, below.
  return parse(readFileSync(join(GRAFANA, path), 'utf8')) as T;
}

function plugin(path: string): { readonly id: string; readonly type: string } {
  return JSON.parse(readFileSync(join(ROOT, 'grafana-plugin/src', path), 'utf8'));
}

function shippedRules(path: string): readonly GrafanaRule[] {
  return read<RulesFile>(path).groups.flatMap((group) => group.rules);
}

describe('the files for Grafana’s alerting', () => {
  it.each([
    ['alerting/alerts.yaml', () => renderAlerts(rules)],
    ['alerting/records.yaml', () => renderRecords(rules)],
    ['alerting/contact-points.yaml', () => renderContactPoints(alertmanager)],
    ['alerting/policies.yaml', () => renderPolicies(alertmanager)],
  ])('%s is as it is written from the pack', async (path, write) => {
    await expect(write()).toMatchFileSnapshot(join(GRAFANA, path));
  });

  it.each(['alerting/alerts.yaml', 'alerting/records.yaml'])(
    '%s has nothing that Grafana refuses or drops',
    (path) => {
      expect(rulesFileFindings(read(path))).toEqual([]);
    },
  );

  it('have each alert with the very expression, times and labels of Prometheus', () => {
    const shipped = new Map(shippedRules('alerting/alerts.yaml').map((rule) => [rule.title, rule]));
    const alerts = rules.filter(isAlert);
    expect([...shipped.keys()].sort()).toEqual(alerts.map(({ alert }) => alert).sort());
    for (const { alert, expr, labels, annotations, ...times } of alerts) {
      const twin = shipped.get(alert);
      expect(twin?.data[0]?.model.expr, alert).toBe(expr);
      expect(twin?.for, alert).toBe(times.for);
      expect(twin?.keepFiringFor, alert).toBe(times.keep_firing_for);
      expect(twin?.labels, alert).toEqual(labels);
      expect(Object.keys(twin?.annotations ?? {}).sort()).toEqual(Object.keys(annotations).sort());
      expect(JSON.stringify(twin?.annotations)).not.toMatch(/\$value\b/);
    }
  });

  it('have each recorded series with the expression of Prometheus', () => {
    const shipped = shippedRules('alerting/records.yaml');
    const expected = rules.flatMap(({ record, expr }) =>
      record === undefined ? [] : [[record, expr]],
    );
    expect(shipped.map(({ title, data }) => [title, data[0]?.model.expr])).toEqual(expected);
    expect(shipped.map(({ record }) => record?.metric)).toEqual(shipped.map(({ title }) => title));
  });

  it('keep an alert as long as Prometheus does, and print its number', () => {
    expect(missingEvaluations(undefined)).toBe(1);
    expect(missingEvaluations('5m')).toBe(11);
    expect(missingEvaluations('15m')).toBe(31);
    expect(missingEvaluations('5 min')).toBeNaN();
    expect(inGrafanasWords('{{ $value | humanize }} of {{ $labels.minion }}')).toBe(
      '{{ $values.query.Value | humanize }} of {{ $labels.minion }}',
    );
  });

  it('send to contact points that are there', () => {
    const { contactPoints } = read<{ contactPoints: { name: string }[] }>(
      'alerting/contact-points.yaml',
    );
    const { policies } = read<{ policies: { receiver: string; routes: { receiver: string }[] }[] }>(
      'alerting/policies.yaml',
    );
    const names = contactPoints.map(({ name }) => name);
    const used = policies.flatMap(({ receiver, routes }) => [
      receiver,
      ...routes.map((r) => r.receiver),
    ]);
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('what finds mistakes in them', () => {
  const whole: RulesFile = parse(renderAlerts(rules));
  const withRule = (change: object): readonly string[] => {
    const [group] = whole.groups;
    const [rule] = group?.rules ?? [];
    if (group === undefined || rule === undefined) throw new Error('no rule');
    return rulesFileFindings({
      apiVersion: 1,
      groups: [{ ...group, rules: [{ ...rule, ...change }] }],
    });
  };

  it.each([
    [{ keep_firing_for: '5m' }, 'Grafana knows no keep_firing_for'],
    [{ condition: 'other' }, 'nothing is called other'],
    [{ for: '5 minutes' }, '5 minutes is no duration'],
    [{ uid: 'a'.repeat(41) }, 'is no uid'],
    [{ labels: { severity: '$x' } }, '$ in $x'],
    [{ annotations: { summary: `$\{HOME}` } }, 'an annotation has ${'],
    [{ data: [] }, 'nothing is called threshold'],
    [{ missing_series_evals_to_resolve: 0 }, 'no evaluation may be missing'],
  ])('%j is one', (change, finding) => {
    expect(withRule({})).toEqual([]);
    expect(withRule(change).join('\n')).toContain(finding);
  });

  it('sees a group that is evaluated between the beats, and an alert twice', () => {
    const file = whole;
    const [group] = file.groups;
    if (group === undefined) throw new Error('no group');
    const odd = rulesFileFindings({ ...file, groups: [{ ...group, interval: '15s' }] });
    expect(odd.join('\n')).toContain('15s is no multiple of 10s');
    expect(rulesFileFindings({ ...file, groups: [group, group] }).join('\n')).toContain('twice');
  });
});

describe('the files for Grafana’s data sources and app', () => {
  interface Source {
    readonly name: string;
    readonly uid: string;
    readonly type: string;
    readonly url?: string;
    readonly jsonData?: Readonly<Record<string, string>>;
    readonly secureJsonData?: Readonly<Record<string, string>>;
  }
  const { datasources } = read<{ datasources: Source[] }>('datasources/brinescope.yaml');

  it('name plugins that exist, each with a uid of its own', () => {
    const uids = datasources.map(({ uid }) => uid);
    expect(uids).toEqual([...new Set(uids)]);
    expect(uids).toContain(PROMETHEUS_UID);
    const types = datasources.map(({ type }) => type);
    expect(types.sort()).toEqual(
      [plugin('datasource/plugin.json').id, 'alertmanager', 'prometheus'].sort(),
    );
    const { apps } = read<{ apps: { type: string; disabled: boolean }[] }>(
      'plugins/brinescope.yaml',
    );
    expect(apps.map(({ type }) => type)).toEqual([plugin('plugin.json').id]);
    expect(apps.map(({ disabled }) => disabled)).toEqual([false]);
  });

  it('fill only settings for which the data source has a route', () => {
    const ours = datasources.find(({ type }) => type === plugin('datasource/plugin.json').id);
    const routes = readFileSync(join(ROOT, 'grafana-plugin/src/datasource/plugin.json'), 'utf8');
    const urls = Object.keys(ours?.jsonData ?? {}).filter((key) => key.startsWith('url'));
    expect(urls.length).toBeGreaterThan(0);
    for (const key of urls) expect(routes).toContain(`{{ .JsonData.${key} }}`);
    for (const key of Object.keys(ours?.secureJsonData ?? {})) {
      expect(routes).toContain(`{{ .SecureJsonData.${key} }}`);
    }
  });
});
