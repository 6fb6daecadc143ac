/** Lines of a master's log that somebody would be paged for. */
import { readFile } from 'node:fs/promises';
import type { Lab } from '../lab/lab.js';

const COMPLAINT = /^\S+ \S+ \[[^\]]*\]\[(?:WARNING|ERROR|CRITICAL)\s*\]/;

/**
 * Complaints that begin at or after character `from` of the log, one string each; and where the log
 * ends now.
 */
export async function complaints(
  lab: Lab,
  from = 0,
): Promise<{ readonly lines: readonly string[]; readonly end: number }> {
  const text = await readFile(lab.master.logFile, 'utf8');
  const lines = text
    .slice(from)
    .split('\n')
    .filter((line) => COMPLAINT.test(line));
  return { lines, end: text.length };
}
