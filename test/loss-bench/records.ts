/** What happened to a pair of job and minion by those who were there: the minion's own record, and the master's job cache. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.js';

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

/** Salt's directory of one job: the first two digits of the hash of its id, and the others. */
export function jobDirectory(lab: Lab, jid: string): string {
  const hash = createHash('sha256').update(jid).digest('hex');
  return join(lab.configDir, 'cache/jobs', hash.slice(0, 2), hash.slice(2));
}

export function isKept(lab: Lab, jid: string, minion: string): boolean {
  return existsSync(join(jobDirectory(lab, jid), minion, 'return.p'));
}
