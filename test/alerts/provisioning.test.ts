/** What is shipped for Prometheus and systemd: accepted by their own tools, and fit for the rules. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPack } from './pack.js';

const ROOT = fileURLToPath(new URL('../../provisioning', import.meta.url));
const UNITS = ['brinescope.service', 'brinescope-remediate.service'];
/** Of 10; below 2 `systemd-analyze security` says OK. */
const EXPOSURE_MAX = 2;

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('the example for Prometheus', () => {
  const file = join(ROOT, 'prometheus/prometheus.yml');

  it('is accepted by promtool', () => {
    expect(run('promtool', 'check', 'config', '--syntax-only', file)).toContain('SUCCESS');
  });

  it('has the job that the rules look for, with a master for each target', () => {
    const config = parse(readFileSync(file, 'utf8')) as {
      scrape_configs: { job_name: string; static_configs: { labels?: { master?: string } }[] }[];
    };
    const jobs = readPack().rules.flatMap(({ expr }) => [...expr.matchAll(/job="(\w+)"/g)]);
    expect(jobs.length).toBeGreaterThan(0);
    const exporter = config.scrape_configs.find(({ job_name }) => job_name === 'brinescope');
    for (const [, job] of jobs) expect(job).toBe('brinescope');
    for (const { labels } of exporter?.static_configs ?? []) expect(labels?.master).toBeDefined();
    expect(exporter?.static_configs.length).toBeGreaterThan(0);
  });
});

describe.each(UNITS)('%s for systemd', (name) => {
  const file = join(ROOT, 'systemd', name);

  it('is accepted by systemd-analyze', () => {
    const directory = mkdtempSync(join(tmpdir(), 'brinescope-unit-'));
    try {
      // Node lies elsewhere on some machines, and the check wants the program to be there.
      const text = readFileSync(file, 'utf8').replace('=/usr/bin/node ', `=${process.execPath} `);
      const unit = join(directory, name);
      writeFileSync(unit, text);
      expect(run('systemd-analyze', 'verify', '--man=no', unit)).toBe('');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('leaves little exposed', () => {
    const threshold = `--threshold=${EXPOSURE_MAX * 10}`;
    // Its exit status tells whether the exposure is above the threshold.
    const report = run('systemd-analyze', 'security', '--offline=true', threshold, file);
    expect(report).toContain('Overall exposure level');
  });
});
