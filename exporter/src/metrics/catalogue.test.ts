/** The catalogue and the tables made from it agree with what a body holds. */
import { describe, expect, it } from 'vitest';
import { familiesOf } from '../../../test/golden/body-lines.js';
import { detailOf, renderBody } from '../../../test/golden/render-body.js';
import { SKETCHES, sketchedMinions, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import { syntheticLocal } from '../../../test/golden/synthetic-local.js';
import {
  familyCatalogue,
  minionSeries,
  processCatalogue,
  renderMetricsTable,
  renderSeriesTable,
} from './catalogue.js';
import { MINION_GROUPS } from './families/index.js';
import { createProcessRegistry } from './process-families.js';

/** A minion of which everything is known. */
const KNOWN = {
  ...SKETCHES[0],
  status: 'ok' as const,
  id: 'x',
  lastDisconnectMs: 1,
  problem: false,
};

async function perMinionSeries(minions: number, links: 'all' | 'problems' | 'none') {
  const problems = minions / 50;
  const many = Array.from({ length: minions }, (_, i) => ({
    ...KNOWN,
    id: `m${i}`,
    problem: i < problems,
  }));
  // Which functions have a status the operator chooses.
  const functionStatus = { pairs: [], values: new Uint8Array(0) };
  const epoch = syntheticEpoch({ minions: sketchedMinions(many), functionStatus });
  const { body } = await renderBody(epoch, { detail: () => detailOf(links) });
  return body.split('\n').filter((line) => line.includes('{minion="')).length;
}

describe('the catalogue', () => {
  it('has every family that a body can hold, with its type', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const local = { ...syntheticEpoch(), local: syntheticLocal() };
    const beside = await renderBody(local, { groups: MINION_GROUPS });
    const ours = new Set([...familiesOf(body), ...familiesOf(beside.body)]);
    const names = [...ours].filter((name) => !/^(process|nodejs)_/.test(name));
    expect(
      familyCatalogue()
        .map((entry) => entry.name)
        .sort(),
    ).toEqual(names.sort());
  });

  it('knows the labels of the process families without a value of theirs', () => {
    const entries = processCatalogue(createProcessRegistry());
    const gc = entries.find((entry) => entry.name === 'nodejs_gc_duration_seconds');
    expect(gc).toMatchObject({ type: 'histogram', labels: ['kind'] });
    expect(entries.map((entry) => entry.name)).toContain('process_cpu_seconds_total');
  });
});

describe('the tables for the README', () => {
  it('have one row for each family under its heading', () => {
    const table = renderMetricsTable();
    for (const { name } of familyCatalogue()) {
      expect(table.split(`| \`${name}\` |`)).toHaveLength(2);
    }
    expect(table).toContain('### Links and presence\n');
    expect(table).toContain('| `salt_links` | gauge | `port`, `peer` | ');
  });

  it('say what each detail costs', () => {
    expect(renderSeriesTable()).toContain('| `all` | 45 | 45,000 | 450,000 |');
    expect(renderSeriesTable()).toContain('| `none` | 0 | 0 | 0 |');
  });

  it.each(['all', 'problems', 'none'] as const)('count for %s what a body has', async (detail) => {
    expect(await perMinionSeries(1000, detail)).toBe(minionSeries(detail, 1000));
  });
});
