/**
 * What became of a job whose publish link ended after its host had acknowledged it: whether the
 * process had read it, ended with the link, or began anew and lost what it had to return.
 */
import { ACKNOWLEDGED, likely, proven, type Rule } from './loss-rule.js';
import { seconds } from './loss-text.js';

/** Two ends of one process are seen within this time; a minion that begins anew takes longer. */
const SAME_DEATH_MS = 40;
/** A minion of 3007 or 3008 that begins anew says so this soon after its publish link is back. */
const RECONNECT_MS = 20_000;
/** A return may take this much longer than nearly all of its function did. */
const RETURN_SLACK_MS = 1_000;

/** Its publish link ended after it had acknowledged the job. */
export const endedAfter: Rule = (facts, around) => {
  const { link, request, endedMonoMs, startMonoMs } = facts;
  if (link.fate !== 'acknowledged' || link.life < 0) return undefined;
  const when = `Its publish link ended ${seconds(endedMonoMs - facts.publishedMonoMs)} after the publish`;
  if (facts.stalledEnd && !(facts.pongMonoMs > facts.publishedMonoMs)) {
    return proven('4', 'process_stopped', [
      ACKNOWLEDGED,
      `${when}; no heartbeat was answered in between. (kernel)`,
    ]);
  }
  if (facts.troubledEnd) {
    return likely('5', 'blocked', [
      ACKNOWLEDGED,
      `${when}: from some moment on its host acknowledged nothing any more. (kernel)`,
    ]);
  }
  const together = Math.abs(request.endedMonoMs - endedMonoMs) <= SAME_DEATH_MS;
  const hadTime = endedMonoMs - facts.publishedMonoMs > facts.usualMs + RETURN_SLACK_MS;
  if (!together && (facts.unread || (hadTime && facts.behindEnd))) {
    return likely('4', 'died', [
      ACKNOWLEDGED,
      `${when}, and what its host had taken by then was not read by its process. (kernel)`,
    ]);
  }
  // Had it read the publish, its return would have come by then: nobody knows which of both failed.
  if (!together && hadTime) return undefined;
  const startsMs = startMonoMs - endedMonoMs;
  const beganAnew = startsMs >= 0 && startsMs <= RECONNECT_MS;
  if (around.losesOnReconnect && !together && (beganAnew || facts.hasPublishLink)) {
    const text = `${when}, and the minion began anew without having ended: it closes its request link then, with what it had to return. (kernel, bus)`;
    return beganAnew
      ? proven('5', 'reconnect', [ACKNOWLEDGED, text])
      : likely('5', 'reconnect', [ACKNOWLEDGED, text]);
  }
  if (!together) return undefined;
  return proven('4', 'died', [
    ACKNOWLEDGED,
    `${when}, and its request link with it: the process ended. (kernel)`,
  ]);
};
