/** One body as text: what a client would have read. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Detail } from '../../exporter/src/config/settings.js';
import type { Epoch } from '../../exporter/src/domain/epoch.js';
import { silentLogger } from '../../exporter/src/lib/log.js';
import {
  createExposition,
  type ExpositionOptions,
  type RenderReport,
} from '../../exporter/src/metrics/exposition.js';
import type { Format } from '../../exporter/src/metrics/format.js';
import { AT_MS } from './synthetic-epoch.js';

export const BUILD = { version: '0.1.0', node: '20.0.0', libzmq: '4.3.5' };

/** Options of a world in which nothing varies: fixed clock, fixed process figures. */
export function fixedOptions(changes: Partial<ExpositionOptions> = {}): ExpositionOptions {
  return {
    build: BUILD,
    detail: () => detailOf('all'),
    reload: () => ({ successful: true, lastSuccessWallMs: AT_MS - 7_200_000 }),
    history: () => ({ state: 'works', bytes: 57_344, dropped: 3 }),
    eventLines: () => ({ works: true, written: 1_234, dropped: 5 }),
    log: silentLogger,
    registry: fixedRegistry(),
    now: () => 0,
    ...changes,
  };
}

/** One detail for every block. */
export function detailOf(detail: Detail) {
  return { links: detail, delivery: detail, requests: detail, jobs: detail };
}

export async function renderBody(
  epoch: Epoch,
  options: Partial<ExpositionOptions> & { format?: Format } = {},
): Promise<{ body: string; report: RenderReport }> {
  const { format = 'text', ...changes } = options;
  const out = new PassThrough();
  const body = text(out);
  const exposition = createExposition(fixedOptions(changes));
  const report = await exposition.render(epoch, { format, gzip: false, out });
  return { body: await body, report };
}

/** Stands for the process families: one of each type that prom-client's defaults have. */
export function fixedRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'process_cpu_seconds_total', help: 'CPU.', registers }).inc(1.25);
  new Gauge({ name: 'process_start_time_seconds', help: 'Start.', registers }).set(1_767_316_000);
  const gc = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Collections by kind.',
    labelNames: ['kind'],
    buckets: [0.001, 1],
    registers,
  });
  gc.observe({ kind: 'minor' }, 0.5);
  return registry;
}
