/** Lost returns for people and programs. */
import type { Epoch } from '../domain/epoch.js';
import type { JobLoss } from '../domain/loss-epoch.js';
import { LOSS_LINKS, type LossLink } from '../domain/loss-vocabulary.js';
import type { LossesView, LossView } from './job-api-types.js';

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
