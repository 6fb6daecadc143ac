/**
 * The HTTP server of the exporter: metrics, health, the live page and the data it shows; read-only.
 */
import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import type { Settings } from '../config/settings.js';
import type { Epoch } from '../domain/epoch.js';
import type { History } from '../history/history.js';
import { type Clock, systemClock } from '../lib/clock.js';
import { errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { ReadyReport } from './api-types.js';
import type { JobQueries } from './job-routes.js';
import { type Address, addressText, close, createLimitedServer, listen } from './listen.js';
import type { LocalQueries } from './local-routes.js';
import type { MinionQueries } from './minions-routes.js';
import { loadPageAssets } from './page-assets.js';
import { readiness } from './readiness.js';
import { createRoutes } from './routes.js';
import { createSnapshots } from './snapshots.js';
import { StreamReaders } from './stream-route.js';
import type { WebSecurity } from './web-config-open.js';
import type { WebConfigStatus } from './web-config-store.js';

export interface HttpOptions {
  /** A frozen picture of now. Called at most once a second by this server, however many ask. */
  readonly freeze: () => Epoch | Promise<Epoch>;
  readonly jobs: JobQueries;
  readonly minions: MinionQueries;
  readonly history: History;
  readonly settings: Settings;
  /** Default: `readiness` of http/readiness.ts. */
  readonly ready?: (epoch: Epoch) => ReadyReport;
  readonly log: Logger;
  /** Version of the exporter. */
  readonly version: string;
  /** Answers at `settings.web.telemetryPath`. */
  readonly metricsHandler: RequestHandler;
  readonly clock?: Clock;
  /** Only in the role `minion`. */
  readonly local?: LocalQueries | undefined;
}

export interface HttpServer {
  /** The address it really listens on. Rejects with `listen_failed` or `config_invalid`. */
  start(): Promise<Address>;
  /** Idle connections end at once, answers under way within two seconds. */
  stop(): Promise<void>;
  /** Looks at the web configuration file and what it names now. */
  refresh(): Promise<void>;
  /** undefined without a web configuration file. */
  webConfigStatus(): WebConfigStatus | undefined;
}

/** Throws `config_invalid` when the telemetry path collides with the server's own paths. */
export function createHttp(options: HttpOptions): HttpServer {
  const { settings, log } = options;
  const clock = options.clock ?? systemClock;
  const snapshots = createSnapshots({
    freeze: options.freeze,
    clock,
    version: options.version,
  });
  const ready = options.ready ?? readiness;
  const streams = new StreamReaders();
  const routes = createRoutes({
    telemetryPath: settings.web.telemetryPath,
    metricsHandler: options.metricsHandler,
    ready: async () => ready(await snapshots.epoch()),
    snapshots,
    jobs: options.jobs,
    minions: options.minions,
    history: options.history,
    streams,
    clock,
    assets: loadPageAssets(),
    local: options.local,
    log,
  });
  let answer: RequestListener = routes;
  let security: WebSecurity | undefined;
  const server = createLimitedServer((request, response) => answer(request, response), log);
  return {
    start: async () => {
      const { listenHost, listenPort, configFile } = settings.web;
      if (configFile !== undefined) {
        // Loaded here and not above: most run without, and need not carry it.
        const { openWebSecurity } = await import('./web-config-open.js');
        security = await openWebSecurity({ path: configFile, server, routes, clock, log });
        answer = security.gate;
      }
      const address = await listen(server, { host: listenHost, port: listenPort });
      server.on('error', (error) =>
        log.error('The HTTP server failed', { error: errorText(error) }),
      );
      log.info('Listening', {
        address: addressText(address),
        ...(security && { tls: security.isTls, users: security.users }),
      });
      return address;
    },
    stop: async () => {
      streams.end();
      await Promise.all([close(server), security?.stop()]);
    },
    refresh: async () => {
      await security?.refresh();
    },
    webConfigStatus: () => security?.status(),
  };
}
