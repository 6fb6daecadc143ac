/** Keeps what the advice rests on, a look at a time. */
import type { Instant } from '../lib/clock.js';
import type { AdviceFigures } from './advice.js';
import { WAITING_PLACES } from './advice-table.js';
import type { State } from './state.js';
import { seesLinks } from './status.js';

/** Of a longer pause between two looks nobody knows what waited. */
const LOOK_MAX_MS = 5_000;

/** To be called after each evaluation, about once a second and after each scan. */
export function noteAdvice(state: State, now: Instant): void {
  const { advice, survey } = state;
  const elapsedMs = now.monoMs - advice.lookedMonoMs;
  advice.lookedMonoMs = now.monoMs;
  noteLag(state);
  if (!seesLinks(state, now) || state.scans.origin !== 'netlink') return;
  const waiting = survey.requestsWaiting;
  advice.waitingMost = Math.max(advice.waitingMost, waiting);
  if (!(elapsedMs > 0 && elapsedMs <= LOOK_MAX_MS)) return;
  const place = Math.min(waiting, WAITING_PLACES - 1);
  advice.waitingSeconds[place] = (advice.waitingSeconds[place] ?? 0) + elapsedMs / 1_000;
}

/**
 * A link whose host does not acknowledge has no stall that a longer queue would have bridged: mostly
 * it ends, and its queue with it.
 */
function noteLag({ advice, minions, delivery }: State): void {
  const { known, lagMessages, lagSeconds, queueMessages } = delivery.shown;
  for (const slot of minions.order) {
    if (known[slot] !== 1) continue;
    const messages = lagMessages[slot] ?? Number.NaN;
    advice.hasLedger = true;
    const queue = queueMessages[slot] ?? Number.NaN;
    if (queue > advice.queueMessagesMost) advice.queueMessagesMost = queue;
    if ((minions.silentLinks[slot] ?? 0) > 0) continue;
    if (messages > advice.lagMessagesMost) advice.lagMessagesMost = messages;
    const seconds = lagSeconds[slot] ?? Number.NaN;
    if (seconds > advice.lagSecondsMost) advice.lagSecondsMost = seconds;
  }
}

export function freezeAdvice({ advice }: State): AdviceFigures {
  return {
    lagMessagesMost: advice.hasLedger ? advice.lagMessagesMost : undefined,
    lagSecondsMost: advice.hasLedger ? advice.lagSecondsMost : undefined,
    queueMessagesMost: advice.hasLedger ? advice.queueMessagesMost : undefined,
    waitingSeconds: advice.waitingSeconds.slice(),
    waitingMost: advice.waitingMost,
  };
}
