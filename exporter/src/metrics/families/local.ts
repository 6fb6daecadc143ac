/** What a minion's own exporter says: its links to its masters, its requests, its jobs, its settings. Only in the role `minion`. */
import { OWN_SOURCE } from '../../domain/monitor.js';
import { MONITOR_EVENTS } from '../../domain/vocabulary.js';
import { defineScalar, type FamilyGroup } from '../family.js';

export const local: FamilyGroup = {
  name: 'local',
  heading: 'Minion role',
  families: [
    defineScalar({
      name: 'salt_local_links',
      help: 'Established connections of this host to the ports of its masters; _other: to an address that the configuration does not name.',
      type: 'gauge',
      unit: 'none',
      labels: ['master', 'port'],
      sample: ({ epoch }, emit) => {
        for (const { name, publishLinks, requestLinks } of epoch.local?.masters ?? []) {
          if (publishLinks !== undefined) emit(publishLinks, name, 'publish');
          if (requestLinks !== undefined) emit(requestLinks, name, 'request');
        }
      },
    }),
    defineScalar({
      name: 'salt_local_publish_receive_queue_bytes',
      help: 'Publishes that arrived at this host and that the process of the minion has not read: it is stopped or busy.',
      type: 'gauge',
      unit: 'bytes',
      labels: ['master'],
      sample: ({ epoch }, emit) => {
        for (const { name, receiveQueueBytes } of epoch.local?.masters ?? [])
          if (receiveQueueBytes !== undefined) emit(receiveQueueBytes, name);
      },
    }),
    defineScalar({
      name: 'salt_local_requests_total',
      help: 'Requests of this host to the request port: answered, abandoned without an answer, refused (no connection was made). Several that one connection exchanges between two scans count as one.',
      type: 'counter',
      unit: 'none',
      labels: ['master', 'result'],
      sample: ({ epoch }, emit) => {
        for (const { name, answered, abandoned, refused } of epoch.local?.masters ?? []) {
          emit(answered, name, 'answered');
          emit(abandoned, name, 'abandoned');
          emit(refused, name, 'refused');
        }
      },
    }),
    defineScalar({
      name: 'salt_local_request_wait_seconds',
      help: 'Age of the oldest request of this host without an answer.',
      type: 'gauge',
      unit: 'seconds',
      labels: ['master'],
      sample: ({ epoch }, emit) => {
        for (const { name, requestWaitSeconds } of epoch.local?.masters ?? [])
          if (requestWaitSeconds !== undefined) emit(requestWaitSeconds, name);
      },
    }),
    defineScalar({
      name: 'salt_local_jobs_total',
      help: 'Jobs of this minion: executed to their end, queued on its disk, discarded for an invalid serial or because they could not be decrypted, and executed whose return was given up.',
      type: 'counter',
      unit: 'none',
      labels: ['outcome'],
      sample: ({ epoch }, emit) => {
        if (epoch.local === undefined) return;
        const { executed, queued, rejectedSerial, rejectedDecrypt, notReturned } = epoch.local;
        emit(executed, 'executed');
        emit(queued, 'queued');
        emit(rejectedSerial, 'rejected_serial');
        emit(rejectedDecrypt, 'rejected_decrypt');
        emit(notReturned, 'not_returned');
      },
    }),
    defineScalar({
      name: 'salt_local_option',
      help: 'Options in force that decide how this minion reconnects, authenticates, returns and limits its processes; switches are 1 and 0. recon_default and recon_max are milliseconds.',
      type: 'gauge',
      unit: 'none',
      labels: ['option'],
      sample: ({ epoch }, emit) => {
        for (const [option, value] of epoch.local?.options ?? []) emit(value, option);
      },
    }),
    defineScalar({
      name: 'salt_local_storm_risk',
      help: '1 when a fleet of --local.fleet-size minions with these options comes back to its master, or authenticates, faster than 100 a second; /api/v1/local says why.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => {
        const invites = epoch.local?.advice.invites;
        if (invites !== undefined) emit(invites ? 1 : 0);
      },
    }),
    defineScalar({
      name: 'salt_local_monitor_events_total',
      help: 'ZeroMQ events that this minion printed into its log (zmq_monitor: True).',
      type: 'counter',
      unit: 'none',
      labels: ['event'],
      sample: ({ epoch }, emit) => {
        if (epoch.local === undefined) return;
        for (const name of MONITOR_EVENTS) {
          const counters = epoch.monitorCounters.filter(
            ({ event, source }) => event === name && source !== OWN_SOURCE,
          );
          emit(
            counters.reduce((sum, { count }) => sum + count, 0),
            name,
          );
        }
      },
    }),
  ],
};
