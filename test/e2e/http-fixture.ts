/** The built HTTP server on a free loopback port, fed with epochs by hand. */
import type { RequestHandler } from 'express';
import { History } from '../../exporter/dist/history/history.js';
import { createHttp } from '../../exporter/dist/http/server.js';
import type { Settings } from '../../exporter/src/config/settings.js';
import type { Epoch } from '../../exporter/src/domain/epoch.js';
import type { LossesFound } from '../../exporter/src/domain/loss-search.js';
import type { JobQueries } from '../../exporter/src/http/job-routes.js';
import type { LocalQueries } from '../../exporter/src/http/local-routes.js';
import type { MinionQueries } from '../../exporter/src/http/minions-routes.js';
import { NO_HISTORY } from '../../exporter/src/http/no-history.js';
import { systemClock } from '../../exporter/src/lib/clock.js';
import { type Logger, silentLogger } from '../../exporter/src/lib/log.js';
import { fleetEpoch } from './sample-fleet.js';

export interface ServerOptions {
  readonly freeze?: () => Epoch;
  readonly jobs?: Partial<JobQueries>;
  readonly minions?: Partial<MinionQueries>;
  readonly history?: History;
  readonly web?: Partial<Settings['web']>;
  readonly metricsHandler?: RequestHandler;
  readonly log?: Logger;
  readonly local?: LocalQueries;
}

export function settingsWith(web: Partial<Settings['web']> = {}): Settings {
  return {
    role: 'master',
    salt: {
      configDir: '/etc/salt',
      expectedMinions: undefined,
      natMap: undefined,
      minionExporters: undefined,
    },
    local: { fleetSize: undefined },
    scan: { intervalSeconds: 1, cpuBudgetRatio: 0.02 },
    metrics: {
      detail: { links: 'all', delivery: 'all', requests: 'all', jobs: 'all' },
      functions: [],
    },
    monitor: { tap: undefined },
    canary: {
      requestIntervalSeconds: 15,
      sourceAddress: '127.0.0.77',
      jobs: false,
      jobsPerMinute: 10,
      jobsUser: undefined,
      fileDir: undefined,
    },
    history: { path: undefined, retentionSeconds: 1_209_600, maxBytes: 2e9 },
    events: { log: undefined },
    domain: { flapWindowSeconds: 120, staleAfterSeconds: 604_800 },
    web: {
      listenHost: '127.0.0.1',
      listenPort: 0,
      telemetryPath: '/metrics',
      configFile: undefined,
      ...web,
    },
    log: { level: 'info', format: 'text' },
  };
}

const NO_LOSSES: LossesFound = {
  of: 0,
  rows: [],
  byLink: { '2': 0, '3': 0, '4': 0, '5': 0, '6': 0, '4_or_5': 0, unknown: 0 },
  byFunction: new Map(),
  byMinion: new Map(),
};

export function createTestHttp(options: ServerOptions = {}) {
  return createHttp({
    freeze: options.freeze ?? (() => fleetEpoch()),
    jobs: {
      list: async () => [],
      find: async () => undefined,
      losses: async () => NO_LOSSES,
      ...options.jobs,
    },
    minions: {
      connections: async () => ({ of: 0, rows: [] }),
      key: async () => ({
        addresses: [],
        hasKey: true,
        expected: false,
        keyWallMs: undefined,
        grainsWallMs: undefined,
      }),
      losses: async () => [],
      past: async () => ({ events: [], totals: null, history: NO_HISTORY }),
      history: () => NO_HISTORY,
      ...options.minions,
    },
    history:
      options.history ??
      new History({ settings: undefined, clock: systemClock, log: options.log ?? silentLogger }),
    settings: settingsWith(options.web),
    local: options.local,
    log: options.log ?? silentLogger,
    version: '0.1.0',
    metricsHandler:
      options.metricsHandler ??
      ((_request, response) => {
        response.type('text/plain').send('brinescope_up 1\n');
      }),
  });
}

/** Runs `use` against a started server and stops it whatever happens. */
export async function withServer<T>(
  options: ServerOptions,
  use: (url: string, server: ReturnType<typeof createHttp>) => Promise<T>,
): Promise<T> {
  const server = createTestHttp(options);
  const { host, port } = await server.start();
  try {
    return await use(`http://${host}:${port}`, server);
  } finally {
    await server.stop();
  }
}
