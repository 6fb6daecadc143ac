/** What may be asked of an exporter of role minion besides. */
import { defineEndpoint } from './endpoint.js';

export const LOCAL = defineEndpoint({
  path: '/api/v1/local',
  summary: 'What a minion sees of its masters and of its jobs',
  doc: 'Its links, its requests, publishes that it has not read, and its share in storms.',
  parameters: {},
  answer: 'LocalView',
  fails: ['not_found'],
  role: 'minion',
});

export const LOCAL_JOB = defineEndpoint({
  path: '/api/v1/local/jobs/{jid}',
  summary: 'What a minion knows of one job',
  doc: 'Received, queued, running, executed, returned; `false` only as far back as it was watched.',
  parameters: {},
  place: { name: 'jid', doc: 'Job id.' },
  answer: 'LocalJobView',
  fails: ['not_found'],
  role: 'minion',
});
