/**
 * Runs the tests of the whole project: `npm test`, `npm test -- live e2e`, `npm run check`.
 * Sets everything up by itself, counts every test and every tool's verdict, and ends with `N passed, N failed`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, SetupError } from '../exporter/scripts/ensure.mjs';
import { missingFor } from './run/needs.mjs';
import { runTool, runVitest } from './run/suites.mjs';

/** In the order in which they run: cheap and telling first. Minutes end a suite that hangs; they leave a slow machine five times what a developer's takes. */
const SUITES = [
  { name: 'lint', group: 'check', tool: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', group: 'check', tool: ['node', 'exporter/scripts/ensure.mjs', 'all'] },
  { name: 'test-types', group: 'check', tool: ['tsc', '-p', 'test/tsconfig.json'] },
  {
    name: 'layers',
    group: 'check',
    tool: ['depcruise', '--config', '.dependency-cruiser.cjs', 'exporter/src'],
  },
  { name: 'tidy', group: 'check', minutes: 15 },
  { name: 'unit', group: 'check', minutes: 20 },
  { name: 'golden', group: 'check', minutes: 15 },
  { name: 'alerts', group: 'check', minutes: 15 },
  { name: 'provisioning', group: 'check', minutes: 15 },
  { name: 'plugin-types', group: 'check', tool: ['node', 'grafana-plugin/scripts/typecheck.mjs'] },
  { name: 'plugin', group: 'check', minutes: 15 },
  { name: 'e2e', minutes: 45 },
  { name: 'grafana', minutes: 20 },
  { name: 'truth', minutes: 30 },
  { name: 'examples', minutes: 30 },
  { name: 'live', minutes: 90 },
  { name: 'loss-bench', minutes: 60 },
  { name: 'container', minutes: 60 },
];

const inCi = !['', '0', 'false', undefined].includes(process.env.CI);

function select(argv) {
  const flags = argv.filter((word) => word.startsWith('-'));
  const filters = argv.filter((word) => !word.startsWith('-') && /[./]/.test(word));
  const words = argv.filter((word) => !flags.includes(word) && !filters.includes(word));
  for (const word of words) {
    if (SUITES.some((suite) => suite.name === word || suite.group === word)) continue;
    throw new SetupError(
      `there is no suite "${word}": choose from check, ${SUITES.map((suite) => suite.name).join(', ')}.`,
    );
  }
  const unknown = flags.filter((flag) => flag !== '--update');
  if (unknown.length > 0) throw new SetupError(`unknown switch ${unknown[0]}: there is --update.`);
  const chosen = SUITES.filter(
    (suite) => words.length === 0 || words.includes(suite.name) || words.includes(suite.group),
  );
  return { chosen, filters, update: flags.includes('--update') };
}

/** One suite's figures: `{ name, passed, failed, skipped, seconds, note }`. */
async function runSuite(suite, context) {
  console.log(`\n== ${suite.name} ==`);
  const missing = missingFor(suite.name);
  if (missing.length > 0) {
    const note = `cannot run: ${missing.join('; ')}`;
    console.log(note);
    return { name: suite.name, passed: 0, failed: inCi ? 1 : 0, skipped: inCi ? 0 : 1, note };
  }
  const started = performance.now();
  const unbuilt = suite.group === 'check' ? undefined : buildFailure();
  if (unbuilt) return { name: suite.name, passed: 0, failed: 1, skipped: 0, note: unbuilt };
  const result = suite.tool ? await runTool(suite) : await runVitest(suite, context);
  // A test that skips itself is a hole: people may live with it, CI must not.
  if (inCi && result.skipped > 0) {
    result.failed += result.skipped;
    result.note = `${result.skipped} skipped themselves, which counts as failed in CI`;
    result.skipped = 0;
  }
  return { name: suite.name, seconds: (performance.now() - started) / 1000, ...result };
}

/** The slow suites run the built code; undefined when it is up to date. */
function buildFailure() {
  try {
    ensure('all');
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return error.message;
  }
}

function report(results) {
  console.log('');
  for (const { name, passed, failed, skipped, seconds, note } of results) {
    const counts = [
      `${passed} passed`,
      failed && `${failed} FAILED`,
      skipped && `${skipped} skipped`,
    ];
    const time = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
    const line = `${name.padEnd(19)}${counts.filter(Boolean).join(', ').padEnd(34)}${time.padStart(8)}`;
    console.log(note ? `${line}  ${note}` : line);
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  return sum('failed');
}

async function main() {
  const { chosen, filters, update } = select(process.argv.slice(2));
  ensure('all', { build: false });
  const scratch = mkdtempSync(join(tmpdir(), 'brinescope-test-'));
  const results = [];
  try {
    for (const suite of chosen) {
      results.push(await runSuite(suite, { scratch, filters, update }));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return report(results);
}

try {
  process.exitCode = (await main()) > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`brinescope: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
