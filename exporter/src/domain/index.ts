/**
 * The domain as the program sees it: one state, its verbs, and the seam for stronger identities.
 */

export { apply, applySteps, reconfigure, reconfigureSteps } from './apply.js';
export { canaryFleet, canaryTrouble, isCanaryMinion } from './canary-sight.js';
export { describeKey, listConnections } from './connections.js';
export { takeEvents } from './event-feed.js';
export { feedOfRecorder } from './event-tellers.js';
export { freeze, freezeSteps } from './freeze.js';
export { bindLink } from './identity.js';
export { takeJobCacheQuestions } from './job-cache-book.js';
export { DEFAULT_LIMITS, type DomainLimits } from './limits.js';
export { type LocalSight, localSight } from './local-jobs.js';
export { describeJob, listJobs, listLosses, listLossesOf } from './loss-figures.js';
export { findLosses } from './loss-search.js';
export { takeMinionQuestions } from './minion-answers.js';
export { takeSample } from './sampling.js';
export { createState, type DomainOptions, type State } from './state.js';
export { runAll, type Steps } from './steps.js';
export { tick, tickSteps } from './tick.js';
