/**
 * Which link of the path lost a return: the first rule whose evidence is there decides, from the
 * strongest to the weakest. Nothing is concluded from what is merely usual: without evidence a pair
 * has no verdict yet, and in the end the verdict `unknown`.
 *
 * A worked example: m3 has not returned 20 s after the publish. Its link acknowledged the message,
 * it answered the last heartbeat, and a `find_job` was answered with an empty map: it has the job no
 * more and never returned it, link 4 `child_killed`. Had its publish link ended before the message
 * was acknowledged: link 3, `disconnect`.
 */
import { endedAfter } from './loss-ended.js';
import type { Facts } from './loss-facts.js';
import {
  ACKNOWLEDGED,
  type Finding,
  likely,
  proven,
  type Rule,
  type Surroundings,
} from './loss-rule.js';
import { apart, seconds } from './loss-text.js';
import { UNKNOWN_LINK, UNKNOWN_MINION_OR_PATH } from './loss-vocabulary.js';

/** A heartbeat is sent every 10 s: who did not answer for two of them is not late. */
const NO_PONG_MS = 22_000;
/** A request that waits this long is not being served. */
const UNSERVED_MS = 5_000;
/** Written in the cache and not heard this long after: it does not come any more, or late. */
const UNHEARD_MS = 3_000;

/** undefined: nothing decides, so far. `isLast`: no stronger evidence is waited for any more. */
export function findLoss(facts: Facts, around: Surroundings, isLast: boolean): Finding | undefined {
  // The master has it: it is on the bus in a moment, or the bus never told.
  if (facts.cachedReturn) return writtenNotTold(facts, around);
  for (const rule of RULES) {
    const found = rule(facts, around);
    if (found !== undefined) return found;
  }
  // Another job of the run may return until then.
  return isLast ? (droppedLikely(facts, around) ?? stillAlive(facts)) : undefined;
}

/** The verdict when nothing decides: whether the master's part of the path is known to be good. */
export function undecided(facts: Facts): Finding {
  const { fate } = facts.link;
  if (fate !== 'acknowledged') {
    const text = `${FATE_TEXTS[fate] ?? 'Nothing tells what became of the publish on its link'}. (kernel)`;
    return { verdict: UNKNOWN_LINK, evidence: [text] };
  }
  const said = Number.isNaN(facts.heardMonoMs)
    ? 'Nothing was heard of it since.'
    : heardText(facts);
  return { verdict: UNKNOWN_MINION_OR_PATH, evidence: [ACKNOWLEDGED, said] };
}

const FATE_TEXTS: Partial<Record<Facts['link']['fate'], string>> = {
  waiting: 'Its host did not acknowledge the publish so far',
  no_link: 'No publish link is known to be its own',
};

/** The publish never left the master. */
const daemonGone: Rule = (facts, { daemonDiedMonoMs, daemonFrozen }) => {
  const { newMonoMs, link, diedWithMonoMs } = facts;
  if (link.fate === 'acknowledged' || link.fate in DROPPED_TEXTS) return undefined;
  const wasSent = typeof facts.message === 'object' && link.fate !== 'no_link';
  if (daemonDiedMonoMs <= Number.POSITIVE_INFINITY && !wasSent) {
    return proven('3', 'publish_daemon', [
      `The publish daemon ended ${apart(daemonDiedMonoMs, newMonoMs)} the publish, and no new one had sent anything by then. (kernel)`,
    ]);
  }
  if (link.fate === 'no_link' && diedWithMonoMs <= newMonoMs) {
    return proven('3', 'publish_daemon', [
      `Its link ended with the publish daemon ${seconds(newMonoMs - diedWithMonoMs)} before the publish, and it had none to the new one yet. (kernel)`,
    ]);
  }
  if (!daemonFrozen || link.fate === 'no_link') return undefined;
  return likely('3', 'publish_daemon', [
    'The publish was announced, and no link was sent anything since: the publish daemon stands still. (bus, kernel)',
  ]);
};

const allLinks: Rule = ({ message }, around) =>
  message === 'none' && around.allLinks
    ? proven('3', 'all_links', [
        'The publish was announced and sent to nobody, our own subscription included. (bus, stream)',
      ])
    : undefined;

const noLink: Rule = ({ link, isNamed, isShared, newMonoMs, linklessMonoMs }, around) => {
  if (link.fate !== 'no_link' || isShared) return undefined;
  if (isNamed) {
    return proven('2', 'no_link', [
      'No publish link of it was open when the job was published. (kernel)',
    ]);
  }
  const watched = newMonoMs > around.watchedMonoMs && linklessMonoMs <= newMonoMs;
  if (around.strangers > 0 || !watched) return undefined;
  return likely('2', 'no_link', [
    'No publish link came from an address of it since this exporter watches. (kernel, grains)',
  ]);
};

