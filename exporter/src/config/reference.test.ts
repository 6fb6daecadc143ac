/** Generated reference text, and what a reload applies. */
import { describe, expect, it } from 'vitest';
import { diffSettings } from './diff.js';
import { defaultSettings, loadSettings } from './load.js';
import { environmentName, OPTION_KEYS } from './options.js';
import { exampleYaml, helpText } from './reference.js';

function load(argv: string[], file = '') {
  const result = loadSettings({ argv, env: {}, readFile: () => file });
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result;
}

describe('reference text', () => {
  it('loads the reference file back as the defaults, with and without the commented options', () => {
    expect(load(['--config.file=x'], exampleYaml()).settings).toEqual(defaultSettings());
    const all = exampleYaml()
      .replace('# tap:', 'tap: ipc:///t')
      .replace('# nat-map:', 'nat-map: /n')
      .replace('# expected-minions:', 'expected-minions: /e');
    expect(load(['--config.file=x'], all).settings.salt).toMatchObject({
      natMap: '/n',
      expectedMinions: '/e',
    });
  });

  it('names every option, its variable and its range in --help', () => {
    const help = helpText();
    for (const key of OPTION_KEYS) {
      expect(help).toContain(`--${key}=`);
      expect(help).toContain(environmentName(key));
    }
    expect(help).toContain('--check-config');
    expect(help).toContain('--config.file=PATH   BRINESCOPE_CONFIG_FILE');
  });
});

describe('diffSettings', () => {
  it('applies reloadable options and keeps the others, which it names', () => {
    const running = load([]).values;
    const next = load(['--scan.interval=2s', '--web.listen-address=:1', '--metrics.detail=none']);
    const diff = diffSettings(running, next);
    expect(diff.applied).toEqual(['scan.interval', 'metrics.detail']);
    expect(diff.needRestart).toEqual(['web.listen-address']);
    expect(diff.warnings).toEqual(['web.listen-address changed and takes effect after a restart']);
    expect(diff.settings.scan.intervalSeconds).toBe(2);
    expect(diff.settings.metrics.detail.links).toBe('none');
    expect(diff.settings.web.listenPort).toBe(4507);
    expect(diffSettings(diff.values, next).needRestart).toEqual(['web.listen-address']);
  });

  it('finds nothing to do when nothing changed', () => {
    const { values } = load([]);
    expect(diffSettings(values, load([]))).toMatchObject({ applied: [], needRestart: [] });
  });
});
