/** Minion: everything that is known of one, from the master and from an exporter beside it. */
import { beside } from './beside.js';
import type { Dashboard } from './model.js';
import { DETAIL_OFF, NO_LEDGER, to } from './words.js';

const ONE = 'master=~"$master", minion="$minion"';

export const minion: Dashboard = {
  name: 'minion',
  title: 'Minion',
  description:
    'One minion: its links, its queue, its requests, its returns, and on what we know it.',
  variables: ['master', 'minion', 'instance'],
  from: 'now-6h',
  sections: [
    {
      title: null,
      bands: [
        {
          height: 4,
          panels: [
            {
              kind: 'stat',
              title: 'Status',
              description: 'What it is now, by the kernel of the master and the ledgers.',
              width: 4,
              unit: 'none',
              names: true,
              query: {
                expr: `salt_minion_status{${ONE}} == 1`,
                legend: '{{status}}',
                emptyWhen: DETAIL_OFF,
              },
            },
            {
              kind: 'stat',
              title: 'Connected since',
              description: 'When its present publish link was made, if the exporter saw it.',
              width: 4,
              unit: 'dateTimeFromNow',
              query: {
                expr: `salt_minion_last_connect_timestamp_seconds{${ONE}} * 1000`,
                emptyWhen: 'Before the exporter began',
              },
            },
            {
              kind: 'stat',
              title: 'Its kernel last acknowledged',
              description: 'Last sign of life of its host; its process may be dead.',
              width: 4,
              unit: 'dateTimeFromNow',
              query: {
                expr: `salt_minion_last_ack_timestamp_seconds{${ONE}} * 1000`,
                emptyWhen: 'It has no link',
              },
            },
            {
              kind: 'stat',
              title: 'Its process last answered',
              description: 'Last answer to a heartbeat; releases without heartbeats have none.',
              width: 4,
              unit: 'dateTimeFromNow',
              query: {
                expr: `salt_minion_last_pong_timestamp_seconds{${ONE}} * 1000`,
                emptyWhen: 'No heartbeats are sent',
              },
            },
            {
              kind: 'stat',
              title: 'Flaps',
              description: 'Publish links that ended and came back, in the range.',
              width: 4,
              unit: 'short',
              decimals: 0,
              alarmFrom: 1,
              query: {
                expr: `increase(salt_minion_flaps_total{${ONE}}[$__range])`,
                emptyWhen: DETAIL_OFF,
              },
            },
            {
              kind: 'stat',
              title: 'Lost returns',
              description: 'Verdicts on returns of it that never came, in the range.',
              width: 4,
              unit: 'short',
              decimals: 0,
              alarmFrom: 1,
              links: [to('jobs', 'Jobs and losses')],
              query: {
                expr: `sum(increase(salt_minion_lost_returns_total{${ONE}}[$__range]))`,
                emptyWhen: 'None yet',
              },
            },
          ],
        },
        {
          height: 6,
          panels: [
            {
              kind: 'own',
              view: 'flaps',
              title: 'Flaps and queue pressure',
              description: 'Its status, queue, connects, disconnects and drops over time.',
              width: 24,
              queries: [{ queryType: 'timeline', minion: '$minion' }],
            },
          ],
        },
      ],
    },
    {
      title: 'Publish direction',
      bands: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Queue pressure',
              description:
                'Its queue on the publisher as a share of the mark. Drops can begin at half of it, and are certain at 1.',
              width: 8,
              unit: 'percentunit',
              max: 1,
              markAt: 0.5,
              queries: [
                {
                  expr: `salt_minion_queue_pressure_ratio{${ONE}}`,
                  legend: 'pressure',
                  emptyWhen: NO_LEDGER,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Waiting for it',
              description:
                'Bytes in the queue of the publisher, and in the kernel of the master: sent and not acknowledged.',
              width: 8,
              unit: 'bytes',
              queries: [
                {
                  expr: `salt_minion_queue_bytes{${ONE}}`,
                  legend: 'publisher',
                  emptyWhen: NO_LEDGER,
                },
                { expr: `salt_minion_send_queue_bytes{${ONE}}`, legend: 'kernel' },
              ],
            },
            {
              kind: 'graph',
              title: 'Lag',
              description: 'Age of the oldest publish that its host has not acknowledged.',
              width: 8,
              unit: 's',
              queries: [
                { expr: `salt_minion_lag_seconds{${ONE}}`, legend: 'lag', emptyWhen: NO_LEDGER },
              ],
            },
            {
              kind: 'graph',
              title: 'Dropped messages',
              description: 'Publishes it never got: at the mark, or with a link that ended.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (reason) (increase(salt_minion_dropped_messages_total{${ONE}}[$__rate_interval]))`,
                  legend: '{{reason}}',
                  emptyWhen: DETAIL_OFF,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Round trip',
              description: 'Smoothed round trip of its publish link, as the kernel measures it.',
              width: 8,
              unit: 's',
              queries: [
                {
                  expr: `salt_minion_rtt_seconds{${ONE}}`,
                  legend: 'round trip',
                  emptyWhen: 'It has no link.',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Segments sent again',
              description: 'TCP segments that were sent a second time, on both links.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `increase(salt_minion_retransmits_total{${ONE}}[$__rate_interval])`,
                  legend: 'segments',
                  emptyWhen: DETAIL_OFF,
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Return direction',
      bands: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Oldest request waits',
              description: 'Age of its oldest request that the master has not answered.',
              width: 8,
              unit: 's',
              queries: [
                {
                  expr: `salt_minion_request_wait_seconds{${ONE}}`,
                  legend: 'wait',
                  emptyWhen: 'None waits.',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Asked and answered',
              description: 'Bytes on its request link, without heartbeats and handshakes.',
              width: 8,
              unit: 'Bps',
              queries: [
                {
                  expr: `rate(salt_minion_request_bytes_total{${ONE}}[$__rate_interval])`,
                  legend: 'requests',
                  emptyWhen: DETAIL_OFF,
                },
                {
                  expr: `rate(salt_minion_reply_bytes_total{${ONE}}[$__rate_interval])`,
                  legend: 'replies',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Returns, and returns that were lost',
              description: 'Returns by success, and verdicts on those that never came, by link.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (success) (increase(salt_responses_total{${ONE}}[$__rate_interval]))`,
                  legend: 'success {{success}}',
                  emptyWhen: DETAIL_OFF,
                },
                {
                  expr: `sum by (link) (increase(salt_minion_lost_returns_total{${ONE}}[$__rate_interval]))`,
                  legend: 'lost at {{link}}',
                  emptyWhen: 'None was lost.',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'What it rests on',
      bands: [
        {
          height: 8,
          panels: [
            {
              kind: 'table',
              title: 'Identity of its links',
              description: 'By what a connection is known to be this minion’s.',
              width: 8,
              queries: [{ expr: `salt_minion_identity_info{${ONE}}`, emptyWhen: DETAIL_OFF }],
              columns: [
                { label: 'port', title: 'Link' },
                { label: 'basis', title: 'Basis' },
                { label: 'master', title: 'Master' },
              ],
            },
            {
              kind: 'table',
              title: 'Presence by source',
              description:
                'Whether the kernel, Salt’s own presence, and a ping say that it is there.',
              width: 4,
              queries: [{ expr: `salt_minion_presence{${ONE}}`, emptyWhen: DETAIL_OFF }],
              columns: [
                { label: 'source', title: 'Source' },
                { label: 'Value', title: 'There', unit: 'bool_yes_no' },
              ],
            },
            {
              kind: 'own',
              view: 'logs',
              title: 'What happened',
              description: 'Events of this minion that the exporter remembers, newest first.',
              width: 12,
              queries: [{ queryType: 'events', minion: '$minion' }],
            },
          ],
        },
      ],
    },
    beside,
  ],
};
