/**
 * The judges of a body: promtool and Prometheus (Debian package `prometheus`), and the parsers of
 * prometheus_client (PyPI).
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Format } from '../../exporter/src/metrics/format.js';

const execute = promisify(execFile);

const CLIENT_VERSION = '0.26.0';
const PARSE_SCRIPT = fileURLToPath(new URL('exposition-parse.py', import.meta.url));

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Python's text of the float. */
  readonly value: string;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What these tests need and this machine lacks; empty when they can run. */
export async function missingTools(): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const tool of ['promtool', 'prometheus']) {
    const found = await execute(tool, ['--version']).catch(() => undefined);
    if (found === undefined) missing.push(`${tool} (Debian package prometheus)`);
  }
  const venv = await execute('python3', ['-c', 'import ensurepip, venv']).catch(() => undefined);
  if (venv === undefined) missing.push('python3 with venv (Debian package python3-venv)');
  return missing;
}

/**
 * A Python that has prometheus_client; its virtualenv is built once and kept outside the checkout.
 */
export async function installParser(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'brinescope');
  const home = join(cache, `prometheus-client-${CLIENT_VERSION}`);
  if (!existsSync(home)) {
    await mkdir(cache, { recursive: true });
    const built = await mkdtemp(join(cache, '.prometheus-client-'));
    await execute('python3', ['-m', 'venv', built]);
    const python = join(built, 'bin/python');
    const wanted = `prometheus_client==${CLIENT_VERSION}`;
    await execute(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', wanted]);
    // Only `bin/python` is used, and that survives the move; of two builders the later one gives way.
    await rename(built, home).catch(() => rm(built, { recursive: true, force: true }));
  }
  return join(home, 'bin/python');
}

/** What prometheus_client makes of the body; rejects with its reason when it refuses it. */
export async function parseBody(
  python: string,
  body: string,
  format: Format,
): Promise<readonly ParsedFamily[]> {
  const { code, stdout, stderr } = await pipeInto(python, [PARSE_SCRIPT, format], body);
  if (code !== 0) throw new Error(`prometheus_client: ${stderr}`);
  const families: readonly ParsedFamily[] = JSON.parse(stdout);
  return families;
}

/** Lines in which promtool finds fault with the body. */
export async function promtoolFindings(body: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await pipeInto('promtool', ['check', 'metrics'], body);
  const findings = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  if (code !== 0 && findings.length === 0) throw new Error(`promtool ended with ${code}`);
  return findings;
}

function pipeInto(command: string, args: readonly string[], input: string): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe' });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      out.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...out }));
    child.stdin.end(input);
  });
}
