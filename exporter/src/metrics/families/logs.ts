/** Salt's log files in numbers: records by level, named lines, and what was too much to be read. */
import { defineScalar, type FamilyGroup } from '../family.js';

export const logs: FamilyGroup = {
  name: 'logs',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'salt_log_messages_total',
      help: 'Records in the log files of Salt since this process watches them.',
      type: 'counter',
      unit: 'messages',
      labels: ['component', 'level'],
      sample: ({ epoch }, emit) => {
        for (const { component, levels } of epoch.logs)
          for (const [level, count] of levels) emit(count, component, level);
      },
    }),
    defineScalar({
      name: 'salt_log_signals_total',
      help: 'Records that hold a named line; exporter/docs/log-signals.md lists them. Lines of level info are counted only where the log level of Salt lets it write them.',
      type: 'counter',
      unit: 'none',
      labels: ['component', 'signal'],
      sample: ({ epoch }, emit) => {
        for (const { component, signals } of epoch.logs)
          for (const [signal, count] of signals) emit(count, component, signal);
      },
    }),
    defineScalar({
      name: 'salt_log_readable',
      help: '1 while the log file of the component is read.',
      type: 'gauge',
      unit: 'none',
      labels: ['component'],
      sample: ({ epoch }, emit) => {
        for (const { component, isRead } of epoch.logs) emit(isRead ? 1 : 0, component);
      },
    }),
    defineScalar({
      name: 'salt_log_read_bytes_total',
      help: 'Bytes of the log file that were read.',
      type: 'counter',
      unit: 'bytes',
      labels: ['component'],
      sample: ({ epoch }, emit) => {
        for (const { component, readBytes } of epoch.logs) emit(readBytes, component);
      },
    }),
    defineScalar({
      name: 'salt_log_skipped_bytes_total',
      help: 'Bytes of the log file that were passed over unread because it grew faster than it may be read: the counts lack what stood there.',
      type: 'counter',
      unit: 'bytes',
      labels: ['component'],
      sample: ({ epoch }, emit) => {
        for (const { component, skippedBytes } of epoch.logs) emit(skippedBytes, component);
      },
    }),
  ],
};