const dropped: Rule = ({ link }) => {
  const text = DROPPED_TEXTS[link.fate];
  return text === undefined ? undefined : proven('3', 'hwm', [text]);
};

const DROPPED_TEXTS: Partial<Record<Facts['link']['fate'], string>> = {
  dropped:
    'The publisher dropped every message of the run that the publish lies in, at its high water mark. (ledger)',
  dropped_rest:
    'The publisher dropped as many messages of the run that the publish lies in as were not returned. (ledger, bus)',
};

const droppedLikely: Rule = ({ link }) =>
  link.fate === 'dropped_likely'
    ? likely('3', 'hwm', [
        'The publish lies among messages of which the publisher dropped some for this link. (ledger)',
      ])
    : undefined;

const lostWithLink: Rule = (facts) => {
  if (facts.link.fate !== 'lost_with_link') return undefined;
  const when = `Its publish link ended ${seconds(facts.endedMonoMs - facts.publishedMonoMs)} after the publish`;
  return facts.troubledEnd
    ? proven('3', 'host_gone', [
        `${when}, which its host never acknowledged, with retransmissions unanswered. (kernel)`,
      ])
    : proven('3', 'disconnect', [`${when}, before its host acknowledged it. (kernel)`]);
};

/** Sent, and not acknowledged by a host whose link still stands. */
const unacknowledged: Rule = (facts) => {
  if (facts.link.fate !== 'waiting' && facts.link.fate !== 'unknown') return undefined;
  const { fate } = facts.link;
  if (facts.silent && fate === 'waiting') {
    return proven('3', 'host_gone', [
      'Its host does not acknowledge the publish: retransmissions are unanswered. (kernel)',
    ]);
  }
  if (facts.silent) {
    return likely('3', 'host_gone', [
      'Its host acknowledges nothing: retransmissions are unanswered. (kernel)',
    ]);
  }
  if (fate !== 'waiting' || Number.isNaN(facts.stalledMonoMs)) return undefined;
  const text = 'Its host acknowledges and takes no more: its process does not read. (kernel)';
  return facts.beats ? likely('4', 'process_stopped', [text]) : likely('4', 'host_only', [text]);
};

const writtenNotTold: Rule = (facts) => {
  const { cache, cachedReturn, nowMonoMs } = facts;
  if (!cachedReturn || cache === undefined) return undefined;
  if (nowMonoMs - cache.readMonoMs < UNHEARD_MS) return undefined;
  return proven('6', 'bus', [
    'The job cache holds its return, and the event bus never told of it. (job cache, bus)',
  ]);
};

/**
 * A pair that closed while the bus was not heard, and the cache holds its return. Where the bus itself
 * had ended it told nobody; only who was back on it before us may have heard.
 */
export function findUntold(facts: Facts, { busEndedMonoMs }: Surroundings): Finding | undefined {
  if (!facts.cachedReturn || !(busEndedMonoMs >= facts.newMonoMs)) return undefined;
  return likely('6', 'bus', [
    `The event bus of the master ended ${seconds(busEndedMonoMs - facts.newMonoMs)} after the publish and told nothing of its return, which the job cache holds. (bus, job cache)`,
  ]);
}

/** The return reached the master and no worker answered it. */
const unserved: Rule = (facts) => {
  const { request, nowMonoMs } = facts;
  const waitsMs = nowMonoMs - request.waitingMonoMs;
  // A later try that was answered was served.
  const healed = request.lastAnsweredMonoMs > request.unansweredMonoMs;
  if (request.unanswered > 0 && !request.silent && !healed) {
    const times = request.unanswered === 1 ? 'once' : `${request.unanswered} times`;
    const text = `It asked the master after the publish ${times} and was not answered before it gave up. (kernel)`;
    return request.unanswered > 1 || waitsMs >= 0
      ? proven('6', 'worker', [text])
      : likely('6', 'worker', [text]);
  }
  if (!(waitsMs >= UNSERVED_MS)) return undefined;
  return proven('6', 'worker', [
    `Its request waits for an answer of the master since ${seconds(waitsMs)}. (kernel)`,
  ]);
};

/** The master took the return while its event bus was dead. */
const unhandled: Rule = (facts, { busEndedMonoMs }) => {
  const { request, cache, cachedReturn } = facts;
  if (!(busEndedMonoMs >= facts.newMonoMs) || cachedReturn) return undefined;
  if (!(request.answeredMonoMs >= facts.newMonoMs)) return undefined;
  const text = `The event bus of the master ended ${seconds(busEndedMonoMs - facts.newMonoMs)} after the publish, and a request of this minion was answered since, which nothing on the bus tells of. (bus, kernel)`;
  const isSure = cache?.state === 'present' && cache.loadWritten && !cache.truncated;
  return isSure
    ? proven('6', 'handler', [text, 'The job cache does not hold its return. (job cache)'])
    : likely('6', 'handler', [text]);
};

