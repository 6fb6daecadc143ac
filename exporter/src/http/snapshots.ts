/** Frozen epochs for the page and the API: one a second at most, however many readers there are. */
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Epoch } from '../domain/epoch.js';
import type { MinionStatus } from '../domain/vocabulary.js';
import type { Clock } from '../lib/clock.js';
import { overviewJson } from './overview.js';

const gzipAsync = promisify(gzip);
/** The page asks once a second; figures are no newer than one kernel scan anyway. */
const MAX_AGE_MS = 1000;
/** Level 6 costs three times the time for a tenth of the size. */
const GZIP_LEVEL = 1;

export interface SnapshotBody {
  /** Weak: the same picture in another encoding has the same tag. */
  readonly etag: string;
  readonly json: Buffer;
  /** Compressed off the event loop, once per snapshot. */
  readonly gzipped: () => Promise<Buffer>;
}

export interface Snapshots {
  /** At most a second old. */
  epoch(): Epoch;
  /**
   * One body per status filter and snapshot; the filters are a closed set, so there are never more
   * than nine.
   */
  overview(status: MinionStatus | undefined): SnapshotBody;
}

export function createSnapshots(options: {
  freeze: () => Epoch;
  clock: Clock;
  version: string;
}): Snapshots {
  const bodies = new Map<MinionStatus | undefined, SnapshotBody>();
  // Another run of the exporter counts from 1 again: its tags must not match what a page kept from
  // this one.
  const run = randomBytes(6).toString('base64url');
  let current: { epoch: Epoch; takenMonoMs: number; number: number } | undefined;

  const snapshot = () => {
    const nowMonoMs = options.clock.now().monoMs;
    if (current === undefined || nowMonoMs - current.takenMonoMs >= MAX_AGE_MS) {
      const number = (current?.number ?? 0) + 1;
      current = { epoch: options.freeze(), takenMonoMs: nowMonoMs, number };
      bodies.clear();
    }
    return current;
  };

  return {
    epoch: () => snapshot().epoch,
    overview: (status) => {
      const { epoch, number } = snapshot();
      const known = bodies.get(status);
      if (known !== undefined) return known;
      const etag = `W/"${run}-${number}-${status ?? 'all'}"`;
      const body = snapshotBody(overviewJson(epoch, { version: options.version, status }), etag);
      bodies.set(status, body);
      return body;
    },
  };
}

function snapshotBody(text: string, etag: string): SnapshotBody {
  const json = Buffer.from(text);
  let compressed: Promise<Buffer> | undefined;
  return {
    etag,
    json,
    gzipped: () => {
      compressed ??= gzipAsync(json, { level: GZIP_LEVEL });
      return compressed;
    },
  };
}
