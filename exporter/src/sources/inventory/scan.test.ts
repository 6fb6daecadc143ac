/** The inventory read from trees of files, recorded, made-up and hostile. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InventoryScan, type ScanPlaces, type Sweep } from './scan.js';

const FIXTURES = new URL('../../../../test/fixtures/', import.meta.url).pathname;
const NOW = Date.UTC(2026, 10, 21);

let root: string;
let places: ScanPlaces;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'brinescope-inventory-'));
  places = {
    pkiDir: join(root, 'pki'),
    cacheDir: join(root, 'cache'),
    hasKeyFiles: true,
    hasGrainFiles: true,
    layout: undefined,
    expectedMinions: undefined,
    natMap: undefined,
  };
  mkdirSync(join(root, 'pki/minions'), { recursive: true });
});
afterEach(() => {
  execFileSync('chmod', ['-R', 'u+rwx', root]);
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, content: string | Buffer, wallMs?: number): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  // As Salt does it: written beside it, then renamed into place.
  writeFileSync(`${full}.new`, content);
  if (wallMs !== undefined) utimesSync(`${full}.new`, wallMs / 1000, wallMs / 1000);
  renameSync(`${full}.new`, full);
}

/** Where a descriptor leads; empty when it was closed meanwhile. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const text = (value: string) =>
  Buffer.concat([Buffer.from([0xda, value.length >> 8, value.length & 255]), Buffer.from(value)]);
/** Grains with one address, as 3008 stores them. */
const grains = (address: string) =>
  Buffer.concat([Buffer.from([0x81]), text('ipv4'), Buffer.from([0x91]), text(address)]);
/** The same with a pillar, as 3006 and 3007 store it. */
const withPillar = (address: string, pillar = 'secret') =>
  Buffer.concat([
    Buffer.from([0x82]),
    text('grains'),
    grains(address),
    text('pillar'),
    text(pillar),
  ]);

function errorsOf(sweep: Sweep): Record<string, number> {
  return Object.fromEntries(sweep.errors);
}

function rowsOf(sweep: Sweep): Record<string, readonly string[]> {
  return Object.fromEntries(sweep.upserts.map((row) => [row.id, row.grainAddresses]));
}

describe('what real masters wrote', () => {
  it.each([
    ['salt-3006.30', ['m1', 'm3', 'm4'], '10.77.0.11'],
    ['salt-3008.5', ['m1', 'm2', 'm3', 'm4'], '10.77.0.11'],
  ])('reads keys and grains of %s', (version, accepted, address) => {
    cpSync(join(FIXTURES, version, 'pki'), join(root, 'pki'), { recursive: true });
    cpSync(join(FIXTURES, version, 'cache'), join(root, 'cache'), { recursive: true });
    const sweep = new InventoryScan(places).sweep(NOW);
    expect(sweep.upserts.filter(({ key }) => key === 'accepted').map(({ id }) => id)).toEqual(
      accepted,
    );
    expect(sweep.frame.keyCounts).toEqual({
      accepted: accepted.length,
      pending: 0,
      rejected: 0,
      denied: 0,
    });
    expect(rowsOf(sweep).m1).toContain(address);
    expect(sweep.upserts.find(({ id }) => id === 'm1')?.cached).toBe(true);
    expect(sweep.problems).toEqual([]);
    expect(sweep.errors).toEqual([]);
  });
});

