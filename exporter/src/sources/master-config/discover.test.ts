/** A master's configuration from its files, and Salt's version from what is installed or runs. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverMaster } from './discover.js';

let root: string;
let places: { procDir: string; rootDir: string };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'brinescope-config-'));
  places = { procDir: join(root, 'proc'), rootDir: root };
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string | Buffer>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return join(root, 'etc');
}

async function discover(files: Record<string, string | Buffer>) {
  return discoverMaster(await write(files), { places });
}

describe('discoverMaster', () => {
  it("has Salt's defaults when there is no file at all", async () => {
    const { facts, config, problems, found } = await discover({});
    expect(found).toBe(false);
    expect(problems).toEqual([]);
    expect(facts).toEqual({
      configDir: join(root, 'etc'),
      publishPort: 4505,
      requestPort: 4506,
      connectHost: '127.0.0.1',
      pkiDir: '/etc/salt/pki/master',
      cacheDir: '/var/cache/salt/master',
      sockDir: '/var/run/salt/master',
      ipcMode: 'ipc',
      tcpMasterPubPort: 4512,
      logFile: '/var/log/salt/master',
      logs: ['master', 'key', 'api'].map((component) => ({
        component,
        path: `/var/log/salt/${component}`,
        format: undefined,
        dateFormat: undefined,
        level: 'warning',
        minionId: undefined,
        masters: 1,
      })),
      zmqMonitor: false,
      workerThreads: 5,
      ipv6: false,
      transport: 'zeromq',
      keysCacheDriver: 'localfs_key',
      cacheDriver: 'localfs',
      minionDataCache: true,
      canary: { user: 'root', isFiltering: false, fileRoots: new Map([['base', ['/srv/salt']]]) },
      jobCache: { hashType: 'sha256', obstacle: undefined },
      saltVersion: undefined,
    });
    expect(config.options.get('pub_hwm')).toBe(1000);
    expect(config.options.get('zmq_backlog')).toBe(1000);
    expect(config.limitations.map(({ source }) => source)).toEqual(['salt_presence_events']);
  });

  it('lets later files win, in sorted order, includes after master.d', async () => {
    const { config, facts } = await discover({
      'etc/master': 'pub_hwm: 1\nworker_threads: 7\ninclude: extra/*.conf\ntimeout: 1\n',
      'etc/master.d/20.conf': 'pub_hwm: 20\nloop_interval: 20\n',
      'etc/master.d/10.conf': 'pub_hwm: 10\nzmq_backlog: 10\n',
      'etc/master.d/.hidden.conf': 'pub_hwm: 99\n',
      'etc/master.d/30.conf.off': 'pub_hwm: 98\n',
      'etc/extra/a.conf': 'timeout: 30\ninclude:\n  - deep.inc\n',
      'etc/extra/deep.inc': 'timeout: 31\n',
    });
    expect(config.options.get('pub_hwm')).toBe(20);
    expect(config.options.get('zmq_backlog')).toBe(10);
    expect(config.options.get('loop_interval')).toBe(20);
    expect(config.options.get('timeout')).toBe(31);
    expect(facts.workerThreads).toBe(7);
  });

  it('puts root_dir in front of paths, but not twice', async () => {
    const { facts } = await discover({
      'etc/master': 'root_dir: /srv/lab/\npki_dir: /srv/lab/pki\nlog_file: log\ncachedir: c\n',
    });
    expect(facts).toMatchObject({
      pkiDir: '/srv/lab/pki',
      cacheDir: '/srv/lab/c',
      sockDir: '/srv/lab/c/.salt-unix',
      logFile: '/srv/lab/log',
    });
  });

  it.each([
    ['hash_type: MD5', { hashType: 'md5', obstacle: undefined }],
    ['job_cache: False', { hashType: 'sha256', obstacle: 'job_cache: False' }],
    ['ext_job_cache: redis', { hashType: 'sha256', obstacle: 'ext_job_cache: redis' }],
    ['ext_job_cache: ""', { hashType: 'sha256', obstacle: undefined }],
    ['master_job_cache: pgjsonb', { hashType: 'sha256', obstacle: 'master_job_cache: pgjsonb' }],
  ])('knows what %s means for the job cache', async (options, expected) => {
    const { facts } = await discover({ 'etc/master': options });
    expect(facts.jobCache).toEqual(expected);
  });

  it('knows the logs of the master, of the minion beside it, and of its tools', async () => {
    const { facts } = await discover({
      'etc/master':
        'log_file: /l/m\nkey_logfile: /l/k\nlog_level: INFO\nlog_fmt_logfile: "%(message)s"\n',
      'etc/minion': 'root_dir: /srv/m1\nid: m1\nlog_level: debug\n',
      'etc/minion.d/x.conf': 'log_level_logfile: error\nmaster: [a, b]\n',
    });
    const rest = { dateFormat: undefined, minionId: undefined, masters: 1 };
    const ofMaster = { ...rest, format: '%(message)s', level: 'info' };
    expect(facts.logFile).toBe('/l/m');
    expect(facts.logs).toEqual([
      { component: 'master', path: '/l/m', ...ofMaster },
      {
        component: 'minion',
        path: '/srv/m1/var/log/salt/minion',
        ...rest,
        format: undefined,
        level: 'error',
        minionId: 'm1',
        masters: 2,
      },
      { component: 'key', path: '/l/k', ...ofMaster },
      { component: 'api', path: '/var/log/salt/api', ...ofMaster },
    ]);
  });

  it.each([
    ['log_file: file:///dev/log/LOG_DAEMON', 'log_file: file:///dev/log/LOG_DAEMON'],
    ['root_dir: /srv\nlog_file: udp://host:514', 'log_file: udp://host:514'],
    ['log_level_logfile: quiet', 'log_level_logfile: quiet'],
    ['log_level: QUIET', 'log_level_logfile: quiet'],
  ])('says what %s keeps from the logs', async (options, finding) => {
    const { config } = await discover({ 'etc/master': options });
    const about = config.limitations.filter(({ source }) => source === 'logs');
    expect(about.map((limitation) => limitation.finding)).toEqual([finding]);
  });

  it('does not call the master’s files bad for what is wrong with the minion’s', async () => {
    const found = await discover({ 'etc/master': '', 'etc/minion': 'id: [unclosed' });
    expect(found.problems).toEqual([]);
    expect(found.facts.logs[1]?.path).toBe('/var/log/salt/minion');
  });

  it.each([
    ['interface: 10.0.0.1', '10.0.0.1'],
    ["interface: '::'", '127.0.0.1'],
    ["interface: '[2001:db8::1]'", '2001:db8::1'],
  ])('reaches a master with %s at %s', async (line, host) => {
    expect((await discover({ 'etc/master': line })).facts.connectHost).toBe(host);
  });

  it('names the master by its id, or by the cached id of the minion beside it', async () => {
    expect((await discover({ 'etc/master': 'id: 12\n' })).config.masterId).toBe('12');
    const { config } = await discover({ 'etc/master': '', 'etc/minion_id': 'host.example\n' });
    expect(config.masterId).toBe('host.example_master');
  });

  it('names what it cannot serve, with the consequence', async () => {
    const { config, facts } = await discover({
      'etc/master':
        'transport: tcp\nkeys.cache_driver: mmap_key\ncache: redis\nminion_data_cache: False\nauth_events: no\npresence_events: yes\nzmq_monitor: True\n',
    });
    expect(config.limitations.map(({ source, finding }) => `${source} ${finding}`)).toEqual([
      'stream_canary transport: tcp',
      'request_canary transport: tcp',
      'inventory keys.cache_driver: mmap_key',
      'inventory cache: redis',
      'inventory minion_data_cache: False',
      'request_canary zmq_monitor: True',
      'salt_auth_events auth_events: False',
    ]);
    for (const { consequence } of config.limitations) expect(consequence).toMatch(/^[A-Z].*\.$/);
    expect(facts).toMatchObject({ transport: 'tcp', minionDataCache: false });
  });

  it.each([
    ['', true],
    ['minion_data_cache: False\n', false],
  ])('tells the domain whether Salt has a minion cache to look into: %j', async (text, has) => {
    expect((await discover({ 'etc/master': text })).config.minionDataCache).toBe(has);
  });

  it('refuses a duplicate key and a broken include, names file and line, and keeps the rest', async () => {
    const { problems, config } = await discover({
      'etc/master': 'pub_hwm: 5\n',
      'etc/master.d/a.conf': 'timeout: 1\ntimeout: 2\n',
      'etc/master.d/b.conf': 'a: [1,\n',
      'etc/master.d/c.conf': '- a\n',
      'etc/master.d/d.conf': Buffer.from('a: \xff\n', 'latin1'),
      'etc/master.d/e.conf': 'gather_job_timeout: soon\nret_port: 99999\n',
    });
    expect(problems.map(({ reason, fatal }) => [reason, fatal])).toEqual([
      ['yaml', false],
      ['yaml', false],
      ['not_a_map', false],
      ['not_utf8', false],
      ['value', false],
      ['value', false],
    ]);
    expect(problems[0]?.text).toMatch(/a\.conf: line 2: key "timeout" is given twice/);
    expect(config.options.get('pub_hwm')).toBe(5);
    expect(config.options.get('timeout')).toBe(5);
  });

  it('calls a broken master file fatal, as Salt does', async () => {
    const { problems, found } = await discover({ 'etc/master': 'a: 1\na: 2\n' });
    expect(problems).toMatchObject([{ reason: 'yaml', fatal: true }]);
    expect(found).toBe(false);
  });

  it('ends includes that include themselves', async () => {
    const { problems } = await discover({
      'etc/master': 'include: me.inc\n',
      'etc/me.inc': 'include: me.inc\n',
    });
    expect(problems.map(({ reason }) => reason)).toEqual(['include_depth']);
  });

  it('takes neither a directory, nor a huge file, nor a broken link for a configuration', async () => {
    const configDir = await write({ 'etc/master.d/big.conf': Buffer.alloc(5 * 1024 * 1024, 35) });
    await mkdir(join(configDir, 'master.d/dir.conf'));
    await symlink('/nowhere/at/all', join(configDir, 'master.d/link.conf'));
    const { problems } = await discoverMaster(configDir, { places });
    expect(problems.map(({ reason }) => reason).sort()).toEqual(['not_a_file', 'too_large']);
  });
});

describe("Salt's version", () => {
  const packages = 'opt/saltstack/salt/lib/python3.10/site-packages';

  it.each([
    ['onedir package', { [`${packages}/salt-3007.14.dist-info/METADATA`]: '' }, '3007.14'],
    ['distribution', { 'usr/lib/python3/dist-packages/salt-3006.9.egg-info': '' }, '3006.9'],
    ['version file', { [`${packages}/salt/_version.txt`]: '3008.2\n' }, '3008.2'],
    ['release candidate', { [`${packages}/salt-3008.0rc1.dist-info/x`]: '' }, '3008.0rc1'],
    ['other packages', { [`${packages}/salt-pepper-0.7.6.dist-info/x`]: '' }, undefined],
    [
      'two that differ',
      {
        [`${packages}/salt-3007.14.dist-info/x`]: '',
        'usr/lib/python3/dist-packages/salt-3006.9.egg-info': '',
      },
      undefined,
    ],
  ])('is found in an installed: %s', async (_name, files, version) => {
    expect((await discover({ 'etc/master': '', ...files })).config.version).toBe(version);
  });

  it('is that of the master which runs with this configuration, whatever else is installed', async () => {
    const etc = join(root, 'etc');
    const line = (config: string) =>
      `${root}/venv/bin/python ${root}/venv/bin/salt-master -c ${config} MainProcess`;
    const { config } = await discover({
      'etc/master': '',
      [`${packages}/salt-3007.14.dist-info/x`]: '',
      'venv/lib/python3.11/site-packages/salt-3008.5.dist-info/x': '',
      'proc/17/cmdline': line('/other'),
      'proc/18/cmdline': `vim\0salt-master\0${etc}`,
      'proc/19/cmdline': line(`${etc}/`),
      'proc/20/cmdline': '',
    });
    expect(config.version).toBe('3008.5');
  });

  it.each([
    ['3006.30', ['salt_event_pub_hwm', 'worker_pools', 'keys.cache_driver'], [10_000, 0]],
    [
      '3007.17',
      [
        'salt_event_pub_hwm',
        'ipc_write_buffer',
        'zmq_heartbeat_ivl',
        'worker_pools',
        'keys.cache_driver',
      ],
      [undefined, undefined],
    ],
    ['3008.5', ['salt_event_pub_hwm', 'worker_threads', 'keep_jobs'], [10_000, 0]],
  ])('decides what %s ignores', async (version, ignored, numbers) => {
    const written = {
      'etc/master':
        'salt_event_pub_hwm: 1\nipc_write_buffer: 0\nkeep_jobs: 24\nzmq_heartbeat_ivl: 10000\nworker_threads: 9\nkeys.cache_driver: mmap_key\nworker_pools:\n  a: {worker_count: 4, commands: ["*"]}\n  b: {worker_count: 2, commands: [_auth]}\n',
      [`${packages}/salt-${version}.dist-info/x`]: '',
    };
    const { config, facts } = await discover(written);
    expect(config.ignoredOptions).toEqual(ignored);
    const shown = ['zmq_heartbeat_ivl', 'ipc_write_buffer'].map((name) => config.options.get(name));
    expect(shown).toEqual(numbers);
    expect(facts.workerThreads).toBe(version === '3008.5' ? 4 : 9);
    expect(facts.keysCacheDriver).toBe(version === '3008.5' ? 'mmap_key' : 'localfs_key');
  });
});
