/**
 * The bill of materials of an installed exporter: `sbom.mjs DIRECTORY` prints CycloneDX of what is really there.
 * npm writes one from the lock file, which names the packages of every platform; those that were not installed are left out.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SWITCHES = ['--sbom-format=cyclonedx', '--workspace', 'exporter'];
const BILL_MAX_BYTES = 64_000_000;

const directory = process.argv[2] ?? '.';
const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', ...SWITCHES], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: BILL_MAX_BYTES,
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);

// What npm says it has put there.
const lock = JSON.parse(readFileSync(join(directory, 'node_modules/.package-lock.json'), 'utf8'));
const installed = new Set(
  Object.entries(lock.packages).map(([path, { name, version }]) => {
    return `${name ?? path.split('node_modules/').at(-1)}@${version}`;
  }),
);
const isThere = ({ name, version }) => installed.has(`${name}@${version}`);

bill.components = bill.components.filter(isThere);
const kept = new Set(bill.components.map((component) => component['bom-ref']));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
bill.metadata.component.name = 'brinescope';
process.stdout.write(`${JSON.stringify(bill, undefined, 1)}\n`);
