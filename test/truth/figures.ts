/** What a run adds up, for the table of all runs. */
import type { DepthReport } from './depth.js';
import { exactly } from './oracle.js';
import type { Claim } from './snapshot.js';
import type { Settlement } from './verdict.js';

export interface Figures {
  published: number;
  /** Comparisons after an act with the exporter watching, and links compared in them. */
  settlements: number;
  links: number;
  /** Links whose drops had to be exact. */
  exactLinks: number;
  /** Links whose truth is a range, because nobody can know better. */
  boundedLinks: number;
  /** Lost on the exact ones, truth and claim. */
  lost: number;
  reported: number;
  gapsReal: number;
  gapsFlagged: number;
  /** Links that became unknown although no gap was flagged. */
  gaveUp: number;
  freezes: number;
  /** Freezes in the middle of sending: something had left, something had not. */
  freezesMidway: number;
  depth: DepthReport;
}

export function createFigures(depth: DepthReport): Figures {
  return {
    ...{ published: 0, settlements: 0, links: 0, exactLinks: 0, boundedLinks: 0 },
    ...{ lost: 0, reported: 0, gapsReal: 0, gapsFlagged: 0, gaveUp: 0 },
    ...{ freezes: 0, freezesMidway: 0, depth },
  };
}

/** Adds what one settlement came to; `exact`: there was no gap in its interval. */
export function tally(
  figures: Figures,
  settlement: Settlement,
  { claim, exact }: { readonly claim: Claim; readonly exact: boolean },
): void {
  figures.settlements += 1;
  figures.links += claim.minions.length;
  figures.gapsReal = settlement.gapsTotal;
  figures.gapsFlagged = claim.gaps;
  if (!exact) return;
  claim.minions.forEach((minion, index) => {
    if (settlement.gaveUp[index] === true) figures.gaveUp += 1;
    else if (settlement.wasKnown[index] === true) {
      const before = settlement.before.minions[index];
      const total = settlement.losses[index]?.total ?? exactly(0);
      if (total.least !== total.most) {
        figures.boundedLinks += 1;
        return;
      }
      figures.exactLinks += 1;
      figures.lost += total.most;
      figures.reported +=
        minion.hwm + minion.disconnect - (before?.hwm ?? 0) - (before?.disconnect ?? 0);
    }
  });
}
