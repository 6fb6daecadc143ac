/** Lost returns in words: the six links of a job's path, and why each lost one. */
import type { LossLink, LossReason, PublishLoss } from '../../domain/loss-vocabulary.js';
import type { LossesView } from '../job-api-types.js';
import { countText, numberText } from './words.js';

export const LINK_WORD: Readonly<Record<LossLink, string>> = {
  '2': 'not connected',
  '3': 'on its way there',
  '4': 'at the minion',
  '5': 'on its way back',
  '6': 'in the master',
  '4_or_5': 'at the minion or back',
  unknown: 'unknown where',
};

const LINK_ORDER: readonly LossLink[] = ['2', '3', '4', '4_or_5', '5', '6', 'unknown'];

/** As the documents number the path; the client is 1. */
const LINK_NUMBER: Readonly<Record<LossLink, string>> = {
  '2': '2 ',
  '3': '3 ',
  '4': '4 ',
  '4_or_5': '4 or 5 ',
  '5': '5 ',
  '6': '6 ',
  unknown: '',
};

export const REASON_WORD: Readonly<Record<LossReason, string>> = {
  no_link: 'no publish link',
  hwm: 'high-water mark',
  disconnect: 'link ended',
  host_gone: 'host gone',
  all_links: 'sent to nobody',
  publish_daemon: 'publish daemon',
  process_stopped: 'process stopped',
  host_only: 'process does not read',
  child_killed: 'job gone',
  died: 'process ended',
  no_return: 'lives, did not return',
  blocked: 'no way back',
  reconnect: 'began anew',
  worker: 'no worker',
  handler: 'handler failed',
  bus: 'event bus',
  cache: 'job cache',
  unknown: 'unknown',
};

const PUBLISH_WORD: Readonly<Record<PublishLoss, string>> = {
  abandoned: 'given up unanswered',
  failed: 'failed in the master',
  authentication: 'with a wrong key',
  authorization: 'not allowed',
};

/** `7 on their way there, 2 in the master`; by link, most first. */
export function lossSummary({ byLink, waiting }: LossesView): string {
  const rows = Object.entries(byLink) as [LossLink, number][];
  const lost = rows.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  const parts = lost.map(([link, count]) => `${numberText(count)} ${LINK_WORD[link]}`);
  if (waiting > 0) parts.push(`${numberText(waiting)} being looked into`);
  return parts.length === 0 ? 'none lost' : parts.join(', ');
}

export interface LossBar {
  readonly word: string;
  readonly count: number;
  /** Of the largest, 0 … 1. */
  readonly share: number;
}

/** A bar for each link of the path that lost something, in the order of the path. */
export function lossBars({ byLink }: LossesView): readonly LossBar[] {
  const rows = LINK_ORDER.map((link) => ({ link, count: byLink[link] }));
  const lost = rows.filter(({ count }) => count > 0);
  const most = Math.max(...lost.map(({ count }) => count));
  return lost.map(({ link, count }) => ({
    word: `${LINK_NUMBER[link]}${LINK_WORD[link]}`,
    count,
    share: count / most,
  }));
}

/** Publishes that never became a job; empty when there are none. */
export function publishSummary({ publishes }: LossesView): string {
  const rows = Object.entries(publishes) as [PublishLoss, number][];
  const lost = rows.filter(([, count]) => count > 0);
  if (lost.length === 0) return '';
  const all = lost.reduce((sum, [, count]) => sum + count, 0);
  const parts = lost.map(([reason, count]) => `${numberText(count)} ${PUBLISH_WORD[reason]}`);
  return `${countText(all, 'publish', 'publishes')} never became a job: ${parts.join(', ')}.`;
}
