/** promtool accepts every rule and every query of a runbook, and all unit tests of the alerts hold, the 24 h replay included. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readPack, ruleFiles, testFiles } from './pack.js';

/** Each unit test makes a database of its own: most of its time would go into collecting that garbage. */
const ENVIRONMENT = { ...process.env, GOGC: 'off', GOMEMLIMIT: '1GiB' };

async function promtool(...args: readonly string[]): Promise<string> {
  try {
    const run = promisify(execFile);
    const { stdout } = await run('promtool', args, { env: ENVIRONMENT, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    // What promtool found stands in its output; a promtool that is missing is an error of its own.
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined) throw error;
    return `${stdout}${stderr}`;
  }
}

it('promtool accepts every rule, warnings included', async () => {
  const output = await promtool('check', 'rules', '--lint=all', '--lint-fatal', ...ruleFiles());
  expect(output).not.toMatch(/FAILED|error/i);
  expect(output.match(/SUCCESS/g)?.length).toBe(ruleFiles().length);
});

it('promtool accepts every query of a runbook', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'brinescope-runbooks-'));
  try {
    const rules = readPack().runbooks.flatMap(({ name, queries }) =>
      queries.map((expr, index) => ({ record: `${name}:${index}`, expr })),
    );
    const file = join(directory, 'queries.json');
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: 'runbooks', rules }] }));
    const output = await promtool('check', 'rules', file);
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it.each(testFiles().map((path) => ({ name: basename(path), path })))(
  '$name holds',
  async ({ path }) => {
    const output = await promtool('test', 'rules', path);
    expect(output.trim().split('\n').at(-1)?.trim(), output).toBe('SUCCESS');
  },
);
