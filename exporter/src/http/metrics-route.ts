/** GET /metrics: negotiates format and encoding, then lets the exposition write. */
import type { RequestHandler } from 'express';
import type { Epoch } from '../domain/epoch.js';
import type { Exposition } from '../metrics/exposition.js';
import { CONTENT_TYPES } from '../metrics/format.js';
import { acceptsGzip, negotiateFormat } from '../metrics/negotiation.js';

export interface MetricsRouteOptions {
  readonly exposition: Exposition;
  /** Copies the state of this instant. */
  readonly freeze: () => Epoch | Promise<Epoch>;
}

/** What a client that was refused should wait before it tries again. */
const RETRY_AFTER_SECONDS = 5;

export function metricsRoute(options: MetricsRouteOptions): RequestHandler {
  return async (request, response) => {
    const format = negotiateFormat(request.headers.accept);
    const encoding = request.headers['accept-encoding'];
    const gzip = acceptsGzip(Array.isArray(encoding) ? encoding.join(',') : encoding);
    response.set('Vary', 'Accept, Accept-Encoding');
    response.set('Cache-Control', 'no-store');
    const admission = options.exposition.admit(options.freeze);
    if (admission === undefined) {
      response.set('Retry-After', String(RETRY_AFTER_SECONDS));
      response.status(503).type('text/plain');
      response.send(
        'Too many scrapes at once; brinescope_scrapes_total{result="busy"} counts them.\n',
      );
      return;
    }
    try {
      response.status(200).set('Content-Type', CONTENT_TYPES[format]);
      if (gzip) response.set('Content-Encoding', 'gzip');
      if (request.method === 'HEAD') response.end();
      else await options.exposition.render(await admission.epoch, { format, gzip, out: response });
    } finally {
      admission.release();
    }
  };
}
