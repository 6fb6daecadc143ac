/** What happened to the master as a whole around the publish of a job, as verdicts need it. */
import type { Surroundings } from './loss-rule.js';
import type { State } from './state.js';

/** A publish is on its links within milliseconds, unless the daemon stands still. */
const FROZEN_MS = 3_000;
/** What a publisher that lives wrote this long after the publish came later than the job's message. */
const LATER_MS = 1_000;
/** A publish just before its daemon's death may never have left it. */
const WITH_DAEMON_MS = 500;
/** A daemon is back within seconds; longer than this and it was another death. */
const AWAY_MAX_MS = 120_000;
/**
 * The first release line whose minions close their request link when the publish link ends, with the
 * returns that wait there (`__master_disconnected` in minion.py; one of two victims of 3007.17 lost
 * two returns of four, 3008.5 loses all that wait).
 */
const LOSES_ON_RECONNECT = 3_007;

export function surroundingsOf(state: State, job: number, nowMonoMs: number): Surroundings {
  const { delivery, bus, survey, jobs } = state;
  const newMs = jobs.table.newMonoMs[job] ?? Number.NaN;
  const isThere = delivery.subscribedMonoMs <= newMs && Number.isNaN(delivery.endedMonoMs);
  return {
    daemonDiedMonoMs: daemonDied(state, newMs),
    daemonFrozen:
      isThere &&
      survey.publishLinks > 0 &&
      nowMonoMs - newMs >= FROZEN_MS &&
      delivery.aliveMonoMs < newMs,
    allLinks:
      isThere && state.config?.zmqFiltering !== true && delivery.aliveOldMonoMs > newMs + LATER_MS,
    busEndedMonoMs: bus.endedMonoMs,
    losesOnReconnect: majorOf(state.config?.version) >= LOSES_ON_RECONNECT,
    strangers: survey.unexplained,
    watchedMonoMs: state.startedWallMs - state.wallOffsetMs,
  };
}

/** When the publish daemon died that was not there again for a publish; NaN = it was there. */
function daemonDied({ delivery, listeners }: State, newMs: number): number {
  const { subscribedMonoMs, endedMonoMs } = delivery;
  for (const diedMs of listeners.ports.publish.deathsMonoMs) {
    if (!(diedMs <= newMs + WITH_DAEMON_MS && diedMs > newMs - AWAY_MAX_MS)) continue;
    const isBack = subscribedMonoMs > diedMs && subscribedMonoMs <= newMs;
    const survived = subscribedMonoMs < diedMs && Number.isNaN(endedMonoMs);
    if (!isBack && !survived) return diedMs;
  }
  return Number.NaN;
}

/** `3008.5` → 3008; NaN when nobody knows. */
function majorOf(version: string | undefined): number {
  return Number.parseInt(version ?? '', 10);
}
