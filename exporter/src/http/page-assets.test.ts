/** Every module of the page is among the files that the server gives out. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SCRIPT_MODULES } from './page-assets.js';

it('the page has all of its modules', () => {
  const folder = `${dirname(fileURLToPath(import.meta.url))}/page`;
  const modules = readdirSync(folder).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const wanted = modules.map((name) => `http/page/${name.replace(/\.ts$/, '.js')}`);
  expect(SCRIPT_MODULES).toEqual(expect.arrayContaining(wanted));
});