describe('keys', () => {
  it('knows the four states, and when the oldest pending key came', () => {
    put('pki/minions/a', 'PEM', 5_000);
    put('pki/minions_pre/b', 'PEM', 3_000);
    put('pki/minions_pre/c', 'PEM', 2_000);
    put('pki/minions_rejected/d', 'PEM');
    put('pki/minions_denied/a', 'PEM');
    put('pki/minions/.key_cache', 'x');
    const { upserts, frame } = new InventoryScan(places).sweep(NOW);
    expect(frame.keyCounts).toEqual({ accepted: 1, pending: 2, rejected: 1, denied: 1 });
    expect(frame.oldestPendingWallMs).toBe(2_000);
    expect(upserts.map(({ id, key, keyWallMs }) => [id, key, keyWallMs])).toEqual([
      ['a', 'accepted', 5_000],
      ['b', 'pending', 3_000],
      ['c', 'pending', 2_000],
      ['d', 'rejected', expect.any(Number)],
    ]);
  });

  it('tells what came, what went and what moved, and nothing else', () => {
    put('pki/minions/a', 'PEM');
    put('pki/minions_pre/b', 'PEM');
    const scan = new InventoryScan(places);
    expect(scan.sweep(NOW).upserts).toHaveLength(2);
    expect(scan.sweep(NOW)).toMatchObject({ changed: false, upserts: [], removed: [] });
    put('pki/minions/b', 'PEM');
    unlinkSync(join(root, 'pki/minions_pre/b'));
    unlinkSync(join(root, 'pki/minions/a'));
    const sweep = scan.sweep(NOW);
    expect(sweep).toMatchObject({ changed: true, removed: ['a'] });
    expect(sweep.upserts).toMatchObject([{ id: 'b', key: 'accepted' }]);
  });

  it('does not take the temporary name of a key that is being written for a minion', () => {
    const now = Date.now();
    put('pki/minions/tmpab1_c2de', 'PEM');
    const scan = new InventoryScan(places);
    expect(scan.sweep(now).upserts).toEqual([]);
    expect(scan.sweep(now + 10_000).upserts).toMatchObject([{ id: 'tmpab1_c2de' }]);
  });

  it('keeps what it knew, and says so, when the directory goes; follows another one in its place', () => {
    put('pki/minions/a', 'PEM');
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    renameSync(join(root, 'pki'), join(root, 'elsewhere'));
    const gone = scan.sweep(NOW);
    expect(gone.removed).toEqual([]);
    expect(gone.frame.keyCounts?.accepted).toBe(1);
    expect(gone.problems[0]).toMatch(/pki\/minions does not exist: .*mounted\?/);
    put('pki/minions/b', 'PEM');
    expect(scan.sweep(NOW)).toMatchObject({ removed: ['a'], problems: [], upserts: [{ id: 'b' }] });
  });

  it('knows no counts, rather than zeros, where keys were never readable or are not files', () => {
    rmSync(join(root, 'pki'), { recursive: true });
    expect(new InventoryScan(places).sweep(NOW).frame.keyCounts).toBeUndefined();
    const elsewhere = new InventoryScan({ ...places, hasKeyFiles: false }).sweep(NOW);
    expect(elsewhere.frame.keyCounts).toBeUndefined();
    expect(elsewhere.problems).toEqual([]);
  });
});

