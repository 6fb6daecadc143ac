/**
 * What time alone decides: connects whose grace is over, links that are surveyed anew, statuses,
 * the cause of a storm.
 */
import type { Instant } from '../lib/clock.js';
import { NO_ADDRESS } from './address-table.js';
import { noteAdvice } from './advice-note.js';
import { CONNECT_GRACE_MS, settleConnect } from './booking.js';
import { closeDueCanaries } from './canary-book.js';
import { tellEvent } from './event-feed.js';
import { gapText, stormText } from './evidence.js';
import { PEER_MINION } from './identity.js';
import { closeDueJobs } from './job-close.js';
import { isEstablished, PHASE_FREE, PHASE_WAITING } from './link-table.js';
import { diedBetween, RESTART_WINDOW_MS } from './listeners.js';
import { tickLocal } from './local-jobs.js';
import { lossSteps } from './loss-turns.js';
import { recordEvent } from './recent-events.js';
import { peakSteps } from './sampling.js';
import type { State } from './state.js';
import { statusSteps } from './status.js';
import { inSteps, runAll, type Steps } from './steps.js';
import { prefixOf, type StormSurroundings, tickStorms } from './storms.js';
import { evaluate, finishEvaluation, isSilent, surveySteps } from './survey.js';
import { PUBLISH } from './vocabulary.js';

/**
 * Statuses are decided anew at least this often, also when no link changed: hysteresis and ages run
 * on.
 */
export const EVALUATION_INTERVAL_MS = 1_000;

/**
 * To be called about four times a second and after each scan, cheap when nothing changed, and
 * nothing while an observation is half applied.
 */
export function tick(state: State, now: Instant): void {
  runAll(tickSteps(state, now));
}

/**
 * The same in steps. Between two steps only `freeze` may be called: it finishes an evaluation that
 * is half done, so that a picture never holds half of one.
 */
export function* tickSteps(state: State, now: Instant): Steps {
  noteStart(state, now);
  if (state.underway) return;
  finishEvaluation(state);
  if (state.local !== undefined) tickLocal(state.local, now);
  yield* settleSteps(state, now);
  closeDueJobs(state, now);
  yield* lossSteps(state, now);
  closeDueCanaries(state, now);
  tellGap(state, now);
  if (state.survey.dirty || now.monoMs >= state.nextEvaluationMonoMs) {
    // What the evaluation before found; after this one a picture may have been taken already.
    noteAdvice(state, now);
    yield* evaluate(state, evaluationSteps(state, now));
    state.nextEvaluationMonoMs = now.monoMs + EVALUATION_INTERVAL_MS;
  }
  const decided = tickStorms(state.storms, now.monoMs, () => surroundings(state, now));
  if (decided !== undefined) {
    const evidence = stormText(decided, decided.cause);
    const happened = { kind: 'storm', wallMs: decided.startWallMs, evidence } as const;
    recordEvent(state.recent, happened);
    tellEvent(state, { ...happened, reason: decided.cause, count: decided.minions });
  }
}

/** Books connects that are known by now, or have waited long enough. */
export function* settleSteps(state: State, now: Instant): Steps {
  const { links } = state;
  if (links.waiting === 0) return;
  yield* inSteps(links.high, state.limits.rowsPerStep, (from, to) => {
    for (let slot = from; slot < to && links.waiting > 0; slot += 1) {
      if (links.phase[slot] !== PHASE_WAITING) continue;
      const waitedMs = now.monoMs - (links.openedMonoMs[slot] ?? 0);
      settleConnect(state, slot, waitedMs >= CONNECT_GRACE_MS);
    }
  });
  yield;
}

/** The first instant that this state sees. */
export function noteStart(state: State, now: Instant): void {
  if (!Number.isNaN(state.startedWallMs)) return;
  state.startedWallMs = now.wallMs;
  state.wallOffsetMs = now.wallMs - now.monoMs;
}

/** Publishes that reached nobody are counted where they are found out, and told once a tick. */
function tellGap(state: State, now: Instant): void {
  const count = state.delivery.gap.messages - state.gapTold;
  if (count <= 0) return;
  state.gapTold += count;
  const reason = 'all_links';
  tellEvent(state, { kind: 'gap', wallMs: now.wallMs, reason, count, evidence: gapText(count) });
}

function* evaluationSteps(state: State, now: Instant): Steps {
  yield* surveySteps(state, now.monoMs);
  yield;
  yield* statusSteps(state, now);
  yield* peakSteps(state);
}

function surroundings(state: State, now: Instant): StormSurroundings {
  const fromMs = (state.storms.active?.startMonoMs ?? now.monoMs) - RESTART_WINDOW_MS;
  const { publish, request } = state.listeners.ports;
  return {
    publishDied: diedBetween(publish, fromMs, now.monoMs),
    requestDied: diedBetween(request, fromMs, now.monoMs),
    livingElsewhere: (prefix) => livesOutside(state, prefix),
  };
}

function livesOutside(state: State, prefix: number): boolean {
  const { links } = state;
  for (let slot = 0; slot < links.high; slot += 1) {
    if (!isEstablished(links.phase[slot] ?? PHASE_FREE) || links.port[slot] !== PUBLISH) continue;
    if (links.peer[slot] !== PEER_MINION || isSilent(links, slot)) continue;
    if (prefixOf(state.addresses, links.address[slot] ?? NO_ADDRESS) !== prefix) return true;
  }
  return false;
}
