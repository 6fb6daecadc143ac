/**
 * `npm run contract [seed]`: schemathesis draws questions from the document of an exporter that watches
 * the demo fleet and judges each answer, for some 50 s. What it draws in that time depends on the
 * machine, so CI runs the fixed questions of test/e2e/api-requests.test.ts instead.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const VERSION = '4.32.5';
const DEMO = fileURLToPath(new URL('../../exporter/dist/demo/main.js', import.meta.url));
const PORT = 14_837;
const URL_BASE = `http://127.0.0.1:${PORT}`;
const READY_SECONDS = 120;
/** Not negative_data_rejection: much of what it holds for illegal is a legal text once it is written, such as a minion `false`. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];

/** The tool in a virtualenv of its own, built once and kept outside the checkout. */
function install() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'brinescope');
  const home = join(cache, `schemathesis-${VERSION}`);
  const tool = join(home, 'bin/schemathesis');
  if (existsSync(tool)) return tool;
  mkdirSync(cache, { recursive: true });
  must('python3', ['-m', 'venv', '--clear', home]);
  must(join(home, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `schemathesis==${VERSION}`]);
  return tool;
}

function must(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

async function ready() {
  for (let second = 0; second < READY_SECONDS; second += 1) {
    const answer = await fetch(`${URL_BASE}/-/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(1_000);
  }
  throw new Error('the exporter of the demo is not ready');
}

const [seed = '1'] = process.argv.slice(2);
const tool = install();
const ports = ['--publish-port', '14835', '--request-port', '14836', '--web-port', `${PORT}`];
const demo = spawn(process.execPath, [DEMO, '--minions', '72', ...ports], { stdio: 'ignore' });
try {
  await ready();
  const { status } = spawnSync(
    tool,
    [
      ...['run', `${URL_BASE}/api/v1/openapi.json`, '--url', URL_BASE, '--seed', seed],
      ...['--phases', 'coverage,fuzzing', '--max-examples', '40', '--max-time', '50'],
      // It has no end; test/e2e/api-contract.test.ts judges its frames.
      ...['--exclude-path', '/api/v1/stream', '--generation-database', 'none'],
      ...['--continue-on-failure', '--checks', CHECKS.join(',')],
    ],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} finally {
  demo.kill('SIGINT');
}
