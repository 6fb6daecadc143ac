/** The groups of families in the order in which they stand in a body. */
import type { FamilyGroup } from '../family.js';
import { requestPings } from './canaries.js';
import { canaryJobs, canaryMinions } from './canary-jobs.js';
import { configuration } from './configuration.js';
import { publishStream } from './delivery.js';
import { eventBus } from './event-bus.js';
import { eventLines } from './event-lines.js';
import { events, jobs } from './jobs.js';
import { linksPresence } from './links-presence.js';
import { local } from './local.js';
import { logs } from './logs.js';
import { losses, minionLosses } from './losses.js';
import { masterFiles, masterListeners } from './master-process.js';
import { minionDelivery, minionRequests } from './minion-ledgers.js';
import { minionLinks } from './minion-links.js';
import { monitor } from './monitor.js';
import { requestLedger } from './requests.js';
import { selfHistory, selfScans, selfSources, selfState } from './self.js';
import { sharedJobs, sharedMinions } from './shared-jobs.js';

export const FAMILY_GROUPS: readonly FamilyGroup[] = [
  linksPresence,
  masterListeners,
  masterFiles,
  minionLinks,
  publishStream,
  minionDelivery,
  requestLedger,
  minionRequests,
  monitor,
  requestPings,
  canaryJobs,
  canaryMinions,
  eventBus,
  jobs,
  events,
  losses,
  minionLosses,
  sharedJobs,
  sharedMinions,
  configuration,
  logs,
  selfSources,
  selfScans,
  selfState,
  selfHistory,
  eventLines,
];

/** In the role `minion`: no family of a fleet, and never one with the label `minion`. */
export const MINION_GROUPS: readonly FamilyGroup[] = [
  local,
  monitor,
  logs,
  selfSources,
  selfScans,
  selfState,
  eventLines,
];
