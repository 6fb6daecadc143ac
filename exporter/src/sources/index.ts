/** All sources there are, in the order in which they start: what names minions comes before what sees their links. */
import { minionBus } from './event-bus/minion-source.js';
import { eventBus } from './event-bus/source.js';
import { inventorySource } from './inventory/source.js';
import { jobCacheSource } from './job-cache/source.js';
import { jobCanary } from './job-canary/source.js';
import { kernelSource } from './kernel/source.js';
import { logsSource } from './logs/source.js';
import { minionConfigSource } from './master-config/minion-source.js';
import { masterConfigSource } from './master-config/source.js';
import { minionExporters } from './minion-exporters/source.js';
import { minionJobs } from './minion-jobs/source.js';
import { monitorTap } from './monitor-tap/source.js';
import { requestCanary } from './request-canary/source.js';
import type { SourceDefinition } from './source.js';
import { defineStreamCanary } from './stream-canary/source.js';

export interface SourceHooks {
  /** Our own subscription received a message: every publish link is moving. */
  readonly onPublish: () => void;
}

/** Those of an exporter beside a minion. */
export const MINION_SOURCES: readonly SourceDefinition[] = [
  minionConfigSource,
  kernelSource,
  minionBus,
  minionJobs,
  logsSource,
];

export function defineSources(hooks: SourceHooks): readonly SourceDefinition[] {
  return [
    masterConfigSource,
    inventorySource,
    kernelSource,
    defineStreamCanary({ onMessage: hooks.onPublish }),
    requestCanary,
    eventBus,
    // After the bus, which hears the returns.
    jobCanary,
    monitorTap,
    logsSource,
    jobCacheSource,
    minionExporters,
  ];
}
