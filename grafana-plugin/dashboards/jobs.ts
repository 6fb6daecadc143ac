/** Jobs and losses: what was asked, who answered, and which link of the path lost the rest. */
import type { Dashboard, PromQuery } from './model.js';
import { LINK_COLOURS, MINION_OF_OWN_ROW, MINION_OF_ROW, NO_BUS } from './words.js';

const M = 'master=~"$master"';

/** What the loss path panel reads from Prometheus: counters over the range, and gauges of now. */
const PATH: readonly PromQuery[] = [
  'salt_lost_returns_total',
  'salt_loss_verdicts_revised_total',
  'salt_publishes_lost_total',
  'salt_minion_lost_returns_total',
  'salt_expected_returns_total',
  'salt_returned_total',
  'salt_missing_returns_total',
  'salt_late_returns_total',
  'salt_minions',
  'salt_queue_pressure_max_ratio',
  'salt_publish_hwm_messages',
  'salt_requests_waiting',
  'salt_wedged_workers',
].map((family) => ({
  expr: `${family}{${M}}`,
  emptyWhen: family === 'salt_wedged_workers' ? 'Too few pings were answered yet.' : NO_BUS,
}));

export const jobs: Dashboard = {
  name: 'jobs',
  title: 'Jobs and losses',
  description: 'Where returns were lost on their way, and how sure that is.',
  variables: ['master'],
  from: 'now-6h',
  sections: [
    {
      title: null,
      bands: [
        {
          height: 16,
          panels: [
            {
              kind: 'own',
              view: 'loss-path',
              title: 'Where returns were lost',
              description:
                'The six links from client to job cache: what each lost, how sure that is, and what stands in its way now. Choose a job or a minion in it. Jobs and verdicts that the exporter remembers.',
              width: 24,
              queries: [
                { queryType: 'losses', limit: 1000 },
                { queryType: 'jobs', limit: 1000 },
                { queryType: 'minions', limit: 5000 },
              ],
            },
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Lost returns by link',
              description:
                '2 nobody there, 3 publisher, 4 minion, 5 return path, 6 master; 4_or_5 and unknown: nothing decides.',
              width: 8,
              unit: 'short',
              look: 'bars',
              colours: LINK_COLOURS,
              queries: [
                {
                  expr: `sum(increase(salt_publishes_lost_total{${M}}[$__rate_interval]))`,
                  legend: '1 client to master',
                },
                {
                  expr: `sum by (link) (increase(salt_lost_returns_total{${M}}[$__rate_interval]))`,
                  legend: '{{link}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Jobs by outcome',
              description: 'When a job closes: all returned, some did, nobody did.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (outcome) (increase(salt_jobs_total{${M}}[$__rate_interval]))`,
                  legend: '{{outcome}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Returns that are awaited',
              description:
                'Pairs of job and minion that are open: running, queued behind other jobs, blocked on the way, or nothing tells.',
              width: 8,
              unit: 'short',
              look: 'stacked',
              queries: [
                {
                  expr: `sum by (reason) (salt_pending_returns{${M}})`,
                  legend: '{{reason}}',
                  emptyWhen: NO_BUS,
                },
              ],
            },
          ],
        },
        {
          height: 10,
          panels: [
            {
              kind: 'own',
              view: 'table',
              title: 'Latest verdicts',
              description: 'Each missing return with its link, its reason and the evidence for it.',
              width: 14,
              queries: [{ queryType: 'losses', limit: 200 }],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_OWN_ROW },
                { label: 'decided', title: 'Decided', unit: 'dateTimeAsIso' },
                { label: 'link', title: 'Link' },
              ],
            },
            {
              kind: 'own',
              view: 'table',
              title: 'Latest jobs',
              description: 'How many were asked, returned, are missing or are still awaited.',
              width: 10,
              queries: [{ queryType: 'jobs', limit: 200 }],
              columns: [{ label: 'began', title: 'Began', unit: 'dateTimeAsIso' }],
            },
          ],
        },
      ],
    },
    {
      title: 'Figures',
      bands: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Expected, returned, missing',
              description: 'Pairs of job and minion, booked when they close.',
              width: 8,
              unit: 'short',
              look: 'lines',
              queries: ['expected_returns', 'returned', 'missing_returns'].map((name) => ({
                expr: `sum(increase(salt_${name}_total{${M}}[$__rate_interval]))`,
                legend: name.replace('_returns', ''),
              })),
            },
            {
              kind: 'graph',
              title: 'Time from publish to return',
              description: 'Median and 99th percentile of returns.',
              width: 8,
              unit: 's',
              queries: ['0.5', '0.99'].map((share) => ({
                expr: `histogram_quantile(${share}, sum by (le) (rate(salt_job_return_seconds_bucket{${M}}[$__rate_interval])))`,
                legend: share === '0.5' ? 'median' : '99 %',
                emptyWhen: 'Nothing returned.',
              })),
            },
            {
              kind: 'graph',
              title: 'Late, doubled, cut, suspect, ghosts',
              description:
                'Returns after their job was closed, sent twice, cut at max_event_size, or that contradict what they claim; jobs that ran after their client gave up.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                ['salt_late_returns_total', 'late'],
                ['salt_duplicate_returns_total', 'doubled'],
                ['salt_value_trimmed_total', 'cut'],
                ['salt_suspect_returns_total', 'suspect'],
                ['salt_ghost_jobs_total', 'ghost jobs'],
              ].map(([family = '', legend = '']) => ({
                expr: `sum(increase(${family}{${M}}[$__rate_interval]))`,
                legend,
              })),
            },
            {
              kind: 'table',
              title: 'Functions',
              description: 'Jobs of the functions that are used most, in the range.',
              width: 8,
              queries: [
                {
                  expr: `topk(20, sum by (function, state) (increase(salt_new_job_total{${M}}[$__range])) > 0)`,
                  emptyWhen: 'No job began.',
                },
              ],
              columns: [
                { label: 'function', title: 'Function' },
                { label: 'state', title: 'State' },
                { label: 'Value', title: 'Jobs', unit: 'short' },
              ],
            },
            {
              kind: 'table',
              title: 'Minions that lost most',
              description: 'Verdicts by minion and link, in the range.',
              width: 8,
              queries: [
                {
                  expr: `topk(20, increase(salt_minion_lost_returns_total{${M}}[$__range]) > 0)`,
                  emptyWhen: 'None was lost.',
                },
              ],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_ROW },
                { label: 'link', title: 'Link' },
                { label: 'Value', title: 'Lost', unit: 'short' },
              ],
            },
            {
              kind: 'graph',
              title: 'Canary jobs',
              description: 'Pings and file pulls of our own that went wrong, by result.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (result) (increase(salt_canary_ping_total{${M}, result!="ok"}[$__rate_interval]))`,
                  legend: 'ping {{result}}',
                  emptyWhen: 'Canary jobs are off (--canary.jobs).',
                },
                {
                  expr: `sum by (result) (increase(salt_canary_file_pull_total{${M}, result!="ok"}[$__rate_interval]))`,
                  legend: 'file {{result}}',
                  emptyWhen: 'Canary jobs are off (--canary.jobs).',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'The path from Prometheus alone',
      collapsed: true,
      bands: [
        {
          height: 16,
          panels: [
            {
              kind: 'series',
              view: 'loss-path',
              title: 'Where returns were lost',
              description: 'The same path from counters of the range shown; without single jobs.',
              width: 24,
              queries: PATH,
            },
          ],
        },
      ],
    },
  ],
};
