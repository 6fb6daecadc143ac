/** The inventory source with its thread, as built, on a tree that changes under it. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../exporter/dist/config/load.js';
import type { Inventory, Observation } from '../../exporter/dist/domain/observations.js';
import { systemClock } from '../../exporter/dist/lib/clock.js';
import { silentLogger } from '../../exporter/dist/lib/log.js';
import { inventorySource } from '../../exporter/dist/sources/inventory/source.js';
import type { MasterFacts, Source } from '../../exporter/dist/sources/source.js';

let root: string;
let source: Source;
let observations: Observation[];
let wake: () => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'brinescope-inventory-'));
  await mkdir(join(root, 'pki/minions'), { recursive: true });
  await mkdir(join(root, 'cache/minions'), { recursive: true });
  observations = [];
  wake = () => undefined;
  source = inventorySource.create({
    settings: defaultSettings(),
    master: factsOf(root),
    clock: systemClock,
    log: silentLogger,
    emit: (observation) => {
      observations.push(observation);
      wake();
    },
  });
});

afterEach(async () => {
  await source.stop();
  await rm(root, { recursive: true, force: true });
});

function factsOf(directory: string): MasterFacts {
  return {
    configDir: directory,
    publishPort: 4505,
    requestPort: 4506,
    connectHost: '127.0.0.1',
    pkiDir: join(directory, 'pki'),
    cacheDir: join(directory, 'cache'),
    sockDir: directory,
    ipcMode: 'ipc',
    tcpMasterPubPort: 4512,
    logFile: join(directory, 'log'),
    logs: [],
    zmqMonitor: false,
    workerThreads: 5,
    ipv6: false,
    transport: 'zeromq',
    keysCacheDriver: 'localfs_key',
    cacheDriver: 'localfs',
    minionDataCache: true,
  };
}

/** `{grains: {ipv4: [address]}}` as Salt 3006 stores it. */
function grains(address: string): Buffer {
  const text = (value: string) =>
    Buffer.concat([Buffer.from([0xa0 + value.length]), Buffer.from(value)]);
  const inner = [Buffer.from([0x81]), text('ipv4'), Buffer.from([0x91]), text(address)];
  return Buffer.concat([Buffer.from([0x81]), text('grains'), ...inner]);
}

const accept = (id: string, directory = root) =>
  writeFile(join(directory, 'pki/minions', id), 'PEM');

function inventories(): Inventory[] {
  return observations.filter((o): o is Inventory => o.kind === 'inventory');
}

function ids(): string[] {
  return (inventories().at(-1)?.minions ?? []).map(({ id }) => id).sort();
}

function errors(reason: string): number {
  return observations.reduce(
    (sum, o) => sum + (o.kind === 'source_error' && o.reason === reason ? o.count : 0),
    0,
  );
}

/** Resolves at the first observation after which `look` is satisfied. */
function until(look: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    wake = () => {
      if (look()) resolve();
    };
    wake();
  });
}

describe('inventory source', () => {
  it('has told everything when it has started, in one observation', async () => {
    const names = Array.from({ length: 500 }, (_, i) => `m-${String(i).padStart(3, '0')}`);
    for (const [index, name] of names.entries()) {
      await accept(name);
      await mkdir(join(root, 'cache/minions', name));
      await writeFile(
        join(root, 'cache/minions', name, 'data.p'),
        grains(`10.0.${index >> 8}.${index & 255}`),
      );
    }
    await source.start();
    expect(inventories()).toHaveLength(1);
    expect(ids()).toEqual(names);
    const rows = inventories()[0]?.minions ?? [];
    expect(rows.find(({ id }) => id === 'm-300')).toMatchObject({
      key: 'accepted',
      cached: true,
      grainAddresses: ['10.0.1.44'],
    });
    expect(observations.at(-1)).toMatchObject({ kind: 'source_health', up: true });
  });

  it('tells keys that come and go, and grains that are written after their directory', async () => {
    await accept('a');
    await source.start();
    await accept('b');
    await until(() => ids().join() === 'a,b');
    await rm(join(root, 'pki/minions/a'));
    await until(() => ids().join() === 'b');
    const before = observations.length;
    await mkdir(join(root, 'cache/minions/b'));
    await until(() => observations.length > before);
    await writeFile(join(root, 'cache/minions/b/data.p'), grains('10.0.0.7'));
    await until(() => inventories().at(-1)?.minions[0]?.grainAddresses[0] === '10.0.0.7');
    expect(inventories().at(-1)?.keyCounts).toMatchObject({ accepted: 1 });
  });

  it('notices that the directory of the keys was replaced, and follows the new one', async () => {
    await accept('a');
    await source.start();
    await mkdir(join(root, 'next/minions'), { recursive: true });
    await writeFile(join(root, 'next/minions/b'), 'PEM');
    await rename(join(root, 'pki'), join(root, 'gone'));
    await rename(join(root, 'next'), join(root, 'pki'));
    await until(() => ids().join() === 'b');
    expect(errors('watch_lost')).toBeGreaterThan(0);
    await accept('c');
    await until(() => ids().join() === 'b,c');
  });

  it('starts over with other directories, and forgets the rows of the old ones', async () => {
    await accept('a');
    await source.start();
    const other = join(root, 'other');
    await mkdir(join(other, 'pki/minions'), { recursive: true });
    await accept('z', other);
    await source.reconfigure(defaultSettings(), factsOf(other));
    await until(() => ids().join() === 'z');
  });

  it('tells that keys cannot be found, instead of zeros, and comes up when they can', async () => {
    await rm(join(root, 'pki'), { recursive: true });
    await source.start();
    expect(inventories().at(-1)?.keyCounts).toBeUndefined();
    expect(observations.at(-1)).toMatchObject({ kind: 'source_health', up: false });
    await mkdir(join(root, 'pki/minions'), { recursive: true });
    await accept('late');
    await until(() => ids().join() === 'late');
    await until(() => {
      const last = observations.at(-1);
      return last?.kind === 'source_health' && last.up;
    });
  });

  it('reads a list of the operator again when it changes, and keeps the last good one', async () => {
    const expectedMinions = join(root, 'expected.yml');
    await writeFile(expectedMinions, '- a\n');
    const defaults = defaultSettings();
    const settings = { ...defaults, salt: { ...defaults.salt, expectedMinions } };
    await source.start();
    await source.reconfigure(settings, factsOf(root));
    await until(() => ids().join() === 'a');
    await writeFile(expectedMinions, 'broken: [');
    await until(() => errors('expected_minions') > 0);
    expect(ids()).toEqual(['a']);
    await writeFile(expectedMinions, '- a\n- b\n');
    await until(() => ids().join() === 'a,b');
  });

  it('names a cache that is no directory, and serves the keys all the same', async () => {
    await rm(join(root, 'cache'), { recursive: true });
    await writeFile(join(root, 'cache'), 'no directory');
    await accept('a');
    await source.start();
    expect(ids()).toEqual(['a']);
    expect(errors('directory_unreadable')).toBeGreaterThan(0);
    expect(observations.at(-1)).toMatchObject({ kind: 'source_health', up: false });
  });
});
