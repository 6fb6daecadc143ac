/** What may be asked of minions, connections and sources, and of the fleet as a whole. */
import { IDENTITY_BASES, MINION_STATUSES, PEERS, PORTS } from '../domain/vocabulary.js';
import { defineEndpoint } from './endpoint.js';
import { MINION_SORTS } from './minions-view.js';
import { ids, oneOf, oneOfOr, onOff, someOf, text, whole } from './query.js';

/** Rows of one page: half a fleet of 10,000. */
const ROWS_MAX = 5_000;
/** More rows than any list has. */
const OFFSET_MAX = 1_000_000;

export const offset = whole(
  { least: 0, most: OFFSET_MAX, usual: 0 },
  'Rows to leave out before the page.',
);
const limit = (usual: number) => whole({ least: 1, most: ROWS_MAX, usual }, 'Rows of one page.');

export const OVERVIEW = defineEndpoint({
  path: '/api/v1/overview',
  summary: 'The fleet at one instant',
  doc: 'One frozen picture, some 100 kB at most whatever the size of the fleet: lists are cut and say so.',
  parameters: {
    status: oneOf(MINION_STATUSES, 'Lists only minions of this status as the worst.'),
  },
  answer: 'Overview',
  fails: [],
});

export const MINIONS = defineEndpoint({
  path: '/api/v1/minions',
  summary: 'Minions with their figures',
  doc: 'Minions with an accepted key, and expected ones.',
  parameters: {
    minion: ids('Only these minions.'),
    search: text('Part of the id of a minion, upper and lower case the same.'),
    status: someOf(MINION_STATUSES, 'Only minions of one of these statuses.'),
    basis: someOf(IDENTITY_BASES, 'Only minions whose publish link rests on one of these.'),
    sort: oneOfOr(
      'worst',
      MINION_SORTS,
      'Order: `worst` is severity, then the newest change; `name` ascends; all others descend.',
    ),
    reverse: onOff('off', 'Turns the order round.'),
    limit: limit(100),
    offset,
  },
  answer: 'MinionsView',
  fails: [],
});

export const MINION = defineEndpoint({
  path: '/api/v1/minions/{id}',
  summary: 'All that is known of one minion',
  doc: 'Its figures, connections, addresses, latest lost returns and events, with their evidence.',
  parameters: {},
  place: { name: 'id', doc: 'Key id.' },
  answer: 'MinionDetailView',
  fails: ['not_found'],
});

export const LINKS = defineEndpoint({
  path: '/api/v1/links',
  summary: 'TCP connections of the ports of the master',
  doc: 'Connections as the kernel has them, and whose they are.',
  parameters: {
    minion: ids('Only connections of these minions.'),
    port: oneOf(PORTS, 'Only connections of this port.'),
    peer: oneOf(PEERS, 'Only connections of such a peer.'),
    ended: onOff('off', 'Also those that ended and are remembered.'),
    limit: limit(500),
    offset,
  },
  answer: 'LinksView',
  fails: [],
});

export const SOURCES = defineEndpoint({
  path: '/api/v1/sources',
  summary: 'Where facts come from, and what cannot be seen',
  doc: 'State of every source and of the history.',
  parameters: {},
  answer: 'SourcesView',
  fails: [],
});

export const RECOMMENDATIONS = defineEndpoint({
  path: '/api/v1/recommendations',
  summary: 'Advice on options, and every queue of Salt',
  doc: 'Recommended values with what they rest on, and what each kind of socket does at its high-water mark.',
  parameters: {},
  answer: 'RecommendationsView',
  fails: [],
});
