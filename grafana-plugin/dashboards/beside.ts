/** What an exporter of role minion tells from beside its minion: a section of the minion's dashboard. */
import type { Section } from './model.js';

const BESIDE = 'No exporter of role minion is chosen.';

export const beside: Section = {
  title: 'Beside the minion: $instance',
  collapsed: true,
  bands: [
    {
      height: 8,
      panels: [
        {
          kind: 'graph',
          title: 'Publishes it has not read',
          description: 'Bytes that arrived at its host and wait for its process.',
          width: 8,
          unit: 'bytes',
          queries: [
            {
              expr: 'salt_local_publish_receive_queue_bytes{instance="$instance"}',
              legend: '{{master}}',
              emptyWhen: BESIDE,
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Jobs by what became of them',
          description:
            'From its bus and its log: executed, queued, refused for their number or their key, not returned.',
          width: 8,
          unit: 'short',
          look: 'bars',
          queries: [
            {
              expr: 'sum by (outcome) (increase(salt_local_jobs_total{instance="$instance"}[$__rate_interval]))',
              legend: '{{outcome}}',
              emptyWhen: BESIDE,
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Requests by what became of them',
          description: 'To its masters: answered, abandoned, refused.',
          width: 8,
          unit: 'short',
          look: 'bars',
          queries: [
            {
              expr: 'sum by (master, result) (increase(salt_local_requests_total{instance="$instance"}[$__rate_interval]))',
              legend: '{{master}} {{result}}',
              emptyWhen: BESIDE,
            },
          ],
        },
        {
          kind: 'table',
          title: 'Options in force',
          description: 'That decide how it reconnects and returns.',
          width: 12,
          queries: [{ expr: 'salt_local_option{instance="$instance"}', emptyWhen: BESIDE }],
          columns: [
            { label: 'option', title: 'Option' },
            { label: 'Value', title: 'Value', unit: 'none' },
          ],
        },
        {
          kind: 'stat',
          title: 'A fleet of these invites a storm',
          description: 'Whether many minions with these options would reconnect all at once.',
          width: 6,
          unit: 'bool_yes_no',
          alarmFrom: 1,
          query: { expr: 'salt_local_storm_risk{instance="$instance"}', emptyWhen: BESIDE },
        },
        {
          kind: 'graph',
          title: 'Links to its masters',
          description: 'Established connections by port.',
          width: 6,
          unit: 'short',
          queries: [
            {
              expr: 'salt_local_links{instance="$instance"}',
              legend: '{{master}} {{port}}',
              emptyWhen: BESIDE,
            },
          ],
        },
      ],
    },
  ],
};
