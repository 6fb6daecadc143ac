/** `npm run demo`: reads the switches, runs the demo, and ends it on Ctrl-C, SIGTERM, or when npm is gone. */
import { readFileSync } from 'node:fs';
import { AppError } from '../lib/errors.js';
import { Demo } from './demo.js';
import { parseOptions, USAGE } from './options.js';

const PARENT_LOOK_MS = 1_000;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const demo = new Demo(options, {
    say: (text) => console.log(text),
    tell: (fact) => console.log(JSON.stringify(fact)),
  });
  const end = () => demo.end();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  // A reader that went away (`| head`) ends the demo as Ctrl-C would.
  process.stdout.on('error', end);
  watchNpm(end);
  return await demo.run();
}

/** npm and the shell it starts us through may be killed and then pass on no signal: whoever loses them has other ancestors. */
function watchNpm(end: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const atStart = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === atStart) return;
    clearInterval(timer);
    end();
  }, PARENT_LOOK_MS);
  timer.unref();
}

/** Process id, or undefined where there is no /proc or no such process any more. */
function parentOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  } catch {
    // Another system than Linux: the direct parent must do.
    return undefined;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(`brinescope demo: ${error.message}`);
  process.exitCode = 2;
}
// Whatever still holds the loop open (a pipe on standard input, an idle connection) must not keep the demo alive.
process.exit();
