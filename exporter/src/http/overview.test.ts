/**
 * The overview of the API: unknown is null and never 0, lists are cut and say so, and the body
 * stays small.
 */
import { describe, expect, it } from 'vitest';
import { fleetEpoch } from '../../../test/e2e/sample-fleet.js';
import { AT_MS, emptyEpoch, syntheticEpoch } from '../../../test/golden/synthetic-epoch.js';
import type { Epoch } from '../domain/epoch.js';
import type { Overview } from './api-types.js';
import { LIST_ROWS, OVERVIEW_BYTES, overview, overviewJson } from './overview.js';

const ALL = { version: '0.1.0', status: undefined, divisor: 1 };
const parsed = (epoch: Epoch): Overview => JSON.parse(overviewJson(epoch, ALL));

describe('overview', () => {
  it('writes null for everything that is not known yet', () => {
    const view = parsed(emptyEpoch());
    expect(view.master).toBeNull();
    expect(view.fleet).toMatchObject({ minions: null, byStatus: null, keys: null, links: null });
    expect(view.exporter).toMatchObject({ scanOrigin: null, scanIntervalSeconds: null });
    expect(view.listenOverflows).toBeNull();
    expect(view.listeners).toEqual([
      { port: 'publish', up: null, queueLength: null, queueLimit: null, restarts: 0 },
      { port: 'request', up: null, queueLength: null, queueLimit: null, restarts: 0 },
    ]);
    expect(view.requestPing).toMatchObject({ medianSeconds: null, p99Seconds: null });
    expect(view.presence.disagreements).toEqual({
      kernel_not_salt: null,
      salt_not_kernel: null,
      kernel_not_ping: null,
    });
  });

  it('shows a minion with its figures, and null where there is none', () => {
    const [first] = overview(syntheticEpoch(), ALL).worst.rows;
    expect(first).toEqual({
      id: 'db-1',
      status: 'half_open',
      sinceMs: AT_MS - 1000,
      connects: 1,
      disconnects: 0,
      flaps: 0,
      lastConnectMs: AT_MS - 60_000,
      lastDisconnectMs: null,
      lastAckMs: AT_MS - 30_500,
      rttSeconds: 0.0125,
      links: { publish: 1, request: 1 },
      basis: { publish: 'grains', request: 'grains' },
      kernelPresent: true,
      saltPresent: true,
      evidence: 'Nothing acknowledged since 03:03:35; still counted as established.',
      evidenceFrom: 'kernel',
    });
  });

  it('sums up to the fleet', () => {
    const { fleet, presence } = overview(fleetEpoch({ minions: 1000 }), ALL);
    const sum = Object.values(fleet.byStatus ?? {}).reduce((total, count) => total + count, 0);
    expect(sum).toBe(1000);
    for (const { present, absent, unknown } of [presence.kernel, presence.salt]) {
      expect(present + absent + unknown).toBe(1000);
    }
    expect(presence.minions.of).toBe(presence.disagreements.kernel_not_salt);
  });

  it('says how many there are of what it shows', () => {
    const epoch = fleetEpoch({ minions: 10_000 });
    const { worst, presence } = overview(epoch, ALL);
    const inTrouble = epoch.minions.problem.reduce((sum, flag) => sum + flag, 0);
    expect(inTrouble).toBeGreaterThan(LIST_ROWS.worst);
    expect(worst).toMatchObject({ shown: LIST_ROWS.worst, of: inTrouble });
    expect(worst.rows).toHaveLength(LIST_ROWS.worst);
    expect(presence.minions.shown).toBe(LIST_ROWS.disagreements);
    expect(presence.minions.of).toBeGreaterThan(LIST_ROWS.disagreements);
  });

  it('gives the bucket that holds the median of the pings, and nothing above the last one', () => {
    const { requestPing } = overview(syntheticEpoch(), ALL);
    expect(requestPing.medianSeconds).toBe(0.005);
    expect(requestPing.p99Seconds).toBeNull();
  });

  it('adds the ledgers up for the fleet', () => {
    const { ledgers } = overview(syntheticEpoch(), ALL);
    expect(ledgers).toEqual({
      published: 37_000,
      gaps: 3,
      known: 2,
      linked: 3,
      queueMessagesMax: 750,
      queuePressureMax: 0.75,
      dropped: { hwm: 35, disconnect: 2, all_links: 3 },
      losses: { counted: 4, undecided: 1 },
      breaks: { loss: 1, history: 2 },
      requestsWaiting: 2,
      requestWaitMaxSeconds: 12.5,
      requestsAbandoned: 4,
      requestsFailed: 2,
      ghostJobs: 1,
      wedgedWorkers: 1,
      serviceMedianSeconds: 0.032,
      serviceP99Seconds: null,
    });
    expect(overview(emptyEpoch(), ALL).ledgers).toMatchObject({
      known: 0,
      queueMessagesMax: null,
      requestsWaiting: null,
      wedgedWorkers: null,
      serviceMedianSeconds: null,
    });
  });

  it('groups monitor events by socket, newest event last said', () => {
    const { monitor } = overview(syntheticEpoch(), ALL);
    expect(monitor.rows[0]).toEqual({
      source: 'exporter',
      socket: 'publish',
      peers: 1,
      retryIntervalSeconds: 0.1,
      events: { connected: 2, handshake_succeeded: 2, connect_retried: 3 },
      lastEvent: 'handshake_succeeded',
      lastEventMs: AT_MS - 9_990,
    });
    expect(monitor.rows[1]).toMatchObject({ source: 'my "device"', peers: null });
  });
});

describe('overviewJson', () => {
  it('stays below its limit with 10,000 minions', () => {
    const bytes = Buffer.byteLength(overviewJson(fleetEpoch({ minions: 10_000 }), ALL));
    expect(bytes).toBeLessThan(OVERVIEW_BYTES);
    expect(bytes).toBeGreaterThan(10_000);
  });

  it('cuts its lists shorter for ids that are 255 control characters long, and says so', () => {
    const hostileIds = Array.from({ length: 200 }, (_, index) => '\u0001'.repeat(250) + index);
    const epoch = fleetEpoch({ minions: 300, hostileIds });
    const text = overviewJson(epoch, ALL);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(OVERVIEW_BYTES);
    const view: Overview = JSON.parse(text);
    expect(view.worst.shown).toBeLessThan(LIST_ROWS.worst);
    expect(view.worst.shown).toBe(view.worst.rows.length);
    expect(view.worst.of).toBeGreaterThanOrEqual(200);
    expect(view.worst.rows[0]?.id).toBe('\u0001'.repeat(250) + 0);
  });
});
