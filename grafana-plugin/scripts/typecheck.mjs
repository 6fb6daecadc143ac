/** Checks the plugin's types, with its packages installed first: part of `npm run check`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installPackages, PLUGIN } from './packages.mjs';

installPackages(PLUGIN);
const compiler = join(PLUGIN, 'node_modules', '.bin', 'tsc');
const { status } = spawnSync(compiler, ['--noEmit'], { cwd: PLUGIN, stdio: 'inherit' });
process.exitCode = status ?? 1;
