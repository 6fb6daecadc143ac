/** The configuration source on files that change under it. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../config/load.js';
import type { Observation, SourceHealth } from '../../domain/observations.js';
import { systemClock } from '../../lib/clock.js';
import { silentLogger } from '../../lib/log.js';
import type { MasterFacts } from '../source.js';
import { discoverMaster } from './discover.js';
import { MasterConfigSource } from './source.js';

let root: string;
let etc: string;
let source: MasterConfigSource;
let observations: Observation[];
let facts: MasterFacts[];
let wake: () => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'brinescope-config-'));
  etc = join(root, 'etc');
  await mkdir(join(etc, 'master.d'), { recursive: true });
  await writeFile(join(etc, 'master'), 'pub_hwm: 5\n');
  observations = [];
  facts = [];
  wake = () => undefined;
  await startSource();
});

afterEach(async () => {
  await source.stop();
  await rm(root, { recursive: true, force: true });
});

async function startSource(): Promise<void> {
  const places = { procDir: join(root, 'proc'), rootDir: root };
  const defaults = defaultSettings();
  source = new MasterConfigSource(
    {
      settings: { ...defaults, salt: { ...defaults.salt, configDir: etc } },
      master: (await discoverMaster(etc, { places })).facts,
      clock: systemClock,
      log: silentLogger,
      emit: (observation) => {
        observations.push(observation);
        wake();
      },
      onMasterFacts: (found) => {
        facts.push(found);
        wake();
      },
    },
    places,
  );
  await source.start();
}

/** Resolves at the first emitted observation after which `look` is satisfied. */
function until(look: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    wake = () => {
      if (look()) resolve();
    };
    wake();
  });
}

function health(): SourceHealth | undefined {
  return observations.findLast((o): o is SourceHealth => o.kind === 'source_health');
}

function marks(): (number | undefined)[] {
  return observations.flatMap((o) =>
    o.kind === 'master_config' ? [o.options.get('pub_hwm')] : [],
  );
}

describe('master configuration source', () => {
  it('tells the configuration once at its start, and no facts that the app has already', () => {
    expect(marks()).toEqual([5]);
    expect(facts).toEqual([]);
    expect(health()).toMatchObject({ up: true });
  });

  it('reads again when a file appears in master.d, and tells new facts', async () => {
    await writeFile(join(etc, 'master.d/ports.conf'), 'publish_port: 4605\npub_hwm: 6\n');
    await until(() => facts.length > 0);
    expect(facts.map(({ publishPort }) => publishPort)).toEqual([4605]);
    expect(marks()).toEqual([5, 6]);
  });

  it('keeps the last good configuration while a file is broken, counts it once, and says so', async () => {
    await writeFile(join(etc, 'master'), 'pub_hwm: 7\npub_hwm: 8\n');
    await until(() => health()?.up === false);
    expect(health()?.detail).toMatch(/line 2: key "pub_hwm" is given twice.*last good/);
    expect(marks()).toEqual([5]);
    await writeFile(join(etc, 'master'), 'pub_hwm: 9\n');
    await until(() => health()?.up === true);
    expect(marks()).toEqual([5, 9]);
    const errors = observations.filter(({ kind }) => kind === 'source_error');
    expect(errors).toEqual([
      { kind: 'source_error', source: 'master_config', reason: 'yaml', count: 1 },
    ]);
  });

  it('calls no configuration good that never was: defaults stand for it, look after look', async () => {
    await source.stop();
    observations = [];
    await writeFile(join(etc, 'master'), 'pub_hwm: 7\npub_hwm: 8\n');
    await startSource();
    expect(health()?.detail).toMatch(/given twice.*Salt's defaults stand for what it says/);
    await writeFile(join(etc, 'master'), 'pub_hwm: 8\npub_hwm: 9\n\n');
    await until(() => observations.filter(({ kind }) => kind === 'source_error').length > 1);
    await until(() => observations.at(-1)?.kind === 'source_health');
    expect(health()?.detail).not.toMatch(/last good/);
  });

  it('follows a directory that is put in the place of the watched one', async () => {
    await mkdir(join(root, 'new/master.d'), { recursive: true });
    await writeFile(join(root, 'new/master'), 'pub_hwm: 10\n');
    await rename(join(etc, 'master.d'), join(root, 'gone.d'));
    await rename(etc, join(root, 'old'));
    await rename(join(root, 'new'), etc);
    await until(() => marks().includes(10));
    await writeFile(join(etc, 'master.d/a.conf'), 'pub_hwm: 11\n');
    await until(() => marks().includes(11));
    expect(observations).toContainEqual({
      kind: 'source_error',
      source: 'master_config',
      reason: 'watch_lost',
      count: 1,
    });
  }, 30_000);
});
