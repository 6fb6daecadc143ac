/**
 * Runs the benchmarks one after the other, each in a process of its own: `npm run bench`, `npm run bench -- kernel metrics`.
 * They report and never judge; the exit status says only whether each could be measured.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** Every directory beside this file that holds a run.mjs. */
function benchmarks() {
  return readdirSync(HERE)
    .filter((name) => existsSync(join(HERE, name, 'run.mjs')))
    .sort();
}

function main(asked) {
  const known = benchmarks();
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown[0]}; there are ${known.join(', ')}.`);
    return 2;
  }
  const [cpu] = cpus();
  console.log(
    `Node ${process.versions.node}, Linux ${release()}, ${cpus().length} × ${cpu?.model}`,
  );
  let failures = 0;
  for (const name of asked.length > 0 ? asked : known) {
    console.log(`\n== ${name} ==`);
    const result = spawnSync(process.execPath, [join(HERE, name, 'run.mjs')], { stdio: 'inherit' });
    if (result.status === 0) continue;
    failures += 1;
    console.log(
      `${name} could not be measured (${result.signal ?? `exit status ${result.status}`})`,
    );
  }
  return failures === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