describe('grains', () => {
  it('takes the newer file of a minion where both layouts stand side by side', () => {
    put('cache/minions/a/data.p', withPillar('10.0.0.1'), 1_000);
    put('cache/grains/a.p', grains('10.0.0.2'), 2_000);
    put('cache/minions/b/data.p', withPillar('10.0.0.3'), 2_000);
    put('cache/grains/b.p', grains('10.0.0.4'), 1_000);
    expect(rowsOf(new InventoryScan(places).sweep(NOW))).toEqual({
      a: ['10.0.0.2'],
      b: ['10.0.0.3'],
    });
  });

  it.each([
    ['map', { old: true, both: true, new: false }],
    ['flat', { old: false, both: true, new: true }],
    [undefined, { old: false, both: true, new: true }],
  ] as const)("calls cached what Salt's own presence looks at (layout %s)", (layout, cached) => {
    put('cache/minions/old/data.p', withPillar('10.0.0.1'));
    put('cache/minions/both/data.p', withPillar('10.0.0.2'));
    put('cache/grains/both.p', grains('10.0.0.2'));
    put('cache/grains/new.p', grains('10.0.0.3'));
    const { upserts } = new InventoryScan({ ...places, layout }).sweep(NOW);
    expect(Object.fromEntries(upserts.map((row) => [row.id, row.cached]))).toEqual(cached);
    expect(upserts.find(({ id }) => id === 'old')?.grainAddresses).toEqual(['10.0.0.1']);
  });

  it('has the disk fetch files while others are read, each once, and not for a single one', () => {
    const fetched: number[] = [];
    let loads = 0;
    const scan = new InventoryScan(places, () => {
      loads += 1;
      return (descriptor) => fetched.push(fstatSync(descriptor).ino);
    });
    put('cache/grains/first.p', grains('10.0.0.1'));
    expect(rowsOf(scan.sweep(NOW))).toEqual({ first: ['10.0.0.1'] });
    expect(loads).toBe(0);
    const many = Array.from({ length: 100 }, (_, i) => [`m${i}`, `10.1.0.${i}`] as const);
    for (const [id, address] of many) put(`cache/grains/${id}.p`, grains(address));
    const wanted = Object.fromEntries(many.map(([id, address]) => [id, [address]]));
    expect(rowsOf(scan.sweep(NOW))).toEqual(wanted);
    expect(loads).toBe(1);
    // All but the one that came first, which is read at once when its turn comes.
    expect(fetched.length).toBe(many.length - 1);
    expect(new Set(fetched).size).toBe(fetched.length);
    const open = readdirSync('/proc/self/fd').map((fd) => readLink(`/proc/self/fd/${fd}`));
    expect(open.filter((path) => path.startsWith(root))).toEqual([]);
  });

  it('reads only what changed, also when size and time stay equal', () => {
    put('cache/grains/a.p', grains('10.0.0.1'), 1_000);
    put('cache/grains/b.p', grains('10.0.0.2'), 1_000);
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    put('cache/grains/a.p', grains('10.0.0.9'), 1_000);
    expect(scan.sweep(NOW).upserts).toMatchObject([{ id: 'a', grainAddresses: ['10.0.0.9'] }]);
  });

  it('takes grains that were written anew and are the same for the same, once an hour for newer', () => {
    const hour = 3_600_000;
    put('cache/grains/a.p', grains('10.0.0.1'), hour);
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    put('cache/grains/a.p', grains('10.0.0.1'), hour + 60_000);
    expect(scan.sweep(NOW).changed).toBe(false);
    put('cache/grains/a.p', grains('10.0.0.1'), hour * 2);
    expect(scan.sweep(NOW).upserts).toMatchObject([{ id: 'a', grainsWallMs: hour * 2 }]);
  });

  it('forgets grains that Salt deleted', () => {
    put('pki/minions/a', 'PEM');
    put('cache/grains/a.p', grains('10.0.0.1'));
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    unlinkSync(join(root, 'cache/grains/a.p'));
    expect(scan.sweep(NOW).upserts).toMatchObject([{ id: 'a', cached: false, grainAddresses: [] }]);
  });

  it('reads grains before a pillar of 50 MB, and refuses grains behind one', () => {
    const path = join(root, 'cache/minions/a/data.p');
    const huge = 50 * 1024 * 1024;
    const header = Buffer.concat([Buffer.from([0x82]), text('grains'), grains('10.0.0.1')]);
    put('cache/minions/a/data.p', header);
    truncateSync(path, huge);
    const binary = Buffer.from([0x82, 0xa1, 0x70, 0xc6, 0x03, 0, 0, 0]);
    put('cache/minions/b/data.p', binary);
    truncateSync(join(root, 'cache/minions/b/data.p'), huge);
    const sweep = new InventoryScan(places).sweep(NOW);
    expect(rowsOf(sweep).a).toEqual(['10.0.0.1']);
    expect(errorsOf(sweep)).toEqual({ too_large: 1 });
  });

  it('reads grains longer than the first part of the file', () => {
    const long = Buffer.concat([
      Buffer.from([0x82]),
      text('os'),
      Buffer.from([0xdb, 0, 3, 0, 0]),
      Buffer.alloc(0x30000, 0x61),
      grains('10.0.0.1').subarray(1),
    ]);
    put('cache/grains/a.p', long);
    expect(rowsOf(new InventoryScan(places).sweep(NOW)).a).toEqual(['10.0.0.1']);
  });

  it('counts a file that cannot be used once, and again only when it changed', () => {
    put('pki/minions/a', 'PEM');
    put('cache/grains/a.p', 'not msgpack');
    const scan = new InventoryScan(places);
    const first = scan.sweep(NOW);
    expect(errorsOf(first)).toEqual({ wrong_shape: 1 });
    expect(first.upserts).toMatchObject([{ id: 'a', cached: false, grainAddresses: [] }]);
    expect(scan.sweep(NOW).errors).toEqual([]);
    put('cache/grains/a.p', Buffer.from([0xc1, 0]));
    expect(errorsOf(scan.sweep(NOW))).toEqual({ not_msgpack: 1 });
    put('cache/grains/a.p', grains('10.0.0.1'));
    expect(rowsOf(scan.sweep(NOW))).toEqual({ a: ['10.0.0.1'] });
  });

  it('never keeps a pillar in memory', () => {
    const secret = `pillar-${'x'.repeat(50)}-${process.pid}`;
    put('cache/minions/a/data.p', withPillar('10.0.0.1', secret));
    const sweep = new InventoryScan(places).sweep(NOW);
    expect(rowsOf(sweep).a).toEqual(['10.0.0.1']);
    expect(JSON.stringify(sweep.upserts)).not.toContain(secret);
  });
});

