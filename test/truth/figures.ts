/** What a run adds up, for the table of all runs. */
import type { DepthReport } from './depth.js';
import { exactly, type Losses } from './oracle.js';
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
  /** Lost on the exact ones by reason, truth and claim. */
  lostHwm: number;
  reportedHwm: number;
  lostDisconnect: number;
  reportedDisconnect: number;
  /** The same in total; the reason of some losses nobody can know. */
  lost: number;
  reported: number;
  /** Lost on links that gave up, and on those of unknown history; and what was reported of it. */
  lostUnknown: number;
  reportedUnknown: number;
  /** Times that losses were counted, and could not be; as the exporter tells. */
  counted: number;
  undecided: number;
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
    ...{ lostHwm: 0, reportedHwm: 0, lostDisconnect: 0, reportedDisconnect: 0 },
    ...{ lost: 0, reported: 0, lostUnknown: 0, reportedUnknown: 0, counted: 0, undecided: 0 },
    ...{ gapsReal: 0, gapsFlagged: 0, gaveUp: 0 },
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
    const before = settlement.before.minions[index];
    const losses = settlement.losses[index] ?? NOTHING;
    const hwm = minion.hwm - (before?.hwm ?? 0);
    const disconnect = minion.disconnect - (before?.disconnect ?? 0);
    if (settlement.gaveUp[index] === true || settlement.wasKnown[index] !== true) {
      if (settlement.gaveUp[index] === true) figures.gaveUp += 1;
      figures.lostUnknown += losses.total.most;
      figures.reportedUnknown += hwm + disconnect;
      return;
    }
    if (losses.total.least !== losses.total.most) {
      figures.boundedLinks += 1;
      return;
    }
    figures.exactLinks += 1;
    figures.lost += losses.total.most;
    figures.reported += hwm + disconnect;
    if (losses.hwm.least !== losses.hwm.most) return;
    figures.lostHwm += losses.hwm.most;
    figures.reportedHwm += hwm;
    figures.lostDisconnect += losses.disconnect.most;
    figures.reportedDisconnect += disconnect;
  });
}

const NOTHING: Losses = { hwm: exactly(0), disconnect: exactly(0), total: exactly(0) };
