/** Frozen epochs for the page and the API: one a second at most, however many readers there are. */
import { randomBytes } from 'node:crypto';
import type { Epoch } from '../domain/epoch.js';
import type { MinionStatus } from '../domain/vocabulary.js';
import type { Clock } from '../lib/clock.js';
import { JsonBody } from './json-body.js';
import { overviewJson } from './overview.js';

/** The page asks once a second; figures are no newer than one kernel scan anyway. */
const MAX_AGE_MS = 1000;

export interface Snapshots {
  /** At most a second old when asked for. Rejects when no picture could be taken. */
  epoch(): Promise<Epoch>;
  /**
   * One body per status filter and snapshot; the filters are a closed set, so there are never more
   * than nine.
   */
  overview(status: MinionStatus | undefined): Promise<JsonBody>;
}

export function createSnapshots(options: {
  freeze: () => Epoch | Promise<Epoch>;
  clock: Clock;
  version: string;
}): Snapshots {
  // Another run of the exporter counts from 1 again: its tags must not match what a page kept from
  // this one.
  const run = randomBytes(6).toString('base64url');
  let current: Picture | undefined;
  let number = 0;

  const picture = () => {
    const nowMonoMs = options.clock.now().monoMs;
    if (current !== undefined && nowMonoMs - current.takenMonoMs < MAX_AGE_MS) return current;
    number += 1;
    const taken: Picture = {
      epoch: Promise.resolve(options.freeze()),
      takenMonoMs: nowMonoMs,
      number,
      bodies: new Map(),
    };
    current = taken;
    // Who comes next tries again.
    taken.epoch.catch(() => {
      if (current === taken) current = undefined;
    });
    return taken;
  };

  return {
    epoch: () => picture().epoch,
    overview: async (status) => {
      const { bodies, epoch, number } = picture();
      const frozen = await epoch;
      const known = bodies.get(status);
      if (known !== undefined) return known;
      const etag = `W/"${run}-${number}-${status ?? 'all'}"`;
      const text = overviewJson(frozen, { version: options.version, status });
      const body = new JsonBody(Buffer.from(text), etag);
      bodies.set(status, body);
      return body;
    },
  };
}

/** One frozen epoch, and the bodies made of it. */
interface Picture {
  readonly epoch: Promise<Epoch>;
  readonly takenMonoMs: number;
  readonly number: number;
  readonly bodies: Map<MinionStatus | undefined, JsonBody>;
}
