/** Reading files that may be something else. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRegularFile } from './regular-file.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'brinescope-file-'));
  await writeFile(join(root, 'file'), 'hello');
  await symlink(join(root, 'file'), join(root, 'link'));
  await symlink('/nowhere', join(root, 'broken'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('reads a file, and one behind a link', async () => {
  for (const name of ['file', 'link']) {
    const read = await readRegularFile(join(root, name), 5);
    expect(read.ok && read.bytes.toString()).toBe('hello');
  }
});

it.each([
  ['nothing', 'missing'],
  ['broken', 'missing'],
  ['file/x', 'missing'],
  ['.', 'not_a_file'],
  ['pipe', 'not_a_file'],
  ['file', 'too_large'],
])('refuses %s with %s, without waiting for it', async (name, reason) => {
  const read = await readRegularFile(join(root, name), 4);
  expect(!read.ok && read.reason).toBe(reason);
});

it('refuses a device', async () => {
  const read = await readRegularFile('/dev/zero', 100);
  expect(!read.ok && read.reason).toBe('not_a_file');
});
