/**
 * The master's listening sockets: which ports are served, which daemon died, and when the whole
 * master restarted.
 */
import type { ListenerRow } from './observations.js';
import { PORTS, type Port } from './vocabulary.js';

/**
 * Links and their listener die within 30 ms of each other when the process ends (measured), but
 * either may be learned from a scan only, one cadence later: five seconds cover the slowest cadence
 * we choose by ourselves.
 */
export const RESTART_WINDOW_MS = 5_000;
/**
 * A stopping master closes both ports within seconds; two crashes further apart are two crashes.
 */
export const MASTER_DEATHS_APART_MS = 15_000;
/** Deaths remembered per port, to tell a restart's disconnects from flaps. */
const DEATHS_KEPT = 8;
/**
 * Dead cookies remembered per port, so that a late scan or a second event does not book a death
 * again.
 */
const DEAD_COOKIES_KEPT = 32;
/** Listening sockets followed per port; libzmq opens one, a dual-stack master two. */
const LISTENERS_PER_PORT = 16;

interface PortListeners {
  /** Cookie → generation: sockets that listened together belong to one daemon and die as one. */
  readonly known: Map<string, number>;
  readonly dead: string[];
  generation: number;
  bookedGeneration: number;
  readonly deathsMonoMs: number[];
  restarts: number;
  /** Death that waits for the other port's, and whether the port is served again. */
  pendingDeathMonoMs: number;
  back: boolean;
  up: boolean | undefined;
  queueLength: number | undefined;
  queueLimit: number | undefined;
}

export interface Listeners {
  readonly ports: Readonly<Record<Port, PortListeners>>;
  masterRestarts: number;
}

/** What one observation told; the caller writes the events. */
export interface ListenerNews {
  readonly died: readonly Port[];
  readonly masterRestarted: boolean;
}

export function createListeners(): Listeners {
  return { ports: { publish: createPort(), request: createPort() }, masterRestarts: 0 };
}

/** Forgets which sockets listened, books nothing: the next scan names them in another way. */
export function rebaseListeners(listeners: Listeners): void {
  for (const name of PORTS) listeners.ports[name].known.clear();
}

export function applyListenerDeaths(
  listeners: Listeners,
  rows: readonly ListenerRow[],
  monoMs: number,
): ListenerNews {
  const died: Port[] = [];
  for (const row of rows) {
    const port = listeners.ports[row.port];
    if (port !== undefined && bookDeath(port, cookieOf(row), monoMs)) died.push(row.port);
  }
  return { died, masterRestarted: bookMasterRestart(listeners) };
}

export function applyListenerScan(
  listeners: Listeners,
  scan: { readonly listeners: readonly ListenerRow[]; readonly complete: boolean },
  monoMs: number,
): ListenerNews {
  const died: Port[] = [];
  for (const name of PORTS) {
    const port = listeners.ports[name];
    const rows = scan.listeners.filter((row) => row.port === name);
    const listed = new Set(rows.map(cookieOf));
    if (scan.complete) {
      for (const cookie of [...port.known.keys()]) {
        if (!listed.has(cookie) && bookDeath(port, cookie, monoMs)) died.push(name);
      }
    }
    for (const cookie of listed) welcome(port, cookie);
    if (scan.complete || listed.size > 0) measureQueue(port, rows);
  }
  return { died, masterRestarted: bookMasterRestart(listeners) };
}

/** Whether a listener of this port died between two instants, both on the monotonic clock. */
export function diedBetween(port: PortListeners, fromMs: number, toMs: number): boolean {
  return port.deathsMonoMs.some((death) => death >= fromMs && death <= toMs);
}

function createPort(): PortListeners {
  return {
    known: new Map(),
    dead: [],
    generation: 0,
    bookedGeneration: 0,
    deathsMonoMs: [],
    restarts: 0,
    pendingDeathMonoMs: Number.NaN,
    back: false,
    up: undefined,
    queueLength: undefined,
    queueLimit: undefined,
  };
}

function cookieOf(row: ListenerRow): string {
  return `${row.cookieHigh}:${row.cookieLow}`;
}

/** A listening socket that a scan lists. */
function welcome(port: PortListeners, cookie: string): void {
  if (port.known.has(cookie) || port.dead.includes(cookie)) return;
  if (port.known.size >= LISTENERS_PER_PORT) return;
  const joins = port.known.size > 0 && port.generation !== port.bookedGeneration;
  if (!joins) {
    port.generation += 1;
    if (!Number.isNaN(port.pendingDeathMonoMs)) port.back = true;
  }
  port.known.set(cookie, port.generation);
  port.up = true;
}

/**
 * True when this death is news: siblings of one daemon and a cookie told twice are not. Nor is a
 * socket that no scan ever saw listening: a starting master binds and closes a socket on each port
 * to see whether it is free, and the kernel announces its end in the same words as a listener's. A
 * minion can have been quick enough to connect to it: its end then explains the end of that link.
 */
function bookDeath(port: PortListeners, cookie: string, monoMs: number): boolean {
  if (port.dead.includes(cookie)) return false;
  remember(port.dead, cookie, DEAD_COOKIES_KEPT);
  remember(port.deathsMonoMs, monoMs, DEATHS_KEPT);
  const generation = port.known.get(cookie);
  if (port.known.delete(cookie) && port.known.size === 0) port.up = false;
  if (generation === undefined || generation === port.bookedGeneration) return false;
  port.bookedGeneration = generation;
  port.restarts += 1;
  port.pendingDeathMonoMs = monoMs;
  port.back = port.known.size > 0;
  return true;
}

function bookMasterRestart(listeners: Listeners): boolean {
  const { publish, request } = listeners.ports;
  if (!publish.back || !request.back) return false;
  const apart = Math.abs(publish.pendingDeathMonoMs - request.pendingDeathMonoMs);
  if (!(apart <= MASTER_DEATHS_APART_MS)) return false;
  for (const port of [publish, request]) {
    port.pendingDeathMonoMs = Number.NaN;
    port.back = false;
  }
  listeners.masterRestarts += 1;
  return true;
}

function measureQueue(port: PortListeners, rows: readonly ListenerRow[]): void {
  port.up = rows.length > 0;
  let length = 0;
  let limit: number | undefined = port.up ? 0 : undefined;
  for (const row of rows) {
    length += finite(row.queueLength);
    if (row.queueLimit === undefined) limit = undefined;
    else if (limit !== undefined) limit += finite(row.queueLimit);
  }
  port.queueLength = port.up ? length : undefined;
  port.queueLimit = limit;
}

function finite(value: number): number {
  return value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
}

function remember<T>(list: T[], value: T, most: number): void {
  list.push(value);
  if (list.length > most) list.shift();
}
