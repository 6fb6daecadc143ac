/** Builds the ground truth runs and starts them: `npm run truth -- --runs 100 --seed 7`; `--help` says more. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));
const PROJECT = fileURLToPath(new URL('tsconfig.json', import.meta.url));

const built = spawnSync(TSC, ['-p', PROJECT], { stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
await import(new URL('dist/main.js', import.meta.url).href);
