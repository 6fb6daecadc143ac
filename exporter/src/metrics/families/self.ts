/**
 * The exporter on itself: its sources, its scans, what it holds in memory, the scrapes it served.
 */
import { defineHistogram, defineScalar, type FamilyGroup } from '../family.js';
import { SCRAPE_RESULTS } from '../frame.js';

export const selfSources: FamilyGroup = {
  name: 'sources',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'brinescope_source_up',
      help: '1 while the source works; absent for a source that the settings keep off.',
      type: 'gauge',
      unit: 'none',
      labels: ['source'],
      sample: ({ epoch }, emit) => {
        for (const { source, enabled, up } of epoch.sources) if (enabled) emit(up ? 1 : 0, source);
      },
    }),
    defineScalar({
      name: 'brinescope_source_last_success_timestamp_seconds',
      help: 'When the source last did its work; absent before the first time.',
      type: 'gauge',
      unit: 'seconds',
      labels: ['source'],
      sample: ({ epoch }, emit) => {
        for (const { source, enabled, lastSuccessMs } of epoch.sources) {
          if (enabled && lastSuccessMs !== undefined) emit(lastSuccessMs / 1000, source);
        }
      },
    }),
    defineScalar({
      name: 'brinescope_source_errors_total',
      help: 'Failures and rejected input of the source, by reason.',
      type: 'counter',
      unit: 'none',
      labels: ['source', 'reason'],
      sample: ({ epoch }, emit) => {
        for (const { source, errors } of epoch.sources) {
          for (const [reason, count] of errors) emit(count, source, reason);
        }
      },
    }),
  ],
};

export const selfScans: FamilyGroup = {
  name: 'scans',
  heading: 'Configuration, logs, self',
  families: [
    defineHistogram({
      name: 'brinescope_scan_seconds',
      help: 'Duration of one kernel scan of all connections.',
      unit: 'seconds',
      sample: ({ epoch }) => epoch.scanSeconds,
    }),
    defineScalar({
      name: 'brinescope_scan_interval_seconds',
      help: 'Time between two kernel scans that is in force now.',
      type: 'gauge',
      unit: 'seconds',
      labels: [],
      sample: ({ epoch }, emit) => {
        if (epoch.scanIntervalSeconds !== undefined) emit(epoch.scanIntervalSeconds);
      },
    }),
    defineScalar({
      name: 'brinescope_kernel_overflows_total',
      help: 'Times the buffer for destroy events overflowed; each is followed by a reconciling scan.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.kernelOverflows),
    }),
    defineScalar({
      name: 'brinescope_kernel_events_lost_total',
      help: 'Destroy events that were lost in such overflows, as the kernel counts them.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ epoch }, emit) => emit(epoch.kernelEventsLost),
    }),
  ],
};

export const selfState: FamilyGroup = {
  name: 'state',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'brinescope_state_entries',
      help: 'Entries of everything that could grow.',
      type: 'gauge',
      unit: 'none',
      labels: ['map'],
      sample: ({ epoch }, emit) => {
        for (const [map, entries] of epoch.stateEntries) emit(entries, map);
      },
    }),
    defineScalar({
      name: 'brinescope_state_evicted_total',
      help: 'Entries thrown out because their map was full.',
      type: 'counter',
      unit: 'none',
      labels: ['map'],
      sample: ({ epoch }, emit) => {
        for (const [map, evicted] of epoch.stateEvicted) emit(evicted, map);
      },
    }),
    defineScalar({
      name: 'brinescope_scrapes_total',
      help: 'Scrapes that ended before this one, by how they ended.',
      type: 'counter',
      unit: 'none',
      labels: ['result'],
      sample: ({ scrapes }, emit) => {
        for (const result of SCRAPE_RESULTS) emit(scrapes[result], result);
      },
    }),
  ],
};

/** Rendered last: it reports on the groups before it. */
export const scrapeReport: FamilyGroup = {
  name: 'scrape',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'brinescope_group_success',
      help: '1 when this group of families could be rendered; at 0 all of its families are missing from this scrape.',
      type: 'gauge',
      unit: 'none',
      labels: ['group'],
      sample: ({ groups }, emit) => {
        for (const { group, success } of groups) emit(success ? 1 : 0, group);
      },
    }),
    defineScalar({
      name: 'brinescope_group_duration_seconds',
      help: 'Time this group took on the event loop in this scrape, waiting not counted.',
      type: 'gauge',
      unit: 'seconds',
      labels: ['group'],
      sample: ({ groups }, emit) => {
        for (const { group, durationSeconds } of groups) emit(durationSeconds, group);
      },
    }),
  ],
};

export const selfHistory: FamilyGroup = {
  name: 'history',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'brinescope_history_up',
      help: '1 while events and series are kept, 0 while they cannot be; absent without --history.path.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ history }, emit) => {
        if (history !== undefined && history.state !== 'off')
          emit(history.state === 'works' ? 1 : 0);
      },
    }),
    defineScalar({
      name: 'brinescope_history_bytes',
      help: 'Bytes of the history on the disk, its log not counted; absent without one.',
      type: 'gauge',
      unit: 'bytes',
      labels: [],
      sample: ({ history }, emit) => {
        if (history !== undefined && history.bytes !== null) emit(history.bytes);
      },
    }),
    defineScalar({
      name: 'brinescope_history_dropped_total',
      help: 'Events and samples that were not kept: the disk or the store did not take them.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ history }, emit) => emit(history?.dropped ?? 0),
    }),
  ],
};
