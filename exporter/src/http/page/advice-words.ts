/** Advice in words: what is in force, what would do, and why. */
import type { AdviceView } from '../advice-api-types.js';
import type { LedgerPair } from './ledger-words.js';
import { numberText, printable } from './words.js';

export function advicePairs(advice: readonly AdviceView[]): readonly LedgerPair[] {
  return advice.map((each) => {
    const reasons = each.reasons.map(printable).join(' ');
    return { word: each.option, cells: [`${headText(each)} ${reasons}`.trim()] };
  });
}

function headText({ verdict, current, recommended }: AdviceView): string {
  const now = current === null ? 'not known' : numberText(current);
  switch (verdict) {
    case 'unknown':
      return `${now}: nothing can be said yet.`;
    case 'enough':
      return `${now} is enough for what was seen.`;
    case 'raise':
      return `${now}; raise it to ${numberText(recommended)}.`;
    case 'ineffective':
      return `${now}; another value would not help.`;
  }
}
