/** Canary jobs in words: whether they are sent, and how they ended. */
import type { CanaryView } from '../advice-api-types.js';
import { latencyText } from '../time-text.js';
import type { LedgerPair } from './ledger-words.js';
import { numberText, printable } from './words.js';

export function canaryPairs(canaries: CanaryView): readonly LedgerPair[] {
  const { stance, detail, ping, file } = canaries;
  const all = [...Object.values(ping.results), ...Object.values(file.results)];
  // Who does not use them does not have to read of them.
  if (stance === 'off' && all.every((count) => count === 0)) {
    return [{ word: 'canary jobs', cells: ['off'] }];
  }
  return [
    { word: 'canary jobs', cells: [printable(detail)] },
    { word: 'their pings', cells: [resultsText(ping)] },
    { word: 'their files', cells: [resultsText(file)] },
  ];
}

interface Results {
  readonly results: Readonly<Record<string, number>>;
  readonly medianSeconds: number | null;
  readonly p99Seconds: number | null;
}

function resultsText({ results, medianSeconds, p99Seconds }: Results): string {
  const happened = Object.entries(results).filter(([, count]) => count > 0);
  if (happened.length === 0) return 'none yet';
  const counts = happened.map(([name, count]) => `${numberText(count)} ${name.replace('_', ' ')}`);
  if (medianSeconds === null) return counts.join(', ');
  const rare = p99Seconds === null ? 'longer' : `≤ ${latencyText(p99Seconds)}`;
  return `${counts.join(', ')}; half ≤ ${latencyText(medianSeconds)}, 99 % ${rare}`;
}
