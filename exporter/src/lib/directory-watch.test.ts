/** Directory watches on a real file system, lost and found again. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DirectoryWatch } from './directory-watch.js';

let root: string;
let changes: number;
let lost: string[];
let heard: () => void;
let watch: DirectoryWatch;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'brinescope-watch-'));
  changes = 0;
  lost = [];
  heard = () => undefined;
  watch = new DirectoryWatch({
    onChange: () => {
      changes += 1;
      heard();
    },
    onLost: (directory) => lost.push(directory),
  });
});
afterEach(async () => {
  watch.close();
  await rm(root, { recursive: true, force: true });
});

/** Does something and resolves when the watch has heard of it. */
async function change(act: () => Promise<unknown>): Promise<void> {
  const told = new Promise<void>((resolve) => {
    heard = resolve;
  });
  await act();
  await told;
}

it('tells a new file in a watched directory', async () => {
  await watch.want([root]);
  await change(() => writeFile(join(root, 'a'), ''));
  expect(changes).toBeGreaterThan(0);
});

it('takes up a directory that appears later', async () => {
  const later = join(root, 'later');
  await watch.want([later]);
  await watch.verify();
  expect(changes).toBe(0);
  await mkdir(later);
  await change(() => watch.verify());
  await change(() => writeFile(join(later, 'a'), ''));
  expect(lost).toEqual([]);
});

it('notices that another directory stands in the place of the watched one', async () => {
  const kept = join(root, 'kept');
  await mkdir(kept);
  await mkdir(join(root, 'next'));
  await watch.want([kept]);
  await rename(kept, join(root, 'moved'));
  await rename(join(root, 'next'), kept);
  await watch.verify();
  expect(lost).toEqual([kept]);
  await change(() => writeFile(join(kept, 'a'), ''));
});

it('notices that the directory is gone, and says so once', async () => {
  const kept = join(root, 'kept');
  await mkdir(kept);
  await watch.want([kept]);
  await rm(kept, { recursive: true });
  await watch.verify();
  await watch.verify();
  expect(lost).toEqual([kept]);
});
