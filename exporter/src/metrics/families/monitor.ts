/**
 * zmq_socket_monitor events: of our own sockets and of every program that forwards its events to
 * the tap.
 */
import type { Epoch } from '../../domain/epoch.js';
import { MONITOR_EVENTS, MONITOR_REJECTS } from '../../domain/vocabulary.js';
import { defineScalar, type FamilyGroup } from '../family.js';

export const monitor: FamilyGroup = {
  name: 'monitor',
  heading: 'zmq_socket_monitor',
  families: [
    defineScalar({
      name: 'zmq_monitor_events_total',
      help: 'Events of zmq_socket_monitor, by the program they come from and its socket.',
      type: 'counter',
      unit: 'none',
      labels: ['source', 'socket', 'event'],
      sample: ({ epoch }, emit) => {
        for (const { source, socket, counts } of eventCounts(epoch)) {
          for (const event of MONITOR_EVENTS) {
            emit(counts.get(event) ?? 0, source, socket, event);
          }
        }
      },
    }),
    defineScalar({
      name: 'zmq_monitor_last_event_timestamp_seconds',
      help: 'When this event last arrived.',
      type: 'gauge',
      unit: 'seconds',
      labels: ['source', 'socket', 'event'],
      sample: ({ epoch }, emit) => {
        for (const { source, socket, event, count, lastWallMs } of epoch.monitorCounters) {
          if (count > 0) emit(lastWallMs / 1000, source, socket, event);
        }
      },
    }),
    defineScalar({
      name: 'zmq_monitor_peers',
      help: 'Handshakes that succeeded minus disconnects: peers the socket has now.',
      type: 'gauge',
      unit: 'none',
      labels: ['source', 'socket'],
      sample: ({ epoch }, emit) => {
        for (const { source, socket, peers } of epoch.monitorSockets) {
          if (peers !== undefined) emit(peers, source, socket);
        }
      },
    }),
    defineScalar({
      name: 'zmq_monitor_retry_interval_seconds',
      help: 'Pause before the next attempt to connect, as the last connect_retried said.',
      type: 'gauge',
      unit: 'seconds',
      labels: ['source', 'socket'],
      sample: ({ epoch }, emit) => {
        for (const { source, socket, retryIntervalSeconds } of epoch.monitorSockets) {
          if (retryIntervalSeconds !== undefined) emit(retryIntervalSeconds, source, socket);
        }
      },
    }),
    defineScalar({
      name: 'zmq_monitor_rejects_total',
      help: 'Forwarded events that were thrown away because they were malformed.',
      type: 'counter',
      unit: 'none',
      labels: ['source', 'reason'],
      sample: ({ epoch }, emit) => {
        for (const [source, counts] of epoch.monitorRejects) {
          for (const reason of MONITOR_REJECTS) emit(counts[reason], source, reason);
        }
      },
    }),
  ],
};

interface SocketEvents {
  readonly source: string;
  readonly socket: string;
  readonly counts: Map<string, number>;
}

/**
 * One entry for every known socket, also for one that had no event yet: its counters stand at 0.
 */
function eventCounts(epoch: Epoch): Iterable<SocketEvents> {
  const sockets = new Map<string, SocketEvents>();
  const entry = (source: string, socket: string): SocketEvents => {
    const key = JSON.stringify([source, socket]);
    const found = sockets.get(key) ?? { source, socket, counts: new Map() };
    sockets.set(key, found);
    return found;
  };
  for (const { source, socket } of epoch.monitorSockets) entry(source, socket);
  for (const { source, socket, event, count } of epoch.monitorCounters) {
    entry(source, socket).counts.set(event, count);
  }
  return sockets.values();
}
