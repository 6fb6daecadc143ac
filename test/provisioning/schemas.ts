/** Public schemas for Kubernetes and compose files, as packages of PyPI carry them; installed once, outside of the checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Schemas of Kubernetes itself. */
const KUBERNETES_VALIDATE = '1.37.0';
/** The last docker-compose of Python; what counts is its compose_spec.json. Its own dependencies are old and not needed. */
const DOCKER_COMPOSE = '1.29.2';
export const KUBERNETES = '1.34';
const CHECK = fileURLToPath(new URL('schema-check.py', import.meta.url));

/** Path of a Python that has them. */
export function schemaPython(): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'brinescope');
  const home = join(cache, `schemas-${KUBERNETES_VALIDATE}-${DOCKER_COMPOSE}`);
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, '.schemas-'));
  try {
    const run = (program: string, ...args: readonly string[]) =>
      execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    run('python3', '-m', 'venv', draft);
    const pip = [join(draft, 'bin', 'python'), '-m', 'pip', 'install', '--quiet'] as const;
    const [program, ...args] = pip;
    run(program, ...args, `kubernetes-validate==${KUBERNETES_VALIDATE}`);
    run(program, ...args, '--no-deps', `docker-compose==${DOCKER_COMPOSE}`);
    // Its own Python is called by its path, so the directory may be renamed.
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return python;
}

/** One sentence for each mistake. */
export function schemaFindings(kind: 'kubernetes' | 'compose', file: string): readonly string[] {
  const output = execFileSync(schemaPython(), [CHECK, kind, KUBERNETES, file], {
    encoding: 'utf8',
  });
  return JSON.parse(output);
}
