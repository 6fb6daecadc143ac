/** Salt's event bus as its reader finds it: connected or not, how late events come, what was lost. */
import { BUS_REJECTS } from '../../domain/vocabulary.js';
import { defineHistogram, defineScalar, type FamilyGroup } from '../family.js';

export const eventBus: FamilyGroup = {
  name: 'event_bus',
  heading: 'Jobs, events, losses',
  families: [
    defineScalar({
      name: 'salt_event_bus_up',
      help: '1 while the event bus of the master is read.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.busConnected !== undefined) emit(epoch.busConnected ? 1 : 0);
      },
    }),
    defineHistogram({
      name: 'salt_event_bus_lag_seconds',
      help: 'Time from the stamp of an event to its arrival here.',
      unit: 'seconds',
      sample: ({ epoch }) => epoch.busLagSeconds,
    }),
    defineScalar({
      name: 'salt_event_bus_backlog_bytes',
      help: 'Bytes of events that were read and wait to be decoded.',
      type: 'gauge',
      unit: 'bytes',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.bus.backlogBytes !== undefined) emit(epoch.bus.backlogBytes);
      },
    }),
    defineScalar({
      name: 'salt_event_bus_rejects_total',
      help: 'What came over the event bus and could not be used: no frame (framing, the connection is made anew), no payload (body), no tag, a tag that is no UTF-8 (encoding), too large (size).',
      type: 'counter',
      unit: 'none',
      labels: ['reason'],
      sample: ({ epoch }, emit) => {
        for (const reason of BUS_REJECTS) emit(epoch.bus.rejects[reason], reason);
      },
    }),
    defineScalar({
      name: 'salt_event_bus_reconnects_total',
      help: 'Connections to the event bus after the first one; what was fired in between was not heard.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.bus.reconnects),
    }),
    defineScalar({
      name: 'salt_event_bus_dropped_total',
      help: 'Events that were read and thrown away undecoded, for want of time.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.bus.dropped),
    }),
  ],
};
