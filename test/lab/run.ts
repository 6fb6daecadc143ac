/** Runs a program to its end and says everything about it when it fails. */
import { execFile } from 'node:child_process';
import { PATIENCE_MS } from '../patience.js';

export interface RunOptions {
  /** Default: patience. */
  readonly timeoutMs?: number;
  /** Exit codes that are no failure; default only 0. */
  readonly allow?: readonly number[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Throws an Error with the command line, exit code and output unless the program ends with an
 * allowed code in time.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = '', ...args] = argv;
  const { timeoutMs = PATIENCE_MS, allow = [0], env = process.env } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      timeout: timeoutMs,
      maxBuffer: OUTPUT_MAX_BYTES,
      env,
      encoding: 'utf8' as const,
    };
    execFile(program, args, settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      if (allow.includes(code)) return resolve({ code, stdout, stderr });
      const why = error?.killed ? `no end within ${timeoutMs} ms` : `exit code ${error?.code}`;
      reject(new Error(`${argv.join(' ')}: ${why}\n${stdout}${stderr}`.trim()));
    });
  });
}

/**
 * Resolves with the first value that is not undefined; throws with `what` and the last hint when
 * patience or `timeoutMs` end.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  options: {
    readonly timeoutMs?: number;
    readonly everyMs?: number;
    readonly hint?: () => unknown;
  } = {},
): Promise<T> {
  const { timeoutMs = PATIENCE_MS } = options;
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > end) {
      const hint = options.hint === undefined ? '' : `: ${JSON.stringify(options.hint())}`;
      throw new Error(`not within ${timeoutMs} ms: ${what}${hint}`);
    }
    await pause(options.everyMs ?? 200);
  }
}

/** For waiting between two looks at something that has no event of its own. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