describe('a sweep of changed names only', () => {
  const names = (entries: Record<string, string[]>) =>
    new Map(Object.entries(entries).map(([path, list]) => [join(root, path), new Set(list)]));

  it('sees keys and grains that came, changed and went, and looks at nothing else', () => {
    put('pki/minions/a', 'PEM');
    put('pki/minions_pre/b', 'PEM');
    put('cache/grains/a.p', grains('10.0.0.1'));
    put('cache/minions/old/data.p', withPillar('10.0.0.2'));
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    unlinkSync(join(root, 'pki/minions_pre/b'));
    put('pki/minions/b', 'PEM');
    put('pki/minions/unseen', 'PEM');
    put('cache/grains/a.p', grains('10.0.0.3'));
    put('cache/grains/c.p', grains('10.0.0.4'));
    put('cache/minions/new/data.p', withPillar('10.0.0.5'));
    const changed = names({
      'pki/minions': ['b', 'tmpfile'],
      'pki/minions_pre': ['b'],
      'cache/grains': ['a.p', 'c.p', 'tmpx1y2z3', 'c.p.new'],
      'cache/minions': ['new', 'nothing'],
    });
    const sweep = scan.sweep(NOW, changed);
    expect(rowsOf(sweep)).toEqual({ a: ['10.0.0.3'], b: [], c: ['10.0.0.4'], new: ['10.0.0.5'] });
    expect(sweep.upserts.find(({ id }) => id === 'b')?.key).toBe('accepted');
    expect(scan.sweep(NOW).upserts.map(({ id }) => id)).toEqual(['unseen']);
    unlinkSync(join(root, 'pki/minions/unseen'));
    unlinkSync(join(root, 'cache/grains/c.p'));
    const gone = scan.sweep(NOW, names({ 'pki/minions': ['unseen'], 'cache/grains': ['c.p'] }));
    expect([...gone.removed].sort()).toEqual(['c', 'unseen']);
  });

  it('counts what stands in the place of a key once, whichever sweep sees it', () => {
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    symlinkSync('/etc/passwd', join(root, 'pki/minions/link'));
    const changed = names({ 'pki/minions': ['link'] });
    expect(errorsOf(scan.sweep(NOW, changed))).toEqual({ not_a_file: 1 });
    expect(scan.sweep(NOW, changed).errors).toEqual([]);
    expect(scan.sweep(NOW)).toMatchObject({ errors: [], frame: { keyCounts: { accepted: 0 } } });
  });

  it('follows no name out of the directory', () => {
    put('secret/data.p', withPillar('10.0.0.66'));
    mkdirSync(join(root, 'cache/minions'), { recursive: true });
    symlinkSync(join(root, 'secret'), join(root, 'cache/minions/link'));
    const scan = new InventoryScan(places);
    scan.sweep(NOW);
    const changed = names({
      'cache/minions': ['link', '../secret', '..'],
      'pki/minions': ['..', '.'],
    });
    expect(scan.sweep(NOW, changed).upserts).toEqual([]);
  });
});

