/**
 * zmq_socket_monitor events of our own sockets, of Salt's log and of any program behind the tap,
 * counted within bounds.
 */
import type { Instant } from '../lib/clock.js';
import type { MonitorCounter, MonitorSocket } from './epoch.js';
import type { MonitorEvent } from './observations.js';
import { MONITOR_EVENTS, MONITOR_REJECTS, type MonitorReject } from './vocabulary.js';

/** The source name of our own sockets. */
export const OWN_SOURCE = 'exporter';
/** The source name of what Salt's logs tell of its sockets. */
export const LOG_SOURCE = 'log';
/** Rejects of sources that have no room of their own stand under this name. */
export const OTHER_SOURCES = '_other';
/**
 * A source that was silent for this long gives its room to a new one when there is none left: its
 * program is gone.
 */
export const SOURCE_FORGOTTEN_MS = 3_600_000;

interface SocketCounts {
  readonly counts: Float64Array;
  readonly lastWallMs: Float64Array;
  peers: number | undefined;
  retryIntervalSeconds: number | undefined;
}

interface MonitoredSource {
  readonly sockets: Map<string, SocketCounts>;
  readonly rejects: Record<MonitorReject, number>;
  lastMonoMs: number;
}

export interface Monitor {
  readonly maxSources: number;
  readonly maxSockets: number;
  readonly sources: Map<string, MonitoredSource>;
  readonly otherRejects: Record<MonitorReject, number>;
  evicted: number;
}

export function createMonitor(maxSources: number, maxSockets: number): Monitor {
  const monitor: Monitor = {
    maxSources,
    maxSockets,
    sources: new Map(),
    otherRejects: noRejects(),
    evicted: 0,
  };
  const own: MonitoredSource = { sockets: new Map(), rejects: noRejects(), lastMonoMs: 0 };
  own.sockets.set('publish', createSocket());
  own.sockets.set('request', createSocket());
  monitor.sources.set(OWN_SOURCE, own);
  return monitor;
}

/** False when a peer went whose handshake was never seen: the figure of peers was held at 0. */
export function applyMonitorEvent(monitor: Monitor, event: MonitorEvent, now: Instant): boolean {
  const index = MONITOR_EVENTS.indexOf(event.event);
  if (index < 0) {
    applyMonitorReject(monitor, { source: event.source, reason: 'event' }, now);
    return true;
  }
  const socket = socketOf(monitor, event, now);
  if (socket === undefined) return true;
  socket.counts[index] = (socket.counts[index] ?? 0) + 1;
  socket.lastWallMs[index] = now.wallMs;
  if (event.event === 'connect_retried' && event.value >= 0) {
    socket.retryIntervalSeconds = event.value / 1_000;
  }
  return countPeers(socket, event);
}

export function applyMonitorReject(
  monitor: Monitor,
  rejected: { readonly source: string; readonly reason: MonitorReject },
  now: Instant,
): void {
  const rejects = sourceOf(monitor, rejected.source, now)?.rejects ?? monitor.otherRejects;
  rejects[rejected.reason] = (rejects[rejected.reason] ?? 0) + 1;
}

export function listMonitorCounters(monitor: Monitor): MonitorCounter[] {
  const listed: MonitorCounter[] = [];
  for (const [source, { sockets }] of monitor.sources) {
    for (const [socket, { counts, lastWallMs }] of sockets) {
      for (const [index, event] of MONITOR_EVENTS.entries()) {
        const lastMs = lastWallMs[index] ?? Number.NaN;
        listed.push({ source, socket, event, count: counts[index] ?? 0, lastWallMs: lastMs });
      }
    }
  }
  return listed;
}

export function listMonitorSockets(monitor: Monitor): MonitorSocket[] {
  return [...monitor.sources].flatMap(([source, { sockets }]) =>
    [...sockets].map(([socket, { peers, retryIntervalSeconds }]) => ({
      source,
      socket,
      peers,
      retryIntervalSeconds,
    })),
  );
}

export function listMonitorRejects(monitor: Monitor): Map<string, Record<MonitorReject, number>> {
  const listed = new Map<string, Record<MonitorReject, number>>();
  for (const [source, { rejects }] of monitor.sources) listed.set(source, { ...rejects });
  listed.set(OTHER_SOURCES, { ...monitor.otherRejects });
  return listed;
}

/**
 * A monitor can be attached to a socket that already has peers, whose disconnects then come without
 * a handshake: the figure is held at 0 and false is returned. A foreign socket that is closed ends
 * its monitor without telling of its peers. Our own say how many ended: of several pings that wait
 * at once only some have a peer, and a refused handshake ends with a disconnect of nobody.
 */
function countPeers(socket: SocketCounts, event: MonitorEvent): boolean {
  if (event.peersNow !== undefined) {
    socket.peers = event.peersNow === 'unknown' ? undefined : event.peersNow;
    return true;
  }
  let peers = socket.peers ?? 0;
  if (event.event === 'handshake_succeeded') peers += 1;
  if (event.event === 'monitor_stopped' && event.endedPeers === undefined) peers = 0;
  const ended = event.endedPeers ?? (event.event === 'disconnected' ? 1 : 0);
  socket.peers = Math.max(0, peers - ended);
  return ended <= peers;
}

/** Counts of the event's socket; undefined and a counted reject when there is no room for it. */
function socketOf(monitor: Monitor, event: MonitorEvent, now: Instant): SocketCounts | undefined {
  const source = sourceOf(monitor, event.source, now);
  if (source === undefined) {
    monitor.otherRejects.source += 1;
    return undefined;
  }
  const known = source.sockets.get(event.socket);
  if (known !== undefined) return known;
  if (source.sockets.size >= monitor.maxSockets) {
    source.rejects.source += 1;
    return undefined;
  }
  const socket = createSocket();
  source.sockets.set(event.socket, socket);
  return socket;
}

function sourceOf(monitor: Monitor, name: string, now: Instant): MonitoredSource | undefined {
  const known = monitor.sources.get(name);
  if (known !== undefined) {
    known.lastMonoMs = now.monoMs;
    return known;
  }
  if (name === OTHER_SOURCES) return undefined;
  if (monitor.sources.size >= monitor.maxSources && !forgetOldest(monitor, now)) return undefined;
  const source = { sockets: new Map(), rejects: noRejects(), lastMonoMs: now.monoMs };
  monitor.sources.set(name, source);
  return source;
}

function forgetOldest(monitor: Monitor, now: Instant): boolean {
  let oldest: [string, MonitoredSource] | undefined;
  for (const entry of monitor.sources) {
    if (entry[0] === OWN_SOURCE || entry[0] === LOG_SOURCE) continue;
    if (oldest === undefined || entry[1].lastMonoMs < oldest[1].lastMonoMs) oldest = entry;
  }
  if (oldest === undefined || now.monoMs - oldest[1].lastMonoMs < SOURCE_FORGOTTEN_MS) return false;
  monitor.sources.delete(oldest[0]);
  monitor.evicted += 1;
  return true;
}

function createSocket(): SocketCounts {
  return {
    counts: new Float64Array(MONITOR_EVENTS.length),
    lastWallMs: new Float64Array(MONITOR_EVENTS.length).fill(Number.NaN),
    peers: 0,
    retryIntervalSeconds: undefined,
  };
}

function noRejects(): Record<MonitorReject, number> {
  const [frames, length, version, event, source] = MONITOR_REJECTS;
  return { [frames]: 0, [length]: 0, [version]: 0, [event]: 0, [source]: 0 };
}