/** Heartbeats of a living link are acknowledged and not answered. */
const stalled: Rule = (facts) => {
  const { link, stalledMonoMs, nowMonoMs, pongMonoMs, publishedMonoMs } = facts;
  if (link.slot < 0 || Number.isNaN(stalledMonoMs)) return undefined;
  if (link.fate !== 'acknowledged' && link.fate !== 'unknown') return undefined;
  if (!facts.beats) {
    return likely('4', 'host_only', [
      'Its host acknowledges and its process does not read. (kernel)',
    ]);
  }
  if (pongMonoMs > publishedMonoMs || !(nowMonoMs - stalledMonoMs >= NO_PONG_MS)) return undefined;
  const evidence = [
    ACKNOWLEDGED,
    `No heartbeat was answered for ${seconds(nowMonoMs - stalledMonoMs)}. (kernel)`,
  ];
  return link.fate === 'acknowledged'
    ? proven('4', 'process_stopped', evidence)
    : likely('4', 'process_stopped', evidence.slice(1));
};

/** It has the job, and its packets do not get through any more. */
const blocked: Rule = (facts) => {
  const { link, request } = facts;
  if (link.fate !== 'acknowledged') return undefined;
  if (facts.silent) {
    return likely('5', 'blocked', [
      ACKNOWLEDGED,
      'Its host acknowledges nothing any more: retransmissions are unanswered. (kernel)',
    ]);
  }
  if (request.silent) {
    return proven('5', 'blocked', [
      ACKNOWLEDGED,
      'Its request link does not get through, its publish link does: retransmissions are unanswered on that one. (kernel)',
    ]);
  }
  if (request.troubledEnd && facts.hasPublishLink) {
    return proven('5', 'blocked', [
      ACKNOWLEDGED,
      'Its request link ended after the publish with retransmissions or probes unanswered, its publish link lives. (kernel)',
    ]);
  }
  if (request.oldEnded && request.hasNew && !request.hasOld && link.slot >= 0) {
    return likely('5', 'blocked', [
      ACKNOWLEDGED,
      'Its request link ended after the publish and it made another; its publish link stood all the time. (kernel)',
    ]);
  }
  // Whoever lost its publish link and begins anew opens such links, too.
  if (!(request.bareMonoMs > facts.newMonoMs) || link.slot < 0) return undefined;
  return likely('5', 'blocked', [
    ACKNOWLEDGED,
    'It opened a request link after the publish on which no request arrived. (kernel)',
  ]);
};

/** What the exporter beside the minion saw of the job. */
const toldByMinion: Rule = ({ word, cachedReturn }) => {
  if (word === undefined || !word.answered) return undefined;
  const { received, executed, queued, returned } = word;
  const said = (fact: string) => [`The exporter beside the minion says: ${fact}. (minion)`];
  if (queued === true) {
    return likely('4', 'no_return', said('the job waits in the queue of its processes'));
  }
  if (executed === true && (returned === 'abandoned' || returned === 'refused')) {
    // Measured on 3008: what was given up may have arrived all the same.
    return likely('5', 'blocked', said('the job was executed, and its return was given up'));
  }
  if (executed === true && returned === 'answered' && !cachedReturn) {
    return likely('6', 'handler', said('the job was executed, and the master answered its return'));
  }
  if (received === false) {
    return likely('4', 'process_stopped', said('the publish never reached the process'));
  }
  if (received === true && executed === false) {
    return likely('4', 'no_return', said('the job arrived, and was not executed to its end'));
  }
  return undefined;
};

const jobGone: Rule = (facts) =>
  facts.gone
    ? proven('4', 'child_killed', [
        'It answered a find_job after the publish: it does not run this job. (bus)',
      ])
    : undefined;

/** It lives and talks to the master, and does not return. */
function stillAlive(facts: Facts): Finding | undefined {
  const { link, heardMonoMs, publishedMonoMs, request } = facts;
  if (link.fate !== 'acknowledged' || link.slot < 0) return undefined;
  const talks = Math.max(heardMonoMs || 0, request.answeredMonoMs || 0);
  if (!(talks > publishedMonoMs + UNSERVED_MS)) return undefined;
  // On another link than the one it had: it may have returned over that one in vain.
  if (!request.hasOld || request.hasNew) return undefined;
  return likely('4', 'no_return', [ACKNOWLEDGED, heardText(facts)]);
}

function heardText({ heardMonoMs, publishedMonoMs }: Facts): string {
  const afterMs = heardMonoMs - publishedMonoMs;
  return afterMs > 0
    ? `The bus told of it ${seconds(afterMs)} after the publish, and not of this return. (bus)`
    : 'Nothing was heard of it since the publish. (bus)';
}

const RULES: readonly Rule[] = [
  daemonGone,
  allLinks,
  noLink,
  dropped,
  lostWithLink,
  unacknowledged,
  unhandled,
  unserved,
  endedAfter,
  stalled,
  jobGone,
  toldByMinion,
  blocked,
];
