/** Jobs in words: how they ended, who is awaited, who is missing. */
import type { JobsView } from '../api-types.js';
import { latencyText } from '../time-text.js';
import type { LedgerPair } from './ledger-words.js';
import { countText, numberText } from './words.js';

export function jobPairs(jobs: JobsView): readonly LedgerPair[] {
  const pairs: readonly (readonly [word: string, text: string])[] = [
    ['jobs', outcomesText(jobs)],
    ['returns', returnsText(jobs)],
    ['awaited', pendingText(jobs)],
    ['they take', timesText(jobs)],
    ['beside them', oddText(jobs)],
  ];
  return pairs.map(([word, text]) => ({ word, cells: [text] }));
}

function outcomesText({ outcomes, open }: JobsView): string {
  const { complete, partial, none } = outcomes;
  if (complete + partial + none + open === 0) return 'none seen';
  const parts = [`${numberText(complete)} complete`];
  if (partial > 0) parts.push(`${numberText(partial)} partial`);
  if (none > 0) parts.push(`${numberText(none)} without any return`);
  if (open > 0) parts.push(`${numberText(open)} open`);
  return parts.join(', ');
}

function returnsText({ expected, returned, missing, unseen }: JobsView): string {
  const blind = unseen === 0 ? '' : `, ${numberText(unseen)} not heard of`;
  if (expected === 0) return `none expected${blind}`;
  const lost = missing === 0 ? 'none missing' : `${numberText(missing)} missing`;
  return `${numberText(returned)} of ${numberText(expected)}, ${lost}${blind}`;
}

function pendingText({ pending }: JobsView): string {
  if (pending === null) return 'unknown';
  const { running, queued, blocked, unknown } = pending;
  const all = running + queued + blocked + unknown;
  if (all === 0) return 'none';
  const parts = [countText(all, 'return')];
  if (running > 0) parts.push(`${numberText(running)} run`);
  if (queued > 0) parts.push(`${numberText(queued)} wait behind other jobs`);
  if (blocked > 0) parts.push(`${numberText(blocked)} cannot get through`);
  return parts.join(', ');
}

function timesText({ returnMedianSeconds, returnP99Seconds }: JobsView): string {
  if (returnMedianSeconds === null) return 'unknown';
  const rare = returnP99Seconds === null ? 'longer' : `≤ ${latencyText(returnP99Seconds)}`;
  return `half ≤ ${latencyText(returnMedianSeconds)}, 99 % ${rare}`;
}

function oddText(jobs: JobsView): string {
  const parts = [`${numberText(jobs.late)} late`, `${numberText(jobs.duplicates)} twice`];
  if (jobs.duplicateJids > 0)
    parts.push(countText(jobs.duplicateJids, 'jid used twice', 'jids used twice'));
  if (jobs.trimmed > 0) parts.push(`${numberText(jobs.trimmed)} cut by the minion`);
  if (jobs.suspect > 0) parts.push(`${numberText(jobs.suspect)} suspect`);
  return parts.join(', ');
}
