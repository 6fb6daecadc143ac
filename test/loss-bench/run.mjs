/** `npm run loss-bench -- --version 3008.5 --fault hwm,none`: reads the switches and lets the tests of this directory run with them. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `Fault-injection bench: real Salt, injected faults, and what the exporter says of every lost return.
  --version V,…   Salt releases (all three)
  --fault F,…     names of faults (all)
  --jobs N        jobs under each fault (30; fewer also shorten the ten-minute job)
  --minions N     (10)
  --report FILE   append each pair's truth and verdict as a line of JSON
  --save          put the counts into measured.jsonl, from which exporter/docs/loss-matrix.md is made (npm run golden)`;

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
function readSwitches(argv) {
  const switches = {};
  for (let index = 0; index < argv.length; index += 1) {
    const name = argv[index].replace(/^--/, '');
    if (name === 'save') switches.save = true;
    else if (['version', 'fault', 'jobs', 'minions', 'report'].includes(name)) {
      index += 1;
      switches[name] = name === 'report' ? resolve(argv[index] ?? '') : argv[index];
    } else {
      console.error(`unknown switch ${argv[index]}\n${HELP}`);
      process.exit(2);
    }
  }
  return switches;
}

const argv = process.argv.slice(2);
if (argv.includes('--help')) {
  console.log(HELP);
} else {
  const args = ['run', '--config', 'test/vitest.config.ts', '--project', 'loss-bench'];
  args.push('--disable-console-intercept');
  const env = { ...process.env, LOSS_BENCH: JSON.stringify(readSwitches(argv)) };
  const bin = resolve(ROOT, 'node_modules/.bin/vitest');
  const { status } = spawnSync(bin, [...args, 'test/loss-bench/loss.test.ts'], {
    cwd: ROOT,
    stdio: 'inherit',
    env,
  });
  process.exitCode = status ?? 1;
}
