/** Runs one suite, a tool or a vitest project, in a process of its own and counts what came out. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const MINUTE_MS = 60_000;
const TOOL_MINUTES = 15;
/** After a suite was asked to end; its hooks need a moment to take namespaces and daemons down. */
const GRACE_MS = 20_000;

/** One check: the tool's exit status. */
export async function runTool(suite) {
  const [name, ...args] = suite.tool;
  const bin = name === 'node' ? process.execPath : join(ROOT, 'node_modules', '.bin', name);
  const status = await run(bin, args, TOOL_MINUTES);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

/** As many checks as the project has tests; a file that cannot be loaded and an error outside a test are one failure each. */
export async function runVitest(suite, { scratch, filters, update }) {
  const output = join(scratch, `${suite.name}.json`);
  const args = ['run', '--config', 'test/vitest.config.ts', '--project', suite.name];
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${output}`);
  if (update && suite.name === 'golden') args.push('--update');
  const bin = join(ROOT, 'node_modules', '.bin', 'vitest');
  const status = await run(bin, [...args, ...filters], suite.minutes);
  const counts = existsSync(output) ? count(JSON.parse(readFileSync(output, 'utf8'))) : nothing();
  if (status === 0) {
    const empty = counts.passed + counts.failed + counts.skipped === 0;
    return empty ? { ...counts, failed: 1, note: 'no test ran' } : counts;
  }
  const explained = counts.failed > 0;
  return { ...counts, failed: counts.failed + (explained ? 0 : 1), note: endNote(status, counts) };
}

function endNote(status, counts) {
  if (status === 'timeout') return 'took too long and was ended';
  return counts.failed > 0 ? undefined : 'failed outside a test, see above';
}

function nothing() {
  return { passed: 0, failed: 0, skipped: 0 };
}

function count(report) {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/** Colours are for people who look at a terminal, not for files and CI. */
function childEnv() {
  const { FORCE_COLOR: _forced, ...env } = process.env;
  const plain = process.stdout.isTTY ? process.env : { ...env, NO_COLOR: '1' };
  return { ...plain, TZ: 'UTC' };
}

/** Exit status, or `timeout`. */
function run(command, args, minutes) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: childEnv(),
    });
    let timedOut = false;
    let forced;
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill('SIGTERM');
      forced = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    }, minutes * MINUTE_MS);
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      done(127);
    });
    child.on('exit', (status) => {
      clearTimeout(limit);
      clearTimeout(forced);
      done(timedOut ? 'timeout' : (status ?? 1));
    });
  });
}
