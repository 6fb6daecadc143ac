/** What is kept of the event bus itself: whether it is read, how far behind, and what of it was lost. */
import { createHistogram, type Histogram } from '../lib/histogram.js';
import { type BusNames, createBusNames } from './bus-names.js';
import type { BusFigures } from './epoch.js';
import { BUS_KINDS, type BusEventKind, type BusReject } from './vocabulary.js';

/** METRICS contract: bus lag 0.001 … 60 s. */
const BUS_LAG_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export interface Bus {
  /** undefined until the source told. */
  connected: boolean | undefined;
  /** When the connection at hand began, or the last one ended; NaN before. */
  sinceMonoMs: number;
  /** When a connection ended last; NaN = none did. */
  endedMonoMs: number;
  /** Connections that began after the first one. */
  reconnects: number;
  wasConnected: boolean;
  readonly lagSeconds: Histogram;
  /** Events that were handed on, by kind. */
  readonly events: Record<BusEventKind, number>;
  /** All events by index into BUS_KINDS. */
  readonly kinds: Float64Array;
  readonly names: BusNames;
  readonly rejects: Record<BusReject, number>;
  dropped: number;
  backlogBytes: number;
}

export function createBus(): Bus {
  return {
    connected: undefined,
    sinceMonoMs: Number.NaN,
    endedMonoMs: Number.NaN,
    reconnects: 0,
    wasConnected: false,
    lagSeconds: createHistogram(BUS_LAG_BOUNDS),
    events: { new: 0, publish: 0, return: 0, start: 0, auth: 0, other: 0 },
    kinds: new Float64Array(BUS_KINDS.length),
    names: createBusNames(),
    rejects: { framing: 0, body: 0, tag: 0, encoding: 0, size: 0 },
    dropped: 0,
    backlogBytes: 0,
  };
}

export function freezeBus(bus: Bus): BusFigures {
  return {
    reconnects: bus.reconnects,
    events: { ...bus.events },
    rejects: { ...bus.rejects },
    dropped: bus.dropped,
    backlogBytes: bus.connected === undefined ? undefined : bus.backlogBytes,
  };
}
