/** What may be asked of jobs and of lost returns. */
import { CONFIDENCES, LOSS_LINKS, LOSS_REASONS } from '../domain/loss-vocabulary.js';
import { defineEndpoint } from './endpoint.js';
import { ids, oneOf, onOff, someOf, text, whole } from './query.js';

/** As many as are remembered. */
export const JOBS_MAX = 512;
/** Verdicts with their evidence are remembered as often. */
const LOSSES_MAX = 8_192;
/** A jid has 20 digits, and `req` is one too; longer texts are no jids. */
export const JID_MAX = 128;
const USUAL = 50;

export const JOBS = defineEndpoint({
  path: '/api/v1/jobs',
  summary: 'Jobs that are remembered',
  doc: `Newest first; the latest ${JOBS_MAX} are remembered.`,
  parameters: {
    function: text('Only jobs of this function, as the announcement named it.'),
    phase: oneOf(['open', 'closed'], '`open`: only jobs whose returns may still come in time.'),
    missing: onOff('off', '`on`: only jobs that lack a return.'),
    limit: whole({ least: 1, most: JOBS_MAX, usual: USUAL }, 'Rows of one page.'),
    offset: whole({ least: 0, most: JOBS_MAX, usual: 0 }, 'Rows to leave out before the page.'),
  },
  answer: 'JobListView',
  fails: [],
});

export const JOB = defineEndpoint({
  path: '/api/v1/jobs/{jid}',
  summary: 'One job with the verdict on each missing return',
  doc: 'Where each missing return was lost, how sure that is and what it rests on; and who is still awaited.',
  parameters: {},
  place: { name: 'jid', doc: 'Job id.' },
  answer: 'JobDetailView',
  fails: ['not_found'],
});

export const LOSSES = defineEndpoint({
  path: '/api/v1/losses',
  summary: 'Lost returns by link, function and minion',
  doc: `Verdicts on returns that never came, newest first; the latest ${LOSSES_MAX} are remembered.`,
  parameters: {
    minion: ids('Only returns of these minions.'),
    function: text('Only returns of jobs of this function.'),
    jid: text('Only returns of this job.', JID_MAX),
    link: someOf(LOSS_LINKS, 'Only verdicts that name one of these links of the path.'),
    reason: someOf(LOSS_REASONS, 'Only verdicts with one of these reasons.'),
    confidence: someOf(CONFIDENCES, 'Only verdicts that are this sure.'),
    limit: whole({ least: 1, most: 5_000, usual: USUAL }, 'Rows of one page.'),
    offset: whole({ least: 0, most: LOSSES_MAX, usual: 0 }, 'Rows to leave out before the page.'),
  },
  answer: 'LossListView',
  fails: [],
});
