/** What may be asked of what happened: events, totals, series, timelines and the live stream. */
import { EVENT_KINDS } from '../domain/event-kinds.js';
import { TIMELINE_SORTS } from '../history/queries.js';
import { SAMPLE_METRICS } from '../history/sample-rows.js';
import { TIMELINE_STATES } from '../history/timeline-states.js';
import { defineEndpoint } from './endpoint.js';
import { JID_MAX } from './job-endpoints.js';
import { offset } from './minions-endpoints.js';
import { eventId, ids, instant, names, oneOfOr, onOff, someOf, text, whole } from './query.js';

const EVENTS_MAX = 5_000;
const SERIES_MINIONS_MAX = 50;
const POINTS_MAX = 5_000;
/** Twice the largest fleet. */
const TIMELINE_ROWS_MAX = 20_000;
/** Pixels of the widest screens. */
const COLUMNS_MAX = 4_096;

export const EVENTS = defineEndpoint({
  path: '/api/v1/events',
  summary: 'What happened',
  doc: 'Newest first unless `order=asc`. Without a store (`--history.path`) the latest events since the start are known.',
  parameters: {
    kind: someOf(EVENT_KINDS, 'Only events of these kinds.'),
    minion: ids('Only events of these minions.'),
    jid: text('Only events of this job.', JID_MAX),
    from: instant('Only events from then on.'),
    to: instant('Only events before.'),
    order: oneOfOr('desc', ['asc', 'desc'], '`asc`: oldest first.'),
    limit: whole({ least: 1, most: EVENTS_MAX, usual: 200 }, 'Rows of one page.'),
    cursor: eventId(
      'must be what "next" of the page before was.',
      '`next` of the page before; all else must be the same.',
    ),
  },
  answer: 'EventsView',
  fails: [],
});

export const TOTALS = defineEndpoint({
  path: '/api/v1/totals',
  summary: 'How often what happened, over restarts of the exporter',
  doc: 'Counts of events by kind and reason. Needs a store (`--history.path`).',
  parameters: {
    minion: text('Only events of the minion with this id; else of the fleet.'),
    from: instant('Default: the beginning of the history.'),
    to: instant('Default: now.'),
  },
  answer: 'TotalsView',
  fails: [],
});

export const SERIES = defineEndpoint({
  path: '/api/v1/series',
  summary: 'Figures of single minions over time',
  doc: 'Of each step the highest. Steps of 10 s are kept for 6 hours, of a minute for 3 days, of 10 minutes for the retention. A range may be 31 days at most. Needs a store (`--history.path`).',
  parameters: {
    minion: names(SERIES_MINIONS_MAX, `Ids of minions, at most ${SERIES_MINIONS_MAX}.`),
    metric: someOf(SAMPLE_METRICS, 'Only these metrics; else all.'),
    from: instant('Default: an hour before `to`.'),
    to: instant('Default: now.'),
    points: whole({ least: 1, most: POINTS_MAX, usual: 1_000 }, 'Most points of one series.'),
  },
  answer: 'SeriesView',
  fails: [],
});

export const TIMELINE = defineEndpoint({
  path: '/api/v1/timeline',
  summary: 'Status and pressure of many minions over time',
  doc: 'Folded to the pixels asked for; worst wins, its share is shown. A range may be 31 days at most. Needs a store (`--history.path`).',
  parameters: {
    from: instant('Default: 24 hours before `to`.'),
    to: instant('Default: now.'),
    columns: whole(
      { least: 1, most: COLUMNS_MAX, usual: 1_000 },
      'Pixels that the range is folded to.',
    ),
    minion: ids('Only these minions.'),
    search: text('Part of the id of a minion, upper and lower case the same.'),
    status: someOf(TIMELINE_STATES, 'Only minions that had one of these states in the range.'),
    sort: oneOfOr(
      'worst',
      TIMELINE_SORTS,
      'Order of the rows: `worst` is severity now, then the newest change, then drops and flaps; `name` ascends; all others have the most first.',
    ),
    limit: whole(
      { least: 0, most: TIMELINE_ROWS_MAX, usual: 500 },
      'Rows of one page; 0: only the overview.',
    ),
    offset,
    encoding: oneOfOr(
      'arrays',
      ['arrays', 'base64'],
      '`base64`: columns are the bytes of typed arrays, little endian; a third of the size and of the time.',
    ),
  },
  answer: 'TimelineView',
  fails: [],
});

export const STREAM = defineEndpoint({
  path: '/api/v1/stream',
  summary: 'Events as they come',
  doc: 'Server-sent events: `event` with its id, `sample` of the fleet once a second, `gap` where events are not known any more, `slow` and `bye` as last words. `Last-Event-ID` wins over `after`. At most 64 readers.',
  parameters: {
    kind: someOf(EVENT_KINDS, 'Only events of these kinds.'),
    minion: ids('Only events and samples of these minions.'),
    after: eventId(
      'and Last-Event-ID must be the id of an event.',
      'Id of the last event that is known; default: only what comes.',
    ),
    samples: onOff('on', '`off`: no samples.'),
  },
  answer: 'StreamMessages',
  fails: [],
});
