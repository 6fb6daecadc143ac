/** What happened to a pair of job and minion by those who were there: the minion's own record, the master's job cache, and the bytes of its event bus. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab/lab.js';
import { run } from '../lab/run.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LISTENER = fileURLToPath(new URL('salt/listen.py', import.meta.url));

export interface Execution {
  readonly started: ReadonlySet<string>;
  readonly ended: ReadonlySet<string>;
}

/** Ids of the jobs that began and ended on this minion, by what salt/modules/lossbench.py wrote there. */
export async function readExecution(lab: Lab, minion: string): Promise<Execution> {
  const text = await readFile(join(lab.directory, `${minion}.executed`), 'utf8').catch(() => '');
  const started = new Set<string>();
  const ended = new Set<string>();
  for (const line of text.split('\n')) {
    const [jid, word] = line.split(' ');
    if (jid === undefined || word === undefined) continue;
    (word === 'start' ? started : ended).add(jid);
  }
  return { started, ended };
}

/** Writes down what the event bus of this lab tells of from now on; ends with the lab. */
export function listen(lab: Lab): void {
  const bus = join(lab.configDir, 'sock/master_event_pub.ipc');
  lab.spawn([`${lab.bin}/python`, LISTENER, bus, toldFile(lab)], { stdio: 'ignore' });
}

/** Returns that the bus told of, as `<jid> <minion>`. */
export async function readTold(lab: Lab): Promise<ReadonlySet<string>> {
  const text = await readFile(toldFile(lab), 'utf8').catch(() => '');
  return new Set(text.split('\n'));
}

function toldFile(lab: Lab): string {
  return join(lab.directory, 'bus.told');
}

/** Salt's directory of one job: the first two digits of the hash of its id, and the others. */
export function jobDirectory(lab: Lab, jid: string): string {
  const hash = createHash('sha256').update(jid).digest('hex');
  return join(lab.configDir, 'cache/jobs', hash.slice(0, 2), hash.slice(2));
}

export function isKept(lab: Lab, jid: string, minion: string): boolean {
  return existsSync(join(jobDirectory(lab, jid), minion, 'return.p'));
}

/** Commit of the exporter under test, with a `+` when its sources differ from it; empty in a copy without git. */
export async function codeOf(): Promise<string> {
  const git = async (...words: readonly string[]) =>
    (await run(['git', '-C', ROOT, ...words])).stdout.trim();
  try {
    const commit = await git('rev-parse', '--short=8', 'HEAD');
    const changed = await git('status', '--porcelain', '--', 'exporter/src');
    return changed === '' ? commit : `${commit}+`;
  } catch {
    return '';
  }
}
