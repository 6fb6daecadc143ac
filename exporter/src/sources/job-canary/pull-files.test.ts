/** Where files for pulls may be written, and that nothing else is. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CANARY_FILE_BYTES } from '../../domain/canary-job.js';
import { FileSlots } from './file-slots.js';
import { FILE_NAMES } from './options.js';
import { findPlace } from './pull-files.js';

let top = '';
let root = '';
let canary = '';

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'canary-files-'));
  root = join(top, 'srv');
  canary = join(root, 'our/canary');
  mkdirSync(canary, { recursive: true });
});
afterEach(() => rmSync(top, { recursive: true }));

const problems: unknown[] = [];
const notRemoved = (error: unknown) => problems.push(error);

const facts = (fileRoots: ReadonlyMap<string, readonly string[]>) => ({
  user: 'root',
  isFiltering: false,
  fileRoots,
});
const base = () => new Map([['base', [join(top, 'none'), root]]]);

describe('the directory of pulled files', () => {
  it('is known to minions by its path below the root', async () => {
    const place = await findPlace(canary, base());
    expect(place.ok && place.urlOf('f')).toBe('salt://our/canary/f?saltenv=base');
  });

  it('is refused with the reason', async () => {
    const problem = async (directory: string, roots = base()) => {
      const place = await findPlace(directory, roots);
      return place.ok ? 'none' : place.problem;
    };
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'a b'));
    symlinkSync(top, join(root, 'way-out'));
    expect(await problem(join(root, 'absent'))).toMatch(/does not exist/);
    expect(await problem(join(root, 'file'))).toMatch(/is no directory/);
    expect(await problem(root)).toMatch(/is a file_roots directory itself/);
    expect(await problem(top)).toMatch(/is in no directory of file_roots/);
    expect(await problem(join(root, 'way-out'))).toMatch(/is in no directory of file_roots/);
    expect(await problem(join(root, 'a b'))).toMatch(/other characters/);
    expect(await problem(canary, new Map())).toMatch(/fileserver_backend/);
    expect(await problem(canary, new Map([['dev ?', [root]]]))).toMatch(/other characters/);
  });
});

describe('the files', () => {
  it('have a new content each, 16 names in turn, and are removed when their pull is over', async () => {
    const slots = new FileSlots(notRemoved);
    await slots.find(canary, facts(base()));
    expect(slots.problem).toBeUndefined();
    const digests = new Set<string>();
    for (let n = 0; n < FILE_NAMES; n += 1) {
      const file = await slots.write(n);
      const content = readFileSync(join(canary, file?.name ?? ''), 'utf8');
      expect(content).toHaveLength(CANARY_FILE_BYTES);
      expect(file?.digest).toBe(createHash('sha256').update(content).digest('hex'));
      digests.add(file?.digest ?? '');
    }
    expect(digests.size).toBe(FILE_NAMES);
    expect(readdirSync(canary)).toHaveLength(FILE_NAMES);
    expect(await slots.write(FILE_NAMES), 'all names are in use').toBeUndefined();
    slots.release(10 * 60_000);
    expect((await slots.write(10 * 60_000))?.name).toBe('brinescope-canary-00');
    expect(readdirSync(canary)).toEqual(['brinescope-canary-00']);
    await slots.clear();
    expect(readdirSync(canary)).toEqual([]);
  });

  it('of an earlier run are removed, and what is not ours is left alone', async () => {
    for (const name of ['brinescope-canary-03', '.brinescope-canary.tmp', 'top.sls', 'other'])
      writeFileSync(join(canary, name), 'x');
    const outside = join(top, 'outside');
    writeFileSync(outside, 'precious');
    symlinkSync(outside, join(canary, 'brinescope-canary-00'));
    const slots = new FileSlots(notRemoved);
    await slots.find(canary, facts(base()));
    expect(readdirSync(canary).sort()).toEqual(['other', 'top.sls']);
    symlinkSync(outside, join(canary, 'brinescope-canary-00'));
    symlinkSync(outside, join(canary, '.brinescope-canary.tmp'));
    const file = await slots.write(0);
    expect(file?.name).toBe('brinescope-canary-00');
    expect(statSync(join(canary, 'brinescope-canary-00')).size).toBe(CANARY_FILE_BYTES);
    expect(readFileSync(outside, 'utf8')).toBe('precious');
    await slots.clear();
    expect(readdirSync(canary).sort()).toEqual(['other', 'top.sls']);
  });

  it('are none without a directory, and that is said', async () => {
    const slots = new FileSlots(notRemoved);
    await slots.find(undefined, facts(base()));
    expect(slots.problem).toBe('canary.file-dir is not set');
    expect(await slots.write(0)).toBeUndefined();
    await slots.find(canary, undefined);
    expect(slots.problem).toMatch(/not known/);
  });

  it('that cannot be removed are told of', async () => {
    const slots = new FileSlots(notRemoved);
    await slots.find(canary, facts(base()));
    mkdirSync(join(canary, 'brinescope-canary-05/full'), { recursive: true });
    await slots.clear();
    expect(String(problems.at(-1))).toMatch(/brinescope-canary-05/);
  });

  it('that cannot be written reject, and are tried again', async () => {
    const slots = new FileSlots(notRemoved);
    await slots.find(canary, facts(base()));
    rmSync(canary, { recursive: true });
    await expect(slots.write(0)).rejects.toThrow(/ENOENT/);
    mkdirSync(canary);
    expect((await slots.write(1))?.name).toBe('brinescope-canary-01');
  });
});
