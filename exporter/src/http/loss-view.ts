/** Lost returns for people and programs. */
import type { Epoch } from '../domain/epoch.js';
import type { JobLoss } from '../domain/loss-epoch.js';
import type { LossesFound } from '../domain/loss-search.js';
import { LOSS_LINKS, type LossLink } from '../domain/loss-vocabulary.js';
import type { CutList } from './cut-list.js';
import type { LossCount, LossesView, LossListView, LossView } from './job-api-types.js';

/** Functions and minions of a list of counts. */
const COUNTS_SHOWN = 50;

/** `most`: rows of the list. */
export function lossesView({ losses }: Epoch, most: number): LossesView {
  const byLink = Object.fromEntries(LOSS_LINKS.map((link) => [link, 0])) as Record<
    LossLink,
    number
  >;
  for (const { link, count } of losses.verdicts) byLink[link] += count;
  let returned = 0;
  for (const { link, to, count } of losses.revised) {
    byLink[link] -= count;
    if (to === 'returned') returned += count;
  }
  const rows = losses.latest.slice(0, most).map(lossView);
  return {
    byLink,
    publishes: losses.publishes,
    waiting: losses.waiting,
    returned,
    latest: { shown: rows.length, of: losses.latest.length, rows },
  };
}

export function foundLossesView(found: LossesFound, offset: number): LossListView {
  return {
    of: found.of,
    offset,
    rows: found.rows.map((loss) => ({ ...lossView(loss), function: loss.function ?? null })),
    byLink: found.byLink,
    byFunction: mostFirst(found.byFunction),
    byMinion: mostFirst(found.byMinion),
  };
}

function mostFirst(counts: ReadonlyMap<string | undefined, number>): CutList<LossCount> {
  const all = [...counts].sort(([, a], [, b]) => b - a);
  const rows = all.slice(0, COUNTS_SHOWN).map(([name, losses]) => ({ name: name ?? null, losses }));
  return { shown: rows.length, of: all.length, rows };
}

export function lossView(loss: JobLoss): LossView {
  return {
    minion: loss.minion,
    jid: loss.jid,
    link: loss.link,
    reason: loss.reason,
    confidence: loss.confidence,
    evidence: loss.evidence,
    decided: loss.decidedWallMs === undefined ? null : timeOf(loss.decidedWallMs),
  };
}

/** A stamp is untrusted: what is no instant is null. */
export function timeOf(wallMs: number): string | null {
  const time = new Date(wallMs);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
