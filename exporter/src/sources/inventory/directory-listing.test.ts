/** A directory with more entries than are kept says so: figures made from a part are never shown as whole. */
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeyFiles } from './key-files.js';
import { ReasonCounter } from './reasons.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'brinescope-listing-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

it('names a directory of too many keys until it holds no more than are kept', () => {
  const minions = join(root, 'minions');
  mkdirSync(minions);
  for (const id of ['m0', 'm1', 'm2', 'm3']) writeFileSync(join(minions, id), '');
  const rejects = new ReasonCounter();
  const keys = new KeyFiles(root, rejects, 3);
  keys.refresh(Date.now());
  expect(keys.counts().accepted).toBe(3);
  expect(keys.problem).toMatch(/minions holds more than 3 entries: .* counts are too low$/);
  expect(rejects.take()).toContainEqual(['too_many', 1]);
  unlinkSync(join(minions, 'm0'));
  keys.refresh(Date.now());
  expect(keys.problem).toBeUndefined();
});
