/**
 * What the examples need to run: pyzmq in a virtualenv built once outside the checkout, and a C
 * compiler with libzmq.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const EXAMPLES = new URL('../../exporter/examples/', import.meta.url).pathname;

/** Brings libzmq 4.3.5, the version that the exporter uses. */
const PYZMQ_VERSION = '27.3.0';
const INSTALL_MS = 900_000;

/**
 * Python interpreter of a virtualenv with pyzmq. `pyzmq-<version>` is a symbolic link that appears
 * only when its target is complete, for a virtualenv cannot be moved.
 */
export async function pythonWithPyzmq(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'brinescope');
  const link = join(cache, `pyzmq-${PYZMQ_VERSION}`);
  const python = join(link, 'bin/python');
  if (await hasPyzmq(python)) return python;
  await mkdir(cache, { recursive: true });
  const built = await mkdtemp(join(cache, `.pyzmq-${PYZMQ_VERSION}-`));
  const timeout = { timeout: INSTALL_MS };
  try {
    await run('python3', ['-m', 'venv', built], timeout).catch((error: unknown) => {
      throw new Error(`python3 with its venv module is missing (Debian: python3-venv): ${error}`);
    });
    const pip = ['-m', 'pip', 'install', '--quiet', `pyzmq==${PYZMQ_VERSION}`];
    await run(join(built, 'bin/python'), pip, timeout).catch((error: unknown) => {
      throw new Error(`pyzmq ${PYZMQ_VERSION} could not be installed from PyPI: ${error}`);
    });
    await rm(link, { force: true });
    await symlink(basename(built), `${built}.link`);
    await rename(`${built}.link`, link);
  } catch (error) {
    await rm(built, { recursive: true, force: true });
    throw error;
  }
  return python;
}

/** Compiles `monitor_tap.c` without a warning into `folder`, and returns the program's path. */
export async function compileExample(folder: string): Promise<string> {
  if (!existsSync('/usr/include/zmq.h')) {
    throw new Error('the header of libzmq is missing (Debian: libzmq3-dev)');
  }
  const program = join(folder, 'monitor_tap');
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror'];
  const source = join(EXAMPLES, 'monitor_tap.c');
  await run('cc', [...flags, '-o', program, source, '-lzmq', '-lpthread']).catch(
    (error: unknown) => {
      throw new Error(`monitor_tap.c does not compile (Debian: gcc libc6-dev): ${error}`);
    },
  );
  return program;
}

async function hasPyzmq(python: string): Promise<boolean> {
  const check = `import sys, zmq; sys.exit(zmq.__version__ != "${PYZMQ_VERSION}")`;
  return await run(python, ['-c', check]).then(
    () => true,
    () => false,
  );
}
