/** Flags, environment and file together: precedence, and every mistake named at once. */
import { describe, expect, it } from 'vitest';
import { type LoadResult, loadSettings } from './load.js';

interface Given {
  argv?: string[];
  env?: Record<string, string>;
  file?: string;
}

function load({ argv = [], env = {}, file }: Given): LoadResult {
  const flags = file === undefined ? argv : [...argv, '--config.file=/etc/b.yml'];
  return loadSettings({
    argv: flags,
    env,
    readFile: (path) => {
      if (path !== '/etc/b.yml' || file === undefined) throw new Error('ENOENT: no such file');
      return file;
    },
  });
}

function loaded(given: Given) {
  const result = load(given);
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result;
}

function errorsOf(given: Given): readonly string[] {
  const result = load(given);
  return result.ok ? [] : result.errors;
}

describe('loadSettings', () => {
  it('gives every option its default when nothing is given', () => {
    const result = loaded({});
    expect(result.command).toBe('run');
    expect(result.warnings).toEqual([]);
    expect(result.settings).toEqual({
      role: 'master',
      salt: {
        configDir: '/etc/salt',
        expectedMinions: undefined,
        natMap: undefined,
        minionExporters: undefined,
      },
      local: { fleetSize: undefined },
      scan: { intervalSeconds: 1, cpuBudgetRatio: 0.02 },
      metrics: {
        detail: { links: 'all', delivery: 'all', requests: 'all', jobs: 'all' },
        functions: [],
      },
      monitor: { tap: undefined },
      canary: {
        requestIntervalSeconds: 5,
        jobs: false,
        jobsPerMinute: 10,
        jobsUser: undefined,
        fileDir: undefined,
        sourceAddress: '127.0.0.77',
      },
      domain: { flapWindowSeconds: 120, staleAfterSeconds: 604_800 },
      web: {
        listenHost: '',
        listenPort: 4507,
        telemetryPath: '/metrics',
        configFile: undefined,
      },
      log: { level: 'info', format: 'text' },
      history: { path: undefined, retentionSeconds: 14 * 86_400, maxBytes: 2_000_000_000 },
      events: { log: undefined },
    });
  });

  it('lets a flag win over the environment, the environment over the file, the file over the default', () => {
    const file = 'scan:\n  interval: 4s\n  cpu-budget: 4%\nlog:\n  level: warn\n';
    const env = { BRINESCOPE_SCAN_INTERVAL: '3s', BRINESCOPE_LOG_LEVEL: 'error' };
    const { settings, configFile } = loaded({ argv: ['--scan.interval=2s'], env, file });
    expect(settings.scan).toEqual({ intervalSeconds: 2, cpuBudgetRatio: 0.04 });
    expect(settings.log.level).toBe('error');
    expect(settings.log.format).toBe('text');
    expect(configFile).toBe('/etc/b.yml');
  });

  it('takes the file from the environment too', () => {
    const result = loadSettings({
      argv: [],
      env: { BRINESCOPE_CONFIG_FILE: '/x.yml' },
      readFile: () => 'log: { format: json }',
    });
    expect(result.ok && result.settings.log.format).toBe('json');
  });

  it('accepts --key value and --key=value, and reads three-part keys from nested blocks', () => {
    const file = 'canary:\n  request:\n    interval: 0\n  source-address: 127.0.0.9\n';
    const { settings, warnings } = loaded({ argv: ['--web.listen-address', '[::1]:0'], file });
    expect(settings.web).toMatchObject({ listenHost: '::1', listenPort: 0 });
    const canary = { requestIntervalSeconds: 0, sourceAddress: '127.0.0.9' };
    expect(settings.canary).toMatchObject(canary);
    expect(warnings).toEqual([
      'canary.request.interval is 0: wedged workers of the master stay unseen',
    ]);
  });

  it('reads paths of the file relative to the file, and of flags as they stand', () => {
    const file = 'salt:\n  nat-map: nat.yml\n  expected-minions: /abs/list.yml\n';
    expect(loaded({ file }).settings.salt).toMatchObject({
      natMap: '/etc/nat.yml',
      expectedMinions: '/abs/list.yml',
    });
    expect(loaded({ argv: ['--salt.nat-map=nat.yml'] }).settings.salt.natMap).toBe('nat.yml');
    const exporters = (value: string) =>
      loaded({ file: `salt:\n  minion-exporters: ${value}\n` }).settings.salt.minionExporters;
    expect(exporters('list.yml')).toBe(exporters('./list.yml'));
    expect(exporters('list.yml')).toMatch(/^\/.*\/list\.yml$/);
    expect(exporters('m1=http://a:1')).toBe('m1=http://a:1');
  });

  it('lets --help and --version win over everything, errors included', () => {
    expect(loaded({ argv: ['--nonsense', '--help'] }).command).toBe('help');
    expect(loaded({ argv: ['-h'] }).command).toBe('help');
    expect(loaded({ argv: ['--version'] }).command).toBe('version');
    expect(loaded({ argv: ['--check-config'] }).command).toBe('check-config');
  });

  it('names every error at once, with the place and what to do', () => {
    const errors = errorsOf({
      argv: ['--scan.intervall=1s', '--log.level=loud', '--canary.source-address=127.0.0.1'],
      env: { BRINESCOPE_SCAN_INTERVAL: '5', BRINESCOPE_LINKS_FLAPWINDOW: '1m' },
      file: 'scan:\n  interval: 10m\n\nlog:\n  levle: info\n',
    });
    expect(errors).toEqual([
      '--scan.intervall is no flag of brinescope; the nearest is --scan.interval',
      'BRINESCOPE_LINKS_FLAPWINDOW is no environment variable of brinescope; the nearest is BRINESCOPE_LINKS_FLAP_WINDOW',
      '/etc/b.yml:5: log.levle is no option of brinescope; the nearest is log.level',
      '--log.level: "loud" is none of: debug info warn error',
      expect.stringMatching(/^--canary\.source-address: "127\.0\.0\.1" would falsify Salt's own/),
      'BRINESCOPE_SCAN_INTERVAL: "5" has no unit; write 5s or …ms',
      '/etc/b.yml:2: scan.interval: "10m" is out of range; allowed: 100ms … 1m',
    ]);
  });

  it('refuses a wrong value even where another one overrides it', () => {
    expect(
      errorsOf({ argv: ['--scan.interval=1s'], file: 'scan: { interval: soon }' }),
    ).toHaveLength(1);
  });

  it.each([
    ['unknown block', 'scann:\n  interval: 1s\n', /:1: scann is no option .* nearest is scan$/],
    ['duplicate key', 'log:\n  level: info\n  level: warn\n', /:3: a key is given twice/],
    [
      'duplicate block',
      'log: {level: info}\nscan: {}\nlog: {format: json}\n',
      /:3: a key is given twice/,
    ],
    ['no mapping', '- a\n- b\n', /:1: the file must hold key: value lines/],
    ['scalar block', 'scan: 1s\n', /:1: scan must hold key: value lines/],
    [
      'block as value',
      'scan:\n  interval: { a: 1 }\n',
      /:2: scan\.interval is a block, not a value/,
    ],
    ['no value', 'scan:\n  interval:\n', /:2: scan\.interval has no value; allowed: 100ms/],
    ['wrong type', 'log:\n  level: true\n', /:2: log\.level: "true" is a boolean, not a string/],
    ['number for an address', 'web:\n  listen-address: 4507\n', /:2: .* is a number, not a string/],
    [
      'dotted key',
      'scan.interval: 1s\n',
      /:1: "scan\.interval" has a dot; .*"scan: \{ interval: …/,
    ],
    ['config.file inside', 'config:\n  file: x\n', /config\.file is a flag/],
    ['bad YAML', 'scan: [1,\n', /not valid YAML/],
    ['unknown tag', 'log:\n  level: !loud info\n', /not valid YAML/],
    ['two documents', 'log: {level: info}\n---\nlog: {level: warn}\n', /not valid YAML/],
    ['huge', `# ${'x'.repeat(1_000_001)}`, /larger than 1 MB/],
  ])('refuses a file with: %s', (_name, file, message) => {
    const errors = errorsOf({ file });
    expect(errors.join('\n')).toMatch(message);
    expect(errors).toHaveLength(1);
  });

  it('finds a web configuration file beside the file that names it', () => {
    const file = 'web:\n  config:\n    file: tls/web.yml\n';
    expect(loaded({ file }).settings.web.configFile).toBe('/etc/tls/web.yml');
  });

  it('takes a block whose options are all commented out, an alias, and an empty file with a warning', () => {
    expect(loaded({ file: 'monitor:\n  # tap:\nlog:\n  level: warn\n' }).settings.log.level).toBe(
      'warn',
    );
    const shared = 'links:\n  flap-window: &w 3m\n  stale-after: *w\n';
    expect(loaded({ file: shared }).settings.domain.staleAfterSeconds).toBe(180);
    expect(loaded({ file: shared }).warnings[0]).toMatch(/stale-after is not longer/);
    expect(loaded({ file: '# nothing\n' }).warnings).toEqual([
      '/etc/b.yml is empty; every option has its default',
    ]);
  });

  it.each([
    ['missing file', ['--config.file=/nowhere.yml'], /"\/nowhere\.yml" cannot be read: ENOENT/],
    ['empty file name', ['--config.file='], /--config\.file: is empty/],
    ['twice', ['--log.level=info', '--log.level=info'], /--log\.level is given twice/],
    ['no value', ['--log.level'], /--log\.level has no value/],
    ['flag instead of a value', ['--log.level', '--check-config'], /--log\.level has no value/],
    ['value for a command', ['--check-config=yes'], /takes no value/],
    ['stray word', ['serve'], /"serve" is no flag/],
    ['one dash', ['-log.level=info'], /"-log\.level=info" is no flag/],
    ['another role', ['--role=proxy'], /--role: "proxy" is none of: master minion/],
    ['a fleet of none', ['--local.fleet-size=0'], /out of range; allowed: 1 … 1000000/],
    ['an empty path', ['--web.config.file='], /--web\.config\.file: "" is empty/],
    ['canary.jobs', ['--canary.jobs=10'], /--canary\.jobs: "10" is none of: off on/],
    ['a budget', ['--canary.jobs-per-minute=61'], /out of range; allowed: 1 … 60/],
    ['half a job', ['--canary.jobs-per-minute=0.5'], /is no whole number/],
    ['a user', ['--canary.jobs-user=../root'], /is no name of a user/],
    ['control characters', ['--lo\u001bg.level=1'], /^--lo\ufffdg\.level is no flag/],
  ])('refuses a command line with: %s', (_name, argv, message) => {
    const errors = errorsOf({ argv });
    expect(errors.join('\n')).toMatch(message);
    expect(errors).toHaveLength(1);
  });

  it('refuses an empty variable', () => {
    expect(errorsOf({ env: { BRINESCOPE_SALT_NAT_MAP: '' } })[0]).toMatch(/is empty; give a path/);
    expect(errorsOf({ env: { PATH: '/bin', BRINESCOPEX: '1' } })).toEqual([]);
  });
});
