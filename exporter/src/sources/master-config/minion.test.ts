/** A minion's configuration from its files: its masters, its paths, its options. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverMinion } from './minion.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'brinescope-minion-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function discover(files: Record<string, string>) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return discoverMinion(root);
}

describe('discoverMinion', () => {
  it("has Salt's defaults where nothing stands in the files", async () => {
    const { facts, config, limits, found } = await discover({
      minion: 'master: 10.0.0.1\nid: m1\n',
    });
    expect(found).toBe(true);
    expect(limits).toEqual([]);
    const digest = createHash('sha256').update('m1').digest('hex').slice(0, 10);
    expect(facts).toMatchObject({
      publishPort: 4505,
      requestPort: 4506,
      cacheDir: '/var/cache/salt/minion',
      sockDir: '/var/run/salt/minion',
      ipcMode: 'ipc',
      minion: {
        id: 'm1',
        busSocket: `/var/run/salt/minion/minion_event_${digest}_pub.ipc`,
        tcpPubPort: 4510,
      },
    });
    expect(facts.logs).toMatchObject([{ component: 'minion', path: '/var/log/salt/minion' }]);
    expect(config).toMatchObject({
      minionId: 'm1',
      masters: [{ name: '10.0.0.1', addresses: ['10.0.0.1'] }],
    });
    const options = Object.fromEntries(config.options);
    expect(options).toMatchObject({
      recon_default: 1_000,
      recon_max: 10_000,
      recon_randomize: 1,
      return_retry_timer: 5,
      return_retry_timer_max: 10,
      return_retry_tries: 3,
      auth_timeout: 5,
      auth_tries: 7,
      random_reauth_delay: 10,
      process_count_max: -1,
    });
  });

  it('names its socket as the reference has it', async () => {
    const { facts } = await discover({ minion: 'id: lab-m1\nmaster: 127.0.0.1\n' });
    expect(facts.minion?.busSocket).toMatch(/minion_event_91fc7848d1_pub\.ipc$/);
  });

  it('lets minion.d win, and puts root_dir in front of paths', async () => {
    const { facts, config } = await discover({
      minion: 'root_dir: /srv/m1\nid: m1\nmaster: 10.0.0.1\nrecon_max: 1\n',
      'minion.d/x.conf': 'recon_max: 59000\nrecon_randomize: False\nprocess_count_max: 4\n',
    });
    expect(facts.cacheDir).toBe('/srv/m1/var/cache/salt/minion');
    expect(facts.logFile).toBe('/srv/m1/var/log/salt/minion');
    expect(config.options.get('recon_max')).toBe(59_000);
    expect(config.options.get('recon_randomize')).toBe(0);
    expect(config.options.get('process_count_max')).toBe(4);
  });

  it('knows several masters, with ports and brackets', async () => {
    const { facts, config, limits } = await discover({
      minion: 'id: m1\nmaster:\n  - 10.0.0.1:14506\n  - "[2001:db8::1]:14506"\n  - 2001:db8::2\n',
    });
    expect(config.masters).toEqual([
      { name: '10.0.0.1:14506', addresses: ['10.0.0.1'] },
      { name: '[2001:db8::1]:14506', addresses: ['2001:db8::1'] },
      { name: '2001:db8::2', addresses: ['2001:db8::2'] },
    ]);
    expect(facts.requestPort).toBe(14_506);
    expect(limits).toEqual(['masters on other request ports than 14506 are not seen']);
  });

  it('takes the id that Salt made up, or says that there is none', async () => {
    const made = await discover({ minion: 'master: 10.0.0.1\n', minion_id: 'made.up\n' });
    expect(made.facts.minion?.id).toBe('made.up');
    await rm(join(root, 'minion_id'));
    const none = await discoverMinion(root);
    expect(none.limits).toEqual(['the id of the minion is not known']);
    expect(none.facts.minion?.busSocket).toBeUndefined();
  });

  it('says what cannot be resolved, and takes ports that are none for their default', async () => {
    const { facts, limits } = await discover({
      minion: 'id: m1\nmaster: no-such-master.invalid\nmaster_port: 99999\npublish_port: x\n',
    });
    expect(limits).toEqual(['no-such-master.invalid cannot be resolved']);
    expect([facts.requestPort, facts.publishPort]).toEqual([4506, 4505]);
  });

  it('goes by its defaults where there is no file, or a broken one', async () => {
    const none = await discoverMinion(join(root, 'nowhere'));
    expect([none.found, none.config.masters[0]?.name]).toEqual([false, 'salt']);
    const broken = await discover({ minion: 'master: [\n' });
    expect(broken.problems.map(({ reason }) => reason)).toEqual(['yaml']);
  });
});
