/** The app's dashboards: written by their generator, and asking only what the exporter has. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SOCKET_MARKS } from '../../exporter/src/domain/socket-marks.js';
import { ANNOTATIONS, exported } from '../../grafana-plugin/dashboards/export.js';
import { dashboards } from '../../grafana-plugin/dashboards/index.js';
import { panelsOf, promQueriesOf } from '../../grafana-plugin/dashboards/model.js';
import { filledIn } from './dashboard-queries.js';
import { queryFindings } from './drift.js';
import { isAlert, readPack } from './pack.js';
import { catalogue, vocabularyOf } from './vocabulary.js';

const ALL = dashboards(SOCKET_MARKS);
const VOCABULARY = vocabularyOf(catalogue());
const MANIFEST = fileURLToPath(new URL('../../grafana-plugin/src/plugin.json', import.meta.url));

const questions = ALL.flatMap((dashboard) =>
  panelsOf(dashboard).flatMap((panel) =>
    promQueriesOf(panel).map(({ expr, legend }) => {
      return { where: `${dashboard.name}: ${panel.title}`, expr: filledIn(expr), legend };
    }),
  ),
);
for (const { name, expr, text } of ANNOTATIONS) {
  questions.push({ where: name, expr: filledIn(expr), legend: text });
}

describe('the dashboards', () => {
  it('ask only for families, labels and values that the exporter has', () => {
    expect(questions.length).toBeGreaterThan(120);
    const found = questions.flatMap(({ where, expr }) =>
      queryFindings(expr, VOCABULARY).map((text) => `${where}: ${text}`),
    );
    expect(found).toEqual([]);
  });

  it('would be found out when a family or a label were renamed', () => {
    const renamed = catalogue().map((entry) => {
      if (entry.name === 'salt_flaps_total') return { ...entry, name: 'salt_flips_total' };
      if (entry.name !== 'salt_jobs_total') return entry;
      return { ...entry, labels: ['result'] };
    });
    const drifted = vocabularyOf(renamed);
    const found = questions.flatMap(({ expr }) => queryFindings(expr, drifted)).join('\n');
    expect(found).toContain('there is no family salt_flaps_total');
    expect(found).toContain('by (outcome): no family in it has that label');
  });

  it('name in legends only labels that their series have', () => {
    for (const { where, expr, legend = '' } of questions) {
      const known = labelsOf(expr);
      const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
      expect(known, where).toEqual(expect.arrayContaining(named));
    }
  });

  it('are PromQL that promtool takes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'brinescope-dashboards-'));
    try {
      const rules = questions.map(({ expr }, index) => ({ record: `dashboard:${index}`, expr }));
      const file = join(directory, 'queries.json');
      // JSON is YAML.
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
      const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', file]);
      expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('describe every panel, give every figure a unit, and fill the width', () => {
    for (const dashboard of ALL) {
      const titles = new Set<string>();
      for (const panel of panelsOf(dashboard)) {
        expect(panel.description.length, panel.title).toBeGreaterThan(5);
        expect(panel.description.endsWith('.'), panel.description).toBe(true);
        titles.add(panel.title);
      }
      expect(titles.size).toBeGreaterThan(5);
      for (const panel of Object.values(flat(exported(dashboard)))) {
        const { type, title, fieldConfig } = panel;
        if (type !== 'stat' && type !== 'timeseries') continue;
        expect(fieldConfig?.defaults.unit, title).toBeDefined();
      }
    }
  });

  it('lay panels beside one another, never over one another', () => {
    for (const dashboard of ALL) {
      const { panels } = exported(dashboard) as { panels: Placed[] };
      const shown = [panels, ...panels.map((panel) => panel.panels ?? [])];
      for (const group of shown) {
        for (const [index, one] of group.entries()) {
          const { x, w } = one.gridPos;
          expect(x + w).toBeLessThanOrEqual(24);
          for (const other of group.slice(index + 1)) {
            expect(overlap(one.gridPos, other.gridPos), `${one.title} / ${other.title}`).toBe(
              false,
            );
          }
        }
      }
      const ids = flat({ panels }).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('have no data source but their variables', () => {
    for (const dashboard of ALL) {
      const text = JSON.stringify(exported(dashboard));
      const uids = [...text.matchAll(/"uid":"([^"]+)"/g)].map(([, uid]) => uid);
      const own = `brinescope-${dashboard.name}`;
      expect(new Set(uids)).toEqual(new Set([own, `\${prometheus}`, `\${brinescope}`]));
    }
  });

  it('are where alerts, panels and the app lead to, with the variables these fill', async () => {
    const { includes } = JSON.parse(await readFile(MANIFEST, 'utf8')) as {
      includes: { type: string; path: string }[];
    };
    const shipped = includes.filter(({ type }) => type === 'dashboard').map(({ path }) => path);
    expect(shipped).toEqual(ALL.map(({ name }) => `dashboards/${name}.json`));
    const text = JSON.stringify(ALL.map(exported));
    const alerts = readPack().rules.filter(isAlert);
    const links = [
      ...alerts.map(({ annotations }) => annotations.dashboard ?? ''),
      ...[...text.matchAll(/\/d\/brinescope-[^"\\]+/g)].map(([link]) => link),
    ];
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) {
      const [, name = ''] = /\/d\/brinescope-(\w+)/.exec(link) ?? [];
      const dashboard = ALL.find((one) => one.name === name);
      expect(dashboard, link).toBeDefined();
      for (const [, variable = ''] of link.matchAll(/var-(\w+)=/g)) {
        const known = ['prometheus', 'brinescope', ...(dashboard?.variables ?? [])];
        expect(known, link).toContain(variable);
      }
    }
  });
});

interface Grid {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Placed {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Grid;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly panels?: Placed[];
}

function flat(dashboard: object): Placed[] {
  const { panels } = dashboard as { panels: Placed[] };
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

function overlap(a: Grid, b: Grid): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function labelsOf(expr: string): string[] {
  const by = /\bby \(([^)]*)\)/.exec(expr)?.[1];
  if (by !== undefined) return by.split(',').map((label) => label.trim());
  const name = /(salt|brinescope|process|zmq)_\w+/.exec(expr)?.[0] ?? '';
  return [...(VOCABULARY.labels.get(name) ?? []), 'master', 'instance'];
}
