/** What the source of canary jobs may ask the state: whom there is to ask, and whether now is the time. */
import type { Instant } from '../lib/clock.js';
import type { State } from './state.js';
import { seesLinks } from './status.js';
import { MINION_STATUSES } from './vocabulary.js';
import { estimateWedged } from './wedged.js';

const STALE = MINION_STATUSES.indexOf('stale');
/**
 * Requests that wait at once, by worker, beyond which the master is busy: a worker answers some 200
 * returns a second, so these are served within a tenth of a second.
 */
const WAITING_PER_WORKER = 20;
/** One that waits for long is a heavy request; when half the workers have one, others wait for them. */
const HANGING_PER_WORKER = 0.5;

/** Ids with an accepted key, without the stale: decommissioned hosts would only ever time out. */
export function canaryFleet(state: State): readonly string[] {
  const { order, orderedIds, facts, status } = state.minions;
  return orderedIds.filter((_, row) => {
    const slot = order[row] ?? 0;
    return facts[slot]?.hasKey === true && status[slot] !== STALE;
  });
}

/** Whether the id still has a key. */
export function isCanaryMinion({ minions }: State, id: string): boolean {
  const slot = minions.slots.get(id);
  return slot !== undefined && minions.facts[slot]?.hasKey === true;
}

/** Why a canary job would do harm now or tell nothing; undefined: it may be sent. One sentence's part. */
export function canaryTrouble(state: State, now: Instant): string | undefined {
  const { bus, listeners, survey, config } = state;
  if (bus.connected !== true) return 'the event bus is not read, so no return would be heard';
  if (listeners.ports.request.up === false) return 'nothing listens on the request port';
  if (listeners.ports.publish.up === false) return 'nothing listens on the publish port';
  const workers = config?.options.get('worker_threads');
  const traffic = { hanging: survey.requestsHanging, nowMonoMs: now.monoMs };
  if ((estimateWedged(state.requests.wedged, workers, traffic) ?? 0) > 0)
    return 'a worker of the master does not answer';
  if (!seesLinks(state, now)) return undefined;
  if (workers === undefined) return undefined;
  if (survey.requestsHanging >= workers * HANGING_PER_WORKER)
    return 'as many requests as half the workers wait for longer than 5 s';
  if (survey.requestsWaiting > workers * WAITING_PER_WORKER) return 'many requests wait at once';
  return undefined;
}
