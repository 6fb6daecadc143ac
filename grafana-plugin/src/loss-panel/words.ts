/** Names of links, reasons and confidences as they are written, and sentences on the present. */
import { t } from '@grafana/i18n';
import { count } from '../fleet/time-text';
import { PLAIN } from '../look/plain-text';
import type { PathLink, Present, Sureness } from '../losses/path';

export interface LinkWords {
  /** As it stands before the name. */
  readonly sign: string;
  readonly name: string;
}

export function linkWords(link: PathLink): LinkWords {
  const words: Record<PathLink, LinkWords> = {
    '1': { sign: '1', name: t('loss.link.client', 'Client → master') },
    '2': { sign: '2', name: t('loss.link.nobody', 'Nobody there') },
    '3': { sign: '3', name: t('loss.link.publisher', 'Publisher queue') },
    '4': { sign: '4', name: t('loss.link.minion', 'Minion') },
    '4_or_5': {
      sign: t('loss.link.either-sign', '4 or 5'),
      name: t('loss.link.either', 'Minion or return'),
    },
    '5': { sign: '5', name: t('loss.link.return', 'Return path') },
    '6': { sign: '6', name: t('loss.link.master', 'Master lost it') },
    unknown: { sign: '?', name: t('loss.link.unknown', 'Not known') },
  };
  return words[link];
}

export function surenessWord(sureness: Sureness): string {
  const words: Record<Sureness, string> = {
    proven: t('loss.sure.proven', 'proven'),
    likely: t('loss.sure.likely', 'likely'),
    unknown: t('loss.sure.unknown', 'unknown'),
    untold: t('loss.sure.untold', 'not told'),
  };
  return words[sureness];
}

/** A reason of the exporter's closed set; one that this panel does not know is shown as it is. */
export function reasonWords(reason: string): string {
  const words: Record<string, string> = {
    no_link: t('loss.reason.no-link', 'no publish link'),
    hwm: t('loss.reason.hwm', 'at the mark'),
    disconnect: t('loss.reason.disconnect', 'link died first'),
    host_gone: t('loss.reason.host-gone', 'host gone'),
    all_links: t('loss.reason.all-links', 'all links ended'),
    publish_daemon: t('loss.reason.publish-daemon', 'publish daemon died'),
    process_stopped: t('loss.reason.process-stopped', 'process stopped'),
    host_only: t('loss.reason.host-only', 'only the host answers'),
    child_killed: t('loss.reason.child-killed', 'job was killed'),
    died: t('loss.reason.died', 'minion died'),
    no_return: t('loss.reason.no-return', 'no return'),
    blocked: t('loss.reason.blocked', 'way back blocked'),
    reconnect: t('loss.reason.reconnect', 'lost in a reconnect'),
    worker: t('loss.reason.worker', 'worker wedged'),
    handler: t('loss.reason.handler', 'handler failed'),
    bus: t('loss.reason.bus', 'lost on the bus'),
    cache: t('loss.reason.cache', 'not in the job cache'),
    unknown: t('loss.reason.unknown', 'nothing decides'),
    abandoned: t('loss.reason.abandoned', 'client gave up'),
    failed: t('loss.reason.failed', 'master failed'),
    authentication: t('loss.reason.authentication', 'not authenticated'),
    authorization: t('loss.reason.authorization', 'not allowed'),
  };
  return words[reason] ?? reason;
}

/** What is in the way of that link now; empty = not known. */
export function presentWords(link: PathLink, present: Present): string {
  const { waiting, absent, stalled, halfOpen, wedged, unclear } = present;
  const many = (value: number) => ({ ...PLAIN, many: count(value) });
  if (link === '1' || link === '5') {
    if (waiting === null) return '';
    if (waiting === 0) return t('loss.now.none-waits', 'Nobody waits at 4506.');
    return t('loss.now.waiting', '{{many}} wait at 4506 now.', many(waiting));
  }
  if (link === '3') return pressureWords(present);
  if (link === '2') {
    return absent === null ? '' : t('loss.now.absent', '{{many}} absent now.', many(absent));
  }
  if (link === '4') {
    if (stalled === null) return '';
    return t('loss.now.stalled', '{{many}} processes do not read now.', many(stalled));
  }
  if (link === '4_or_5') {
    if (halfOpen === null) return '';
    return t('loss.now.half-open', '{{many}} half-open links now.', many(halfOpen));
  }
  if (link === '6') {
    return wedged === null
      ? ''
      : t('loss.now.wedged', '{{many}} workers wedged now.', many(wedged));
  }
  if (unclear === null) return '';
  return t('loss.now.unclear', '{{many}} minions ambiguous or unknown.', many(unclear));
}

function pressureWords({ pressureMax, hwm }: Present): string {
  if (pressureMax === null) return '';
  const words = { ...PLAIN, share: Math.round(pressureMax * 100), hwm: count(hwm ?? 0) };
  return hwm === null
    ? t('loss.now.pressure', 'Fullest queue at {{share}} % of its mark now.', words)
    : t('loss.now.pressure-hwm', 'Fullest queue at {{share}} % of {{hwm}} now.', words);
}
