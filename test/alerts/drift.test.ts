/** Rules and runbooks name only what the exporter has; a family or label that is renamed is found at once. */
import { describe, expect, it } from 'vitest';
import { driftFindings, resultLabels, type Vocabulary, withRecords } from './drift.js';
import { isAlert, type Pack, readPack } from './pack.js';
import { takeApart } from './promql.js';
import { catalogue, vocabularyOf } from './vocabulary.js';

const PACK = readPack();
const ENTRIES = catalogue();
const VOCABULARY = vocabularyOf(ENTRIES);
const ALERTS = PACK.rules.filter(isAlert);

/** The pack with a single alert. */
function packOf(expr: string, description = ''): Pack {
  const annotations = { description };
  const rule = { file: 'x.yaml', alert: 'X', expr, labels: {}, annotations, reasons: [] };
  return { rules: [rule], runbooks: [] };
}

function familiesIn(queries: readonly string[]): ReadonlySet<string> {
  const names = queries.flatMap((query) => takeApart(query).selectors.map(({ name }) => name));
  return new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
}

describe('the alert pack', () => {
  it('names only families, labels and values that the exporter has', () => {
    expect(ALERTS.length).toBeGreaterThan(80);
    expect(PACK.runbooks.flatMap(({ queries }) => queries).length).toBeGreaterThan(200);
    expect(driftFindings(PACK, VOCABULARY)).toEqual([]);
  });

  it('drifts when any family that a rule uses is renamed', () => {
    const used = familiesIn(PACK.rules.map(({ expr }) => expr));
    const families = ENTRIES.filter(({ name }) => used.has(name));
    expect(families.length).toBeGreaterThan(60);
    for (const { name } of families) {
      const renamed = ENTRIES.map((entry) =>
        entry.name === name ? { ...entry, name: `${name}_renamed` } : entry,
      );
      const findings = driftFindings(PACK, vocabularyOf(renamed)).join('\n');
      expect(findings, name).toContain(`there is no family ${name}`);
    }
  });

  it('drifts when any label that a rule matches or groups by is renamed', () => {
    const pairs = new Set<string>();
    const labelsOf = new Map(ENTRIES.map(({ name, labels }) => [name, labels]));
    for (const { expr } of PACK.rules) {
      const { selectors, groupings } = takeApart(expr);
      for (const { name, matchers } of selectors) {
        for (const { label } of matchers) {
          if (labelsOf.get(name)?.includes(label)) pairs.add(`${name} ${label}`);
        }
      }
      for (const { keyword, labels, selectors: inside } of groupings) {
        const [only, ...others] = inside;
        if (keyword !== 'by' || only === undefined || others.length > 0) continue;
        for (const label of labels) {
          // The exporter beside a minion has a label `master` of its own, which a target has too.
          if (label === 'master' || !labelsOf.get(only.name)?.includes(label)) continue;
          pairs.add(`${only.name} ${label}`);
        }
      }
    }
    expect(pairs.size).toBeGreaterThan(40);
    for (const pair of pairs) {
      const [name, label] = pair.split(' ');
      const renamed = ENTRIES.map((entry) => {
        if (entry.name !== name) return entry;
        return { ...entry, labels: entry.labels.map((each) => (each === label ? 'other' : each)) };
      });
      expect(driftFindings(PACK, vocabularyOf(renamed)), pair).not.toEqual([]);
    }
  });

  it('says what is wrong', () => {
    const findings = (expr: string, description?: string) =>
      driftFindings(packOf(expr, description), VOCABULARY);
    expect(findings('sum by (master) (salt_minnions)')).toEqual([
      'X: there is no family salt_minnions',
    ]);
    expect(findings('salt_minions{state="ok"} > 1')).toEqual([
      'X: salt_minions has no label state',
    ]);
    expect(findings('salt_minions{status=~"ok|okay"} > 1')).toEqual([
      'X: salt_minions has no status="okay"',
    ]);
    expect(findings('sum by (port) (salt_minions)')).toEqual([
      'X: by (port): no family in it has that label',
    ]);
    expect(findings('sum by (master) (salt_minions)', '{{ $labels.minion }}')).toEqual([
      'X: its alerts have no label minion',
    ]);
    expect(() => findings('{__name__="up"}')).toThrow('a selector without a name');
    expect(() => findings('salt_minions{status=~')).toThrow('no matcher');
  });
});

describe('every alert', () => {
  const known: Vocabulary = withRecords(PACK.rules, VOCABULARY);
  /** They speak of Prometheus itself, not of a master. */
  const ofNoMaster = ['BrinescopeMissing', 'BrinescopeDeadman'];

  it('aggregates by master, or by instance beside a minion', () => {
    const wrong = ALERTS.filter(({ alert, expr, file }) => {
      const label = file.endsWith('/minion.rules.yaml') ? 'instance' : 'master';
      return !ofNoMaster.includes(alert) && !resultLabels(expr, known).includes(label);
    });
    expect(wrong.map(({ alert }) => alert)).toEqual([]);
  });

  it('compares no raw counter', () => {
    const counters = new Set(ENTRIES.filter(({ type }) => type === 'counter').map((e) => e.name));
    const raw = PACK.rules.flatMap(({ alert, record, expr }) =>
      [...expr.matchAll(/(\w+_total)(?:\{[^}]*\})?(\[)?/g)]
        .filter(([, name, range]) => counters.has(name ?? '') && range === undefined)
        .map(([text]) => `${alert ?? record}: ${text}`),
    );
    expect(raw).toEqual([]);
  });
});