describe('hostile files', () => {
  it('takes ids with quotes, newlines and markup as they are, and 255 bytes', () => {
    const ids = ['a"b', "it's", 'line\nbreak', '<script>alert(1)</script>', 'x'.repeat(255), 'ä🧂'];
    // A slash cannot stand in a file name; "</script>" loses it.
    const names = ids.map((id) => id.replaceAll('/', ''));
    for (const name of names) writeFileSync(join(root, 'pki/minions', name), 'PEM');
    const sweep = new InventoryScan(places).sweep(NOW);
    expect(sweep.upserts.map(({ id }) => id).sort()).toEqual([...names].sort());
    expect(sweep.errors).toEqual([]);
  });

  it('counts names that are no UTF-8 or no id once', () => {
    const directory = Buffer.from(join(root, 'pki/minions/'));
    writeFileSync(Buffer.concat([directory, Buffer.from([0x66, 0xff, 0x6f])]), 'PEM');
    writeFileSync(join(root, 'pki/minions/a\\b'), 'PEM');
    writeFileSync(join(root, 'pki/minions/good'), 'PEM');
    const scan = new InventoryScan(places);
    const sweep = scan.sweep(NOW);
    expect(errorsOf(sweep)).toEqual({ name_not_utf8: 1, name_invalid: 1 });
    expect(sweep.frame.keyCounts?.accepted).toBe(1);
    put('pki/minions/later', 'PEM');
    expect(scan.sweep(NOW).errors).toEqual([]);
  });

  it('takes no link, pipe, device or directory for a key or for grains, and waits for none', () => {
    const keys = join(root, 'pki/minions');
    put('secret', grains('10.0.0.66'));
    symlinkSync(join(root, 'secret'), join(keys, 'link'));
    mkdirSync(join(keys, 'directory'));
    execFileSync('mkfifo', [join(keys, 'pipe')]);
    mkdirSync(join(root, 'cache/grains'), { recursive: true });
    symlinkSync(join(root, 'secret'), join(root, 'cache/grains/link.p'));
    symlinkSync('/dev/zero', join(root, 'cache/grains/zero.p'));
    mkdirSync(join(root, 'cache/grains/directory.p'));
    execFileSync('mkfifo', [join(root, 'cache/grains/pipe.p')]);
    mkdirSync(join(root, 'cache/minions/m'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'cache/minions/m/data.p')]);
    symlinkSync('/etc', join(root, 'cache/minions/etc'));
    const scan = new InventoryScan(places);
    const sweep = scan.sweep(NOW);
    expect(errorsOf(sweep)).toEqual({ not_a_file: 9 });
    expect(sweep.frame.keyCounts?.accepted).toBe(0);
    expect(sweep.upserts.every(({ grainAddresses }) => grainAddresses.length === 0)).toBe(true);
    expect(scan.sweep(NOW).errors).toEqual([]);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['truncated', grains('10.0.0.1').subarray(0, 5)],
    ['not_msgpack', Buffer.from([0x81, 0xa1, 0x61, 0xc1])],
    ['wrong_shape', Buffer.from('hello')],
    ['wrong_shape', Buffer.alloc(50 * 1024 * 1024)],
  ])('counts a grains file as %s', (reason, content) => {
    put('cache/grains/a.p', content);
    expect(errorsOf(new InventoryScan(places).sweep(NOW))).toEqual({ [reason]: 1 });
  });
});

