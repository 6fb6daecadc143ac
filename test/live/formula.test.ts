/** The Salt formula, rendered and tried (`test=True`) by real Salt: it would install a package, write settings that the exporter takes, and start it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../exporter/src/config/load.js';
import { installSalt, SALT_VERSIONS } from '../lab/install.js';

const FORMULA = fileURLToPath(new URL('../../provisioning/salt', import.meta.url));
const SETTINGS = '/etc/brinescope/brinescope.yml';

/** `file_|-id_|-name_|-managed` → what would happen. */
type Outcomes = Readonly<
  Record<
    string,
    { readonly __id__: string; readonly result: boolean | null; readonly comment: string }
  >
>;
type States = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'brinescope-formula-'));
  cpSync(FORMULA, join(scratch, 'srv'), { recursive: true });
  const stage = join(scratch, 'package');
  mkdirSync(join(stage, 'DEBIAN'), { recursive: true });
  // The state asks a package for its name; nothing is installed here.
  const control =
    'Package: brinescope\nVersion: 1\nArchitecture: all\nMaintainer: t\nDescription: t\n';
  writeFileSync(join(stage, 'DEBIAN/control'), control);
  mkdirSync(join(scratch, 'srv/brinescope/files'));
  const deb = join(scratch, 'srv/brinescope/files/brinescope.deb');
  execFileSync('dpkg-deb', ['--build', stage, deb], { stdio: 'ignore' });
  const config = {
    root_dir: scratch,
    id: 'formula',
    file_client: 'local',
    file_roots: { base: [join(scratch, 'srv')] },
    pillar_roots: { base: [join(scratch, 'pillar')] },
  };
  mkdirSync(join(scratch, 'etc'));
  writeFileSync(join(scratch, 'etc/minion'), JSON.stringify(config));
  mkdirSync(join(scratch, 'pillar'));
  writeFileSync(join(scratch, 'pillar/top.sls'), "base: { '*': [brinescope] }\n");
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** The oldest and the newest; renderers are the same between. */
const VERSIONS = [SALT_VERSIONS[0], SALT_VERSIONS[2]];

describe.each(VERSIONS)('the formula on Salt %s', (version) => {
  let home: string;
  beforeAll(async () => {
    home = await installSalt(version);
  });

  function call<T>(pillar: string, ...words: readonly string[]): T {
    writeFileSync(join(scratch, 'pillar/brinescope.sls'), pillar);
    const args = [
      '--local',
      '-c',
      join(scratch, 'etc'),
      '--out=json',
      '--log-level=quiet',
      ...words,
    ];
    const output = execFileSync(join(home, 'bin/salt-call'), args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // The shape is salt-call's.
    return (JSON.parse(output) as { local: T }).local;
  }

  /** Text of the file that a state would write. */
  function contentOf(states: States, id: string): string {
    const parts = states[id]?.file;
    if (!Array.isArray(parts)) throw new Error(`no file in ${id}`);
    const found = parts.find(
      (part) => typeof part === 'object' && part !== null && 'contents' in part,
    );
    return String(found?.contents);
  }

  const EXAMPLE = execFileSync('cat', [join(FORMULA, 'pillar.example')], { encoding: 'utf8' });

  it('would install, write and start, in that order', () => {
    const outcomes = Object.values(
      call<Outcomes>(EXAMPLE, 'state.apply', 'brinescope', 'test=True'),
    );
    expect(outcomes.map(({ __id__, result }) => [__id__, result])).toEqual([
      ['brinescope-package', null],
      ['brinescope-config', null],
      ['brinescope-arguments', null],
      ['brinescope-service', null],
    ]);
  });

  it.each([
    ['the example pillar', EXAMPLE, 'master'],
    ['no pillar', '{}\n', 'master'],
    ['another role', 'brinescope: { config: { role: minion } }\n', 'minion'],
  ])('writes settings that the exporter takes: %s', (_, pillar, role) => {
    const states = call<States>(pillar, 'state.show_sls', 'brinescope');
    const text = contentOf(states, 'brinescope-config');
    const flags = [`--config.file=${SETTINGS}`];
    const loaded = loadSettings({ argv: flags, env: {}, readFile: () => text });
    expect(loaded).toMatchObject({ ok: true, warnings: [], settings: { role } });
  });

  it('gives a master of another user a unit of that user', () => {
    const pillar = 'brinescope: { user: root, args: "--log.level=debug" }\n';
    const states = call<States>(pillar, 'state.show_sls', 'brinescope');
    expect(contentOf(states, 'brinescope-user')).toContain('User=root\nGroup=root');
    expect(contentOf(states, 'brinescope-arguments')).toContain('ARGS="--log.level=debug"');
    expect(call<States>('{}\n', 'state.show_sls', 'brinescope')).not.toHaveProperty(
      'brinescope-user',
    );
  });
});
