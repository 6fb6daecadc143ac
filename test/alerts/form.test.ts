/** Every alert is whole: reasons, annotations, runbook, unit tests; the README's table says so and equals them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlert, ALERTS as ROOT, readPack, readUnitTests } from './pack.js';
import { comparedNumbers, takeApart } from './promql.js';
import { ALWAYS_FIRES, casesOf, renderAlertTable, renderThresholds } from './table.js';

const PACK = readPack();
const ALERTS = PACK.rules.filter(isAlert);
const NAMES = ALERTS.map(({ alert }) => alert);
const RUNBOOKS = 'https://brinescope.example.net/runbooks/';
const DASHBOARDS = 'https://grafana.example.net/d/brinescope-';
/** Slugs of the dashboards that the Grafana app ships. */
const SLUGS = ['fleet', 'minion', 'queues', 'jobs', 'master', 'exporter'];
const HEADINGS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'False alarms'];

describe('alerts', () => {
  it('have names of their own', () => {
    expect(NAMES).toEqual([...new Set(NAMES)]);
    expect(NAMES.filter((name) => !/^(Salt|Brinescope)[A-Z]\w+$/.test(name))).toEqual([]);
  });

  it.each(ALERTS)('$alert has everything an alert needs', (rule) => {
    const { alert, annotations, labels } = rule;
    expect(Object.keys(annotations).sort()).toEqual([
      'dashboard',
      'description',
      'runbook_url',
      'summary',
    ]);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(rule.file).toContain(`/${labels.component}.rules.yaml`);
    expect(rule.for).toMatch(/^\d+[smh]$/);
    expect(annotations.summary).toMatch(/^[A-Z].*[.]$/);
    expect(annotations.summary).not.toContain('{{');
    expect(annotations.runbook_url).toBe(`${RUNBOOKS}${alert}.md`);
    const slug = annotations.dashboard?.slice(DASHBOARDS.length).split('?')[0];
    expect(annotations.dashboard?.startsWith(DASHBOARDS)).toBe(true);
    expect(SLUGS).toContain(slug);
  });

  it.each(ALERTS)('$alert gives a reason for each threshold and each time', (rule) => {
    if (rule.alert === ALWAYS_FIRES) return expect(rule.reasons).toEqual([]);
    const has = (start: string) => rule.reasons.some((reason) => reason.startsWith(`${start}: `));
    const numbers = comparedNumbers(rule.expr).filter((number) => number !== '0');
    const factors = [...rule.expr.matchAll(/([\d.]+) \*/g)].map(([, number]) => number ?? '');
    const missing = [...numbers, ...factors].filter((number) => !has(`threshold ${number}`));
    const windows = rule.expr.includes('[') ? ['window'] : [];
    const unsaid = windows.filter((word) => !rule.reasons.some((line) => line.startsWith(word)));
    expect([...missing, ...unsaid]).toEqual([]);
    if (rule.for !== '0s') expect(has(`for ${rule.for}`)).toBe(true);
    if (rule.keep_firing_for !== undefined) expect(has(`keep ${rule.keep_firing_for}`)).toBe(true);
  });
});

describe('runbooks', () => {
  it('are one for each alert, and no others', () => {
    expect(PACK.runbooks.map(({ name }) => name)).toEqual([...NAMES].sort());
  });

  it.each(PACK.runbooks)('$name says what to look at and what to do', ({ name, text, queries }) => {
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(HEADINGS);
    for (const section of text.split(/^## .*$/m).slice(1)) expect(section.trim()).not.toBe('');
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) expect(takeApart(query).selectors).not.toEqual([]);
  });

  it('refer only to runbooks that exist', () => {
    const referred = PACK.runbooks.flatMap(({ text }) =>
      [...text.matchAll(/\b((?:Salt|Brinescope)[A-Z][a-z]\w+)\b/g)].map(([, word]) => word ?? ''),
    );
    expect(referred.filter((word) => !NAMES.includes(word) && word !== 'SaltReturnsLost')).toEqual([
      'SaltReqTimeoutError',
    ]);
  });

  it('are all in the index by symptom', () => {
    const index = readFileSync(join(ROOT, 'runbooks/README.md'), 'utf8');
    const linked = [...index.matchAll(/\]\((\w+)\.md\)/g)].map(([, name]) => name ?? '');
    expect([...new Set(linked)].sort()).toEqual([...NAMES].sort());
  });
});

describe('unit tests', () => {
  const cases = casesOf(readUnitTests());

  it.each(NAMES.filter((name) => name !== ALWAYS_FIRES))(
    '%s fires, stays quiet, and ends',
    (name) => {
      expect(cases.get(name)).toEqual({ fires: true, quiet: true, resolves: true });
    },
  );

  it('know no alert that is gone', () => {
    const tested = readUnitTests().flatMap(({ alert_rule_test }) =>
      alert_rule_test.map(({ alertname }) => alertname),
    );
    expect(tested.filter((name) => !NAMES.includes(name))).toEqual([]);
  });
});

describe('the README of the pack', () => {
  it('has the tables of alerts and thresholds as the rules have them', async () => {
    const path = join(ROOT, 'README.md');
    const written = readFileSync(path, 'utf8');
    const table = withSection(written, 'alerts', renderAlertTable(ALERTS, readUnitTests()));
    await expect(withSection(table, 'thresholds', renderThresholds(ALERTS))).toMatchFileSnapshot(
      path,
    );
  });
});

function withSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`alerts/README.md lacks ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n${text.slice(to)}`;
}