describe("the operator's lists", () => {
  it('adds expected ids, static addresses, routers and proxies', () => {
    put('expected.yml', '- a\n- new\n');
    const map = 'minions:\n  a: [198.51.100.1]\nnat:\n  203.0.113.1: [b1, b2]\n';
    put('nat.yml', `${map}proxies: [198.51.100.20]\n`);
    put('pki/minions/a', 'PEM');
    const lists = { expectedMinions: join(root, 'expected.yml'), natMap: join(root, 'nat.yml') };
    const { upserts, frame } = new InventoryScan({ ...places, ...lists }).sweep(NOW);
    const seen = upserts.map(({ id, key, expected, staticAddresses }) => [
      id,
      key,
      expected,
      staticAddresses,
    ]);
    expect(seen).toEqual([
      ['a', 'accepted', true, ['198.51.100.1']],
      ['new', undefined, true, []],
      ['b1', undefined, false, []],
      ['b2', undefined, false, []],
    ]);
    expect([...frame.natAddresses]).toEqual([['203.0.113.1', ['b1', 'b2']]]);
    expect(frame.proxyAddresses).toEqual(['198.51.100.20']);
  });

  it('keeps the last good list while the file is broken, counts it once and says so', () => {
    const expectedMinions = join(root, 'expected.yml');
    put('expected.yml', '- a\n');
    const scan = new InventoryScan({ ...places, expectedMinions });
    expect(scan.sweep(NOW).upserts).toMatchObject([{ id: 'a', expected: true }]);
    put('expected.yml', 'a: b\n');
    const broken = scan.sweep(NOW);
    expect(broken).toMatchObject({ changed: true, upserts: [], removed: [], problems: [] });
    expect(errorsOf(broken)).toEqual({ expected_minions: 1 });
    expect(broken.listProblems[0]).toMatch(
      /expected\.yml: line 1: .*; the last good list stays in force$/,
    );
    expect(scan.sweep(NOW)).toMatchObject({ changed: false, errors: [] });
    rmSync(expectedMinions);
    expect(scan.sweep(NOW).listProblems[0]).toMatch(/ENOENT.*last good list/);
    put('expected.yml', '- b\n');
    expect(scan.sweep(NOW)).toMatchObject({
      listProblems: [],
      removed: ['a'],
      upserts: [{ id: 'b' }],
    });
  });

  it('says that no list is in force when the first one is missing, huge or no text', () => {
    const natMap = join(root, 'nat.yml');
    const problemOf = () => new InventoryScan({ ...places, natMap }).sweep(NOW).listProblems[0];
    expect(problemOf()).toMatch(/ENOENT.*no list is in force/);
    put('nat.yml', Buffer.from([0x61, 0x3a, 0xff]));
    expect(problemOf()).toMatch(/is not UTF-8/);
    put('nat.yml', '');
    truncateSync(natMap, 20 * 1024 * 1024);
    expect(problemOf()).toMatch(/larger than/);
    rmSync(natMap);
    execFileSync('mkfifo', [natMap]);
    expect(problemOf()).toMatch(/not a regular file/);
  });
});

it('names the addresses of this host without loopback', () => {
  const { hostAddresses } = new InventoryScan(places).sweep(NOW).frame;
  const said = execFileSync('ip', ['-o', 'addr'], { encoding: 'utf8' });
  for (const address of hostAddresses) expect(said).toContain(` ${address}/`);
  expect(hostAddresses).not.toContain('127.0.0.1');
});
