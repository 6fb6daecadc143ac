/** The master as the kernel shows it: its listeners, its keys, the descriptors of its processes. */
import { KEY_STATES, MASTER_PROCESSES, PORTS } from '../../domain/vocabulary.js';
import { defineScalar, type FamilyGroup } from '../family.js';

export const masterListeners: FamilyGroup = {
  name: 'listeners',
  heading: 'Links and presence',
  families: [
    defineScalar({
      name: 'salt_listener_up',
      help: '1 while something listens on this port of the master.',
      type: 'gauge',
      unit: 'none',
      labels: ['port'],
      sample: ({ epoch }, emit) => {
        for (const port of PORTS) {
          const up = epoch.listenerUp[port];
          if (up !== undefined) emit(up ? 1 : 0, port);
        }
      },
    }),
    defineScalar({
      name: 'salt_listener_restarts_total',
      help: 'Deaths of the listening socket: the publish daemon or the request server ended.',
      type: 'counter',
      unit: 'none',
      labels: ['port'],
      sample: ({ epoch }, emit) => {
        for (const port of PORTS) emit(epoch.listenerRestarts[port], port);
      },
    }),
    defineScalar({
      name: 'salt_master_restarts_total',
      help: 'Times that both listeners died and came back.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.masterRestarts),
    }),
    defineScalar({
      name: 'salt_listen_queue_length',
      help: 'Connections in the accept queue of the listener.',
      type: 'gauge',
      unit: 'none',
      labels: ['port'],
      sample: ({ epoch }, emit) => {
        for (const port of PORTS) {
          const length = epoch.listenQueueLength[port];
          if (length !== undefined) emit(length, port);
        }
      },
    }),
    defineScalar({
      name: 'salt_listen_queue_limit',
      help: 'Connections that fit into the accept queue of the listener.',
      type: 'gauge',
      unit: 'none',
      labels: ['port'],
      sample: ({ epoch }, emit) => {
        for (const port of PORTS) {
          const limit = epoch.listenQueueLimit[port];
          if (limit !== undefined) emit(limit, port);
        }
      },
    }),
    defineScalar({
      name: 'salt_listen_overflows_total',
      help: 'Connections refused because an accept queue of this network namespace was full; absent when it cannot be read.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.listenOverflows !== undefined) emit(epoch.listenOverflows);
      },
    }),
  ],
};

export const masterFiles: FamilyGroup = {
  name: 'keys',
  heading: 'Links and presence',
  families: [
    defineScalar({
      name: 'salt_keys',
      help: 'Minion keys on the master.',
      type: 'gauge',
      unit: 'none',
      labels: ['state'],
      sample: ({ epoch }, emit) => {
        if (epoch.keys === undefined) return;
        for (const state of KEY_STATES) emit(epoch.keys[state], state);
      },
    }),
    defineScalar({
      name: 'salt_key_oldest_pending_timestamp_seconds',
      help: 'When the oldest pending key was handed in; absent when none is pending.',
      type: 'gauge',
      unit: 'seconds',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.oldestPendingMs !== undefined) emit(epoch.oldestPendingMs / 1000);
      },
    }),
    defineScalar({
      name: 'salt_master_open_fds',
      help: 'Open file descriptors of the processes of the master (workers: sum).',
      type: 'gauge',
      unit: 'none',
      labels: ['process'],
      sample: ({ epoch }, emit) => {
        for (const process of MASTER_PROCESSES) {
          const open = epoch.masterOpenFds.get(process);
          if (open !== undefined) emit(open, process);
        }
      },
    }),
    defineScalar({
      name: 'salt_master_max_fds',
      help: 'Descriptors that the processes of the master may open (workers: sum).',
      type: 'gauge',
      unit: 'none',
      labels: ['process'],
      sample: ({ epoch }, emit) => {
        for (const process of MASTER_PROCESSES) {
          const maximum = epoch.masterMaxFds.get(process);
          if (maximum !== undefined) emit(maximum, process);
        }
      },
    }),
  ],
};
