/**
 * The body as others read it: promtool, and the text and OpenMetrics parsers of prometheus_client,
 * hostile ids included.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProcessRegistry } from '../../exporter/src/metrics/process-families.js';
import { renderBody } from '../golden/render-body.js';
import {
  emptyEpoch,
  SKETCHES,
  sketchedMinions,
  syntheticEpoch,
} from '../golden/synthetic-epoch.js';
import {
  installParser,
  missingTools,
  type ParsedFamily,
  parseBody,
  promtoolFindings,
} from './exposition-tools.js';

const missing = await missingTools();
if (missing.length > 0 && process.env.CI) throw new Error(`missing: ${missing.join(', ')}`);
const why = missing.length > 0 ? ` (not run: needs ${missing.join(', ')})` : '';

const FORMATS = ['text', 'openmetrics'] as const;

/**
 * promtool's complaints about families whose names are not ours to change, of prom-client and of
 * salt-exporter, and about our `le`, of which naming.test.ts says why.
 */
const NAMED_EXCEPTIONS = [
  'nodejs_active_handles_total non-counter metrics should not have "_total" suffix',
  'nodejs_active_requests_total non-counter metrics should not have "_total" suffix',
  'nodejs_active_resources_total non-counter metrics should not have "_total" suffix',
  'salt_health_minions_total non-counter metrics should not have "_total" suffix',
  'salt_minions_queue_pressure non-histogram metrics should not have "le" label',
];

/** Ids as an attacker or a careless operator would choose them; all have a UTF-8 form. */
const HOSTILE = [
  'a"b',
  'back\\slash',
  'trailing\\',
  'line\nfeed',
  'carriage\rreturn',
  '\\n',
  '\\"',
  '"} 1\nsalt_minions{status="ok"} 99',
  '# EOF',
  '{minion="x"}',
  '<script>alert(1)</script>',
  ' leading and trailing ',
  'tab\there',
  'ümläut-日本-🧂',
  '\u2028\u0085\u00a0',
  '\u0001\u007f',
  ',}={',
  'x'.repeat(300),
  '🧂'.repeat(80),
];

function minionsNamed(ids: readonly string[]) {
  const [sketch] = SKETCHES;
  if (sketch === undefined) throw new Error('no sketch');
  return syntheticEpoch({ minions: sketchedMinions(ids.map((id) => ({ ...sketch, id }))) });
}

function minionIds(families: readonly ParsedFamily[], family: string): readonly string[] {
  const samples = families.find(({ name }) => name === family)?.samples ?? [];
  return samples.map((sample) => sample.labels.minion ?? '(none)');
}

describe.skipIf(missing.length > 0)(`a body is read by the tools of the field${why}`, () => {
  let python = '';
  beforeAll(async () => {
    python = await installParser();
  });

  it('passes promtool check metrics but for names that others chose', async () => {
    const registry = createProcessRegistry();
    const { body } = await renderBody(syntheticEpoch(), { registry });
    expect([...new Set(await promtoolFindings(body))].sort()).toEqual(NAMED_EXCEPTIONS);
  });

  it('would fail promtool if a counter lacked its type', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const broken = body.replace('# TYPE salt_flaps_total counter', '# TYPE salt_flaps_total gauge');
    const before = await promtoolFindings(body);
    expect(await promtoolFindings(broken)).toHaveLength(before.length + 1);
  });

  it.each(FORMATS)('means the same to prometheus_client in %s as to us', async (format) => {
    const registry = createProcessRegistry();
    const { body, report } = await renderBody(syntheticEpoch(), { format, registry });
    const families = await parseBody(python, body, format);
    const samples = families.flatMap((family) => family.samples);
    expect(samples).toHaveLength(report.series);
    const rtt = families.find((family) => family.name === 'salt_minion_rtt_seconds');
    expect(rtt?.samples.map((sample) => [sample.labels.minion, sample.value])).toEqual([
      ['db-1', '0.0125'],
      ['web-1', '0.00025'],
      ['web-2', '1.5'],
    ]);
    const flaps = families.find((family) => family.name === 'salt_minion_flaps');
    expect(flaps?.type).toBe('counter');
    expect(families.find((family) => family.name === 'salt_publish_bytes')?.unit).toBe(
      format === 'openmetrics' ? 'bytes' : '',
    );
  });

  it.each(FORMATS)('is valid %s before anything is known', async (format) => {
    const { body } = await renderBody(emptyEpoch(), { format, reload: () => undefined });
    const names = (await parseBody(python, body, format)).map((family) => family.name);
    expect(names).toContain('salt_flaps');
    expect(names).not.toContain('salt_minions');
  });

  it.each(FORMATS)('carries every hostile id unchanged in %s', async (format) => {
    const { body } = await renderBody(minionsNamed(HOSTILE), { format });
    const families = await parseBody(python, body, format);
    expect(minionIds(families, 'salt_minion_status')).toEqual(HOSTILE);
    expect(minionIds(families, 'salt_minion_flaps')).toEqual(HOSTILE);
    const ok = families.find((family) => family.name === 'salt_minions')?.samples[0];
    expect(ok?.value).toBe('2.0');
  });

  it.each(FORMATS)('carries generated ids unchanged in %s', async (format) => {
    const special = fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', '=', '#', ' ', '\t');
    const unit = fc.oneof(special, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }));
    const id = fc.array(unit, { minLength: 1, maxLength: 40 }).map((parts) => parts.join(''));
    const many = fc.uniqueArray(id, { minLength: 300, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(many, async (ids) => {
        const { body } = await renderBody(minionsNamed(ids), { format });
        const families = await parseBody(python, body, format);
        expect(minionIds(families, 'salt_minion_status')).toEqual(ids);
      }),
      { numRuns: 8 },
    );
  });

  it('keeps ids with lone surrogates apart and the body valid UTF-8', async () => {
    const ids = ['bad\udc80', 'bad\udc81', '\ud83e', 'good\ud83e\uddc2'];
    const { body } = await renderBody(minionsNamed(ids), { format: 'openmetrics' });
    const families = await parseBody(python, body, 'openmetrics');
    expect(minionIds(families, 'salt_minion_status')).toEqual([
      'bad\\udc80',
      'bad\\udc81',
      '\\ud83e',
      'good🧂',
    ]);
  });
});
