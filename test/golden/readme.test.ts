/**
 * The generated tables of the README equal what the code says; `npm run golden` writes them anew.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderMetricsTable, renderSeriesTable } from '../../exporter/src/metrics/catalogue.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

/** Text with everything between the markers of `name` replaced. */
function withSection(text: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n${text.slice(to)}`;
}

describe('the README', () => {
  it('has the tables of metrics and of their cost as the code makes them', async () => {
    const written = readFileSync(README, 'utf8');
    const metrics = withSection(written, 'metrics', renderMetricsTable());
    const generated = withSection(metrics, 'series', renderSeriesTable());
    await expect(generated).toMatchFileSnapshot(README);
  });

  it('says where a section belongs when its markers are missing', () => {
    expect(() => withSection('# Title', 'metrics', '')).toThrow('lacks the markers');
    expect(withSection('<!-- a:begin --> old <!-- a:end -->!', 'a', 'new\n')).toBe(
      '<!-- a:begin -->\n\nnew\n\n<!-- a:end -->!',
    );
  });
});
