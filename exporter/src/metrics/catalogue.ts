/**
 * What there is to query: every family with its labels, for the README and for checks of alerts and
 * dashboards.
 */
import type { Registry } from 'prom-client';
import { DETAILS, type Detail } from '../config/settings.js';
import { FAMILY_GROUPS, MINION_GROUPS } from './families/index.js';
import { scrapeReport } from './families/self.js';
import type { Family, FamilyGroup, FamilyUnit } from './family.js';
import { seriesPerMinion } from './minion-rows.js';
import { PROCESS_GROUP, processFamilies } from './process-families.js';

export interface CatalogueEntry {
  /**
   * As in the text format. A histogram also has `_bucket` (with the label `le`), `_sum` and
   * `_count`.
   */
  readonly name: string;
  readonly type: string;
  readonly unit: FamilyUnit;
  readonly labels: readonly string[];
  readonly help: string;
  readonly group: string;
  readonly heading: string;
}

/** Groups of our own families in both roles, the report on the scrape included. */
export const ALL_GROUPS: readonly FamilyGroup[] = [
  ...FAMILY_GROUPS,
  ...MINION_GROUPS.filter((group) => !FAMILY_GROUPS.includes(group)),
  scrapeReport,
];

/** Share of minions with a problem that the table of costs assumes. */
const PROBLEM_PERCENT = 2;
const FLEETS = [1000, 10_000] as const;

/** Our own families in the order of a body. */
export function familyCatalogue(): readonly CatalogueEntry[] {
  return ALL_GROUPS.flatMap(({ name: group, heading, families }) =>
    families.map(({ name, type, unit, labels, help }) => {
      return { name, type, unit, labels, help, group, heading };
    }),
  );
}

/** The families of the process and of Node, which prom-client names. */
export function processCatalogue(registry: Registry): readonly CatalogueEntry[] {
  return processFamilies(registry).map((family) => {
    return { ...family, group: PROCESS_GROUP, heading: 'Process and Node' };
  });
}

/**
 * Table of all families in Markdown, one per heading; what stands between `metrics:begin` and
 * `metrics:end` in the README.
 */
export function renderMetricsTable(): string {
  const entries = familyCatalogue();
  const headings = [...new Set(entries.map((entry) => entry.heading))];
  const tables = headings.map((heading) => {
    const rows = entries.filter((entry) => entry.heading === heading).map(familyRow);
    return `### ${heading}\n\n| family | type | labels | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `${tables.join('\n')}
### Process and Node

\`process_*\` and \`nodejs_*\`: the default families of prom-client, about the exporter itself.
`;
}

/**
 * What each detail costs, from the families; what stands between `series:begin` and `series:end` in
 * the README.
 */
export function renderSeriesTable(): string {
  const head = FLEETS.map((minions) => `${grouped(minions)} minions`);
  const rows = DETAILS.map((detail) => {
    const cells = FLEETS.map((minions) => grouped(minionSeries(detail, minions)));
    return `| \`${detail}\` | ${perMinionText(detail)} | ${cells.join(' | ')} |`;
  });
  return `| detail | series per minion, at most | ${head.join(' | ')} |
|---|---|${FLEETS.map(() => '--:|').join('')}
${rows.join('\n')}

For \`problems\` ${PROBLEM_PERCENT} % of the minions are taken to have one. Fleet, monitor and process families add a few hundred
series that do not grow with the number of minions. \`--metrics.functions\` adds one for each of its functions, and each set of states that jobs name for it (64 at most).
`;
}

/** Per-minion series at most; gauges that are not known are absent. */
export function minionSeries(detail: Detail, minions: number): number {
  if (detail === 'none') return 0;
  const { counters, gauges } = perMinion();
  const shown = detail === 'all' ? minions : (minions * PROBLEM_PERCENT) / 100;
  return counters * minions + gauges * shown;
}

function perMinionText(detail: Detail): string {
  const { counters, gauges } = perMinion();
  if (detail === 'none') return '0';
  if (detail === 'all') return String(counters + gauges);
  return `${counters}, with a problem ${counters + gauges}`;
}

function perMinion(): { counters: number; gauges: number } {
  const sums = { counters: 0, gauges: 0 };
  const families: readonly Family[] = ALL_GROUPS.flatMap((group) => group.families);
  for (const family of families) {
    if (family.kind !== 'minion' && family.kind !== 'minion_info') continue;
    if (family.type === 'counter') sums.counters += seriesPerMinion(family);
    else sums.gauges += seriesPerMinion(family);
  }
  return sums;
}

function familyRow(entry: CatalogueEntry): string {
  const labels = entry.labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${entry.name}\` | ${entry.type} | ${labels} | ${entry.help.replaceAll('|', '\\|')} |`;
}

/** 10000 → `10,000`. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
