/**
 * Links and presence of the whole fleet: everything an alert needs when per-minion detail is off.
 */
import {
  DISAGREEMENTS,
  MINION_STATUSES,
  PEERS,
  PORTS,
  STORM_CAUSES,
} from '../../domain/vocabulary.js';
import { defineScalar, type FamilyGroup } from '../family.js';

export const linksPresence: FamilyGroup = {
  name: 'links',
  heading: 'Links and presence',
  families: [
    defineScalar({
      name: 'salt_minions',
      help: 'Minions with an accepted key or on the list of expected ones, by the status they have now.',
      type: 'gauge',
      unit: 'none',
      labels: ['status'],
      sample: ({ epoch }, emit) => {
        if (epoch.keys === undefined) return;
        for (const status of MINION_STATUSES) emit(epoch.minionsByStatus[status], status);
      },
    }),
    defineScalar({
      name: 'salt_presence_disagreements',
      help: 'Minions on which two sources of presence differ; kernel_not_ping only while canary jobs are sent.',
      type: 'gauge',
      unit: 'none',
      labels: ['kind'],
      sample: ({ epoch }, emit) => {
        for (const kind of DISAGREEMENTS) {
          const minions = epoch.disagreements[kind];
          if (minions !== undefined) emit(minions, kind);
        }
      },
    }),
    defineScalar({
      name: 'salt_links',
      help: 'Established connections: of a minion, of nobody we know (unknown), of our own canaries (own).',
      type: 'gauge',
      unit: 'none',
      labels: ['port', 'peer'],
      sample: ({ epoch }, emit) => {
        if (epoch.links === undefined) return;
        for (const port of PORTS) {
          for (const peer of PEERS) emit(epoch.links[port][peer], port, peer);
        }
      },
    }),
    defineScalar({
      name: 'salt_connects_total',
      help: 'Connections that were established since this process watches.',
      type: 'counter',
      unit: 'none',
      labels: ['port', 'peer'],
      sample: ({ epoch }, emit) => {
        for (const port of PORTS) {
          for (const peer of PEERS) emit(epoch.connects[port][peer], port, peer);
        }
      },
    }),
    defineScalar({
      name: 'salt_disconnects_total',
      help: 'Connections that ended since this process watches.',
      type: 'counter',
      unit: 'none',
      labels: ['port', 'peer'],
      sample: ({ epoch }, emit) => {
        for (const port of PORTS) {
          for (const peer of PEERS) emit(epoch.disconnects[port][peer], port, peer);
        }
      },
    }),
    defineScalar({
      name: 'salt_flaps_total',
      help: 'Flaps of all minions: a disconnect and a connect again within the flap window.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.flaps),
    }),
    defineScalar({
      name: 'salt_reconnect_storms_total',
      help: 'Times that many minions reconnected at once, by cause.',
      type: 'counter',
      unit: 'none',
      labels: ['cause'],
      sample: ({ epoch }, emit) => {
        for (const cause of STORM_CAUSES) emit(epoch.storms[cause], cause);
      },
    }),
  ],
};
