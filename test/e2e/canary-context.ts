/**
 * A stand for one source: a context that keeps what the source emits, and waits for what a test
 * expects of it.
 */
import type { Settings } from '../../exporter/src/config/settings.js';
import type { Observation } from '../../exporter/src/domain/observations.js';
import { systemClock } from '../../exporter/src/lib/clock.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import type {
  CanarySight,
  MasterFacts,
  Source,
  SourceContext,
  SourceDefinition,
} from '../../exporter/src/sources/source.js';
import { PATIENCE_MS } from '../patience.js';
import { keptBatch } from './bus-rows.js';
import type { Undo } from './undo.js';

export const SOURCE_ADDRESS = '127.0.0.77';

export interface Stand {
  readonly context: SourceContext;
  readonly seen: readonly Observation[];
  /**
   * Resolves at once or after the observation that makes it true; rejects with what was seen
   * instead.
   */
  until(what: string, isTrue: (seen: readonly Observation[]) => boolean): Promise<void>;
}

interface StandParts {
  readonly settings?: Settings;
  readonly master?: MasterFacts;
  readonly canarySight?: CanarySight;
  /** What becomes of the source's `onApplied`; without it every observation is applied at once. */
  readonly apply?: (onApplied: () => void) => void;
}

/** A started source on a stand of its own. */
export interface StandingSource extends Stand {
  readonly source: Source;
}

/** Starts the source and leaves its end to `undo`. */
export async function startOnStand(
  definition: SourceDefinition,
  undo: Undo,
  parts: StandParts,
): Promise<StandingSource> {
  const stand = createStand(parts);
  const source = definition.create(stand.context);
  undo.push(() => source.stop());
  await source.start();
  return { ...stand, source };
}

function createStand(parts: StandParts): Stand {
  const seen: Observation[] = [];
  const waiting = new Set<() => void>();
  const apply = parts.apply ?? ((onApplied: () => void) => onApplied());
  const emit = (observation: Observation, onApplied?: () => void) => {
    seen.push(observation.kind === 'bus_batch' ? keptBatch(observation) : observation);
    for (const check of waiting) check();
    if (onApplied !== undefined) apply(onApplied);
  };
  return {
    seen,
    context: {
      settings: parts.settings ?? settings({}),
      master: parts.master ?? master({}),
      clock: systemClock,
      log: silentLogger,
      emit,
      ...(parts.canarySight === undefined ? {} : { canarySight: parts.canarySight }),
    },
    until: (what, isTrue) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          const last = seen.slice(-12).map((observation) => JSON.stringify(observation));
          reject(new Error(`waited in vain for: ${what}; last seen:\n${last.join('\n')}`));
        }, PATIENCE_MS);
        const check = () => {
          if (!isTrue(seen)) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}

export function settings(parts: {
  readonly requestIntervalSeconds?: number;
  readonly sourceAddress?: string;
  readonly tap?: string | undefined;
  /** Canary jobs are off without it. */
  readonly jobsPerMinute?: number;
  readonly fileDir?: string | undefined;
}): Settings {
  return {
    role: 'master',
    salt: {
      configDir: '/etc/salt',
      expectedMinions: undefined,
      natMap: undefined,
      minionExporters: undefined,
    },
    local: { fleetSize: undefined },
    scan: { intervalSeconds: 1, cpuBudgetRatio: 0 },
    metrics: {
      detail: { links: 'all', delivery: 'all', requests: 'all', jobs: 'all' },
      functions: [],
    },
    monitor: { tap: parts.tap },
    canary: {
      requestIntervalSeconds: parts.requestIntervalSeconds ?? 0,
      sourceAddress: parts.sourceAddress ?? SOURCE_ADDRESS,
      jobs: parts.jobsPerMinute !== undefined,
      jobsPerMinute: parts.jobsPerMinute ?? 60,
      jobsUser: undefined,
      fileDir: parts.fileDir,
    },
    history: { path: undefined, retentionSeconds: 1_209_600, maxBytes: 2e9 },
    events: { log: undefined },
    domain: { flapWindowSeconds: 120, staleAfterSeconds: 604_800 },
    web: {
      listenHost: '127.0.0.1',
      listenPort: 0,
      telemetryPath: '/metrics',
      configFile: undefined,
    },
    log: { level: 'error', format: 'text' },
  };
}

export function master(parts: Partial<MasterFacts>): MasterFacts {
  return {
    configDir: '/etc/salt',
    publishPort: 1,
    requestPort: 1,
    connectHost: '127.0.0.1',
    pkiDir: '/nowhere',
    cacheDir: '/nowhere',
    sockDir: '/nowhere',
    ipcMode: 'ipc',
    tcpMasterPubPort: 1,
    logFile: '/nowhere',
    logs: [],
    zmqMonitor: false,
    workerThreads: 5,
    ipv6: false,
    transport: 'zeromq',
    keysCacheDriver: 'localfs_key',
    cacheDriver: 'localfs',
    minionDataCache: true,
    ...parts,
  };
}

/** The port of an endpoint such as `tcp://127.0.0.1:40123`. */
export function portOf(endpoint: string | null): number {
  return Number(endpoint?.split(':').at(-1));
}

/** Events of our own socket of that name, in order. */
export function eventNames(seen: readonly Observation[], socket: string): readonly string[] {
  return seen.flatMap((o) => (o.kind === 'monitor_event' && o.socket === socket ? [o.event] : []));
}

/** The last health that was reported, e.g. `up: subscribed to …`. */
export function health(seen: readonly Observation[]): string {
  const last = seen.findLast((o) => o.kind === 'source_health');
  return last === undefined ? 'none' : `${last.up ? 'up' : 'down'}: ${last.detail}`;
}

/** Where the tap says that it listens; empty when it does not. */
export function tapEndpoint(seen: readonly Observation[]): string {
  return /listening on (\S+)/.exec(health(seen))?.[1] ?? '';
}

/** Peers by the contract of MonitorEvent: handshakes less what ended, by either side. */
export function openPeers(seen: readonly Observation[], socket: string): number {
  let peers = 0;
  for (const o of seen) {
    if (o.kind !== 'monitor_event' || o.socket !== socket) continue;
    if (o.event === 'handshake_succeeded') peers += 1;
    peers -= o.endedPeers ?? 0;
  }
  return peers;
}
