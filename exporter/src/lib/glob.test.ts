/** Patterns as Python's glob and fnmatch read them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { globPaths, segmentExpression } from './glob.js';

it('finds what Python finds, sorted, without hidden names', async () => {
  const root = await mkdtemp(join(tmpdir(), 'brinescope-glob-'));
  try {
    await mkdir(join(root, 'd/e'), { recursive: true });
    for (const name of ['b.conf', 'a.conf', '.h.conf', 'a.conf~', 'd/x.conf', 'd/e/y.conf'])
      await writeFile(join(root, name), '');
    const names = async (pattern: string) =>
      (await globPaths(join(root, pattern))).map((path) => path.slice(root.length + 1));
    expect(await names('*.conf')).toEqual(['a.conf', 'b.conf']);
    expect(await names('.*.conf')).toEqual(['.h.conf']);
    expect(await names('*/*.conf')).toEqual(['d/x.conf']);
    expect(await names('**/*.conf')).toEqual(['d/x.conf']);
    expect(await names('d/x.conf')).toEqual(['d/x.conf']);
    expect(await names('nowhere/*')).toEqual([]);
    expect(await names('nowhere')).toEqual([]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

it.each([
  ['[ab]?', 'a1', true],
  ['[!ab]?', 'a1', false],
  ['[!ab]?', 'c1', true],
  ['[a', '[a', true],
  ['[]]', ']', true],
  ['a+(b)|.$^', 'a+(b)|.$^', true],
  ['a.b', 'axb', false],
  ['[a-c]', 'b', true],
  ['[\\d]', 'd', true],
  ['[\\d]', '5', false],
])('matches %s against %s: %s', (pattern, name, matches) => {
  expect(segmentExpression(pattern).test(name)).toBe(matches);
});
