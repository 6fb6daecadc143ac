/**
 * What answers where: the page, its data, health, and the metrics handler at the path the settings
 * name.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { RESERVED_PATHS } from '../config/parse-values.js';
import type { History } from '../history/history.js';
import type { Clock } from '../lib/clock.js';
import { AppError, errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { ReadyReport } from './api-types.js';
import { fail, pathOf, TEXT } from './failure.js';
import { addHistory } from './history-routes.js';
import { addJobs, type JobQueries } from './job-routes.js';
import { matches } from './json-body.js';
import { addLocal, type LocalQueries } from './local-routes.js';
import { OVERVIEW } from './minions-endpoints.js';
import { addFleet, addMinions, type MinionQueries } from './minions-routes.js';
import { addDocument } from './openapi-route.js';
import type { Asset, PageAssets } from './page-assets.js';
import { readinessText } from './readiness.js';
import { allowPage, setSecurityHeaders } from './security-headers.js';
import type { Snapshots } from './snapshots.js';
import { addStream, type StreamReaders } from './stream-route.js';

export interface RouteOptions {
  readonly telemetryPath: string;
  /**
   * Writes the whole answer of the metrics path; may reject, which becomes a 500 if nothing was
   * sent.
   */
  readonly metricsHandler: RequestHandler;
  readonly ready: () => Promise<ReadyReport>;
  readonly snapshots: Snapshots;
  readonly jobs: JobQueries;
  readonly minions: MinionQueries;
  readonly history: History;
  readonly streams: StreamReaders;
  readonly clock: Clock;
  readonly assets: PageAssets;
  /** Only in the role `minion`: then the page is another one. */
  readonly local?: LocalQueries | undefined;
  readonly log: Logger;
}

/**
 * An express application is called with node's own objects and a last word; its types know the
 * first half of that only.
 */
type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  done: (error?: unknown) => void,
) => void;

const METHODS = 'GET, HEAD';

/** Throws `config_invalid` for a telemetry path that is not a path or is taken. */
export function createRoutes(options: RouteOptions): RequestListener {
  checkTelemetryPath(options.telemetryPath);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(guard);
  // Compared, not routed: a path with `*` or `:` in it is no pattern.
  app.use((request: Request, response: Response, next: NextFunction) =>
    request.path === options.telemetryPath
      ? options.metricsHandler(request, response, next)
      : next(),
  );
  addHealth(app, options.ready);
  const { snapshots, clock, history } = options;
  const api = { app, clock };
  if (options.local !== undefined) {
    addLocal(api, { queries: options.local, epoch: () => snapshots.epoch() });
  }
  addPage(app, options.assets);
  addFleet(api, snapshots);
  addJobs(api, options.jobs);
  addMinions(api, { queries: options.minions, snapshots });
  addHistory(api, history);
  addDocument(api);
  addStream(api, { history, snapshots, readers: options.streams });
  // Called with its own last word: express' own would show the path and, in development, the stack.
  const handle: NodeHandler = app;
  return (request, response) => {
    handle(request, response, (error) => last(options, { request, response, error }));
  };
}

function checkTelemetryPath(path: string): void {
  const say = (what: string) =>
    new AppError('config_invalid', `--web.telemetry-path is ${JSON.stringify(path)}: ${what}`);
  if (!/^\/[^\s?#]*$/.test(path)) {
    throw say('it must begin with "/" and hold no space, "?" or "#", for example /metrics.');
  }
  const taken = RESERVED_PATHS.find(
    (prefix) => path.startsWith(prefix) || path === prefix.slice(0, -1),
  );
  if (path === '/' || taken !== undefined) {
    const owner =
      path === '/' ? 'the live page is there' : `paths under ${taken} are the exporter’s own`;
    throw say(`${owner}. Choose another, for example /metrics.`);
  }
}

function guard(request: Request, response: Response, next: NextFunction): void {
  setSecurityHeaders(response);
  if (request.method === 'GET' || request.method === 'HEAD') {
    next();
    return;
  }
  response.setHeader('Allow', METHODS);
  fail(request, response, {
    code: 'method_not_allowed',
    message: `This server only reads: use ${METHODS}.`,
  });
}

function addHealth(app: Express, ready: () => Promise<ReadyReport>): void {
  app.get('/-/healthy', (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.type(TEXT).send('Brinescope is healthy.\n');
  });
  app.get('/-/ready', async (request, response) => {
    const report = await ready();
    response.setHeader('Cache-Control', 'no-store');
    response.status(report.ready ? 200 : 503).vary('Accept');
    if (request.accepts(['text', 'json']) === 'json') response.json(report);
    else response.type(TEXT).send(readinessText(report));
  });
}

function addPage(app: Express, assets: PageAssets): void {
  app.get('/', (request, response) => {
    allowPage(response);
    sendAsset(request, response, assets.html);
  });
  for (const file of assets.files) {
    app.get(file.path, (request, response) => sendAsset(request, response, file));
  }
}

/**
 * Kept by the browser, but asked for every time: after an upgrade the page is whole or not changed
 * at all.
 */
function sendAsset(request: Request, response: Response, asset: Asset): void {
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', asset.etag);
  if (matches(request, asset.etag)) {
    response.status(304).end();
    return;
  }
  response.type(asset.type).send(asset.body);
}

interface Ending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly error: unknown;
}

/** Nothing matched, or a handler failed. What failed goes to the log, never to the asker. */
function last({ log }: RouteOptions, { request, response, error }: Ending): void {
  setIfOpen(response);
  if (error === undefined || error === null) {
    fail(request, response, {
      code: 'not_found',
      message: `There is nothing at this path. Try /, /-/ready, ${OVERVIEW.path} or the metrics path.`,
    });
    return;
  }
  if (isUnreadable(error)) {
    const message = 'A part of the path cannot be read: it is no UTF-8 behind its percent signs.';
    fail(request, response, { code: 'bad_request', message });
    return;
  }
  log.error('A request failed', { path: pathOf(request), error: errorText(error) });
  if (response.headersSent) {
    // The answer is torn; an ended connection is the only thing left that says so.
    response.destroy();
    return;
  }
  fail(request, response, {
    code: 'internal',
    message: 'The exporter failed to answer; its log says why.',
  });
}

/** A path of which express cannot decode a part. */
function isUnreadable(error: unknown): boolean {
  return error instanceof URIError;
}

function setIfOpen(response: ServerResponse): void {
  if (!response.headersSent) setSecurityHeaders(response);
}
