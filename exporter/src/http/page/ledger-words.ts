/** The two ledgers in words: what was published, what waits, what was lost, what was never answered. */
import type { LedgersView } from '../api-types.js';
import { latencyText } from '../time-text.js';
import { countText, numberText } from './words.js';

export interface LedgerPair {
  readonly word: string;
  readonly cells: readonly string[];
}

export function ledgerPairs(ledgers: LedgersView): readonly LedgerPair[] {
  const pairs: readonly (readonly [word: string, text: string])[] = [
    ['published', publishedText(ledgers)],
    ['ledger exact for', `${numberText(ledgers.known)} of ${countText(ledgers.linked, 'minion')}`],
    ['fullest queue', queueText(ledgers)],
    ['dropped', droppedText(ledgers)],
    ['ledgers broke off', breaksText(ledgers)],
    ['requests waiting', waitingText(ledgers)],
    ['requests take', serviceText(ledgers)],
    ['never answered', lostText(ledgers)],
  ];
  return pairs.map(([word, text]) => ({ word, cells: [text] }));
}

function publishedText({ published, gaps }: LedgersView): string {
  const said = countText(published, 'message');
  return gaps === 0 ? said : `${said}, ${numberText(gaps)} more that we never received`;
}

function queueText({ queueMessagesMax, queuePressureMax }: LedgersView): string {
  if (queueMessagesMax === null) return 'unknown';
  const share = queuePressureMax === null ? '' : `, ${Math.round(queuePressureMax * 100)} % of HWM`;
  return `${countText(queueMessagesMax, 'message')}${share}`;
}

function droppedText({ dropped, losses }: LedgersView): string {
  const { hwm, disconnect, all_links: everywhere } = dropped;
  const untold =
    losses.undecided === 0 ? '' : `, ${countText(losses.undecided, 'loss', 'losses')} not counted`;
  if (hwm + disconnect + everywhere === 0) return `none seen${untold}`;
  const everyone = everywhere === 0 ? '' : `, ${numberText(everywhere)} on all links`;
  return `${numberText(hwm)} at the HWM, ${numberText(disconnect)} with their link${everyone}${untold}`;
}

/** Only then may drops be in no counter. */
function breaksText({ breaks }: LedgersView): string {
  const { loss, history } = breaks;
  if (loss + history === 0) return 'never';
  const whys = [
    ...(loss > 0 ? [`${numberText(loss)} over a loss`] : []),
    ...(history > 0 ? [`${numberText(history)} for want of history`] : []),
  ];
  return `${countText(loss + history, 'time')}: ${whys.join(', ')}`;
}

function waitingText({ requestsWaiting, requestWaitMaxSeconds }: LedgersView): string {
  if (requestsWaiting === null) return 'unknown';
  if (requestsWaiting === 0 || requestWaitMaxSeconds === null) return numberText(requestsWaiting);
  return `${numberText(requestsWaiting)}, the oldest for ${latencyText(requestWaitMaxSeconds)}`;
}

function serviceText({ serviceMedianSeconds, serviceP99Seconds }: LedgersView): string {
  if (serviceMedianSeconds === null) return 'unknown';
  const rare = serviceP99Seconds === null ? 'longer' : `≤ ${latencyText(serviceP99Seconds)}`;
  return `half ≤ ${latencyText(serviceMedianSeconds)}, 99 % ${rare}`;
}

function lostText(ledgers: LedgersView): string {
  const { requestsAbandoned, requestsFailed, ghostJobs, wedgedWorkers } = ledgers;
  const parts = [
    `${numberText(requestsAbandoned)} abandoned`,
    `${numberText(requestsFailed)} failed`,
  ];
  if (ghostJobs > 0) parts.push(countText(ghostJobs, 'ghost job'));
  if (wedgedWorkers !== null && wedgedWorkers > 0) {
    parts.push(countText(wedgedWorkers, 'worker wedged', 'workers wedged'));
  }
  return parts.join(', ');
}
