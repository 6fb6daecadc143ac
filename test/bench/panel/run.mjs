/**
 * The flap panel in Chromium: first paint, frames of zooming and panning, and the heap of a live panel.
 * `node test/bench/panel/run.mjs [--minutes N] [--part draw|live]`; by default both parts, ten minutes live.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..');
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    part: { type: 'string', default: 'draw,live' },
  },
});
const args = ['run', '--config', 'test/vitest.config.ts', '--project', 'panel-bench'];
args.push('--disable-console-intercept', '--reporter=dot');
const { status } = spawnSync(resolve(ROOT, 'node_modules/.bin/vitest'), args, {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, TZ: 'UTC', PANEL_BENCH: JSON.stringify(values) },
});
process.exitCode = status ?? 1;
