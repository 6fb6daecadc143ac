/** brinescope_event_lines_*: events that leave as lines of JSON. */
import { defineScalar, type FamilyGroup } from '../family.js';

export const eventLines: FamilyGroup = {
  name: 'event_lines',
  heading: 'Configuration, logs, self',
  families: [
    defineScalar({
      name: 'brinescope_event_lines_up',
      help: '1 while events are written as lines of JSON, 0 while they cannot be; absent without --events.log.',
      type: 'gauge',
      unit: 'none',
      labels: [],
      sample: ({ eventLines: lines }, emit) => {
        if (lines !== undefined) emit(lines.works ? 1 : 0);
      },
    }),
    defineScalar({
      name: 'brinescope_event_lines_written_total',
      help: 'Events written as lines of JSON.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ eventLines: lines }, emit) => emit(lines?.written ?? 0),
    }),
    defineScalar({
      name: 'brinescope_event_lines_dropped_total',
      help: 'Events that were not written as lines of JSON: what they go to took no more.',
      type: 'counter',
      unit: 'none',
      labels: [],
      sample: ({ eventLines: lines }, emit) => emit(lines?.dropped ?? 0),
    }),
  ],
};
