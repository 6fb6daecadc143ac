/** Publisher and queues: what goes out, whom it waits for, what is dropped, and what mark would do. */
import type { Dashboard } from './model.js';
import { DETAIL_OFF, MINION_OF_ROW, NO_LEDGER } from './words.js';

const M = 'master=~"$master"';

export const queues: Dashboard = {
  name: 'queues',
  title: 'Publisher and queues',
  description:
    'Each minion has a queue of its own on the publisher; at its mark Salt drops silently. Here is what it drops, for whom, and how near the others are.',
  variables: ['master'],
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
              title: 'Mark in force',
              description: 'pub_hwm: messages that may wait for one minion.',
              width: 4,
              unit: 'short',
              query: {
                expr: `max(salt_publish_hwm_messages{${M}})`,
                emptyWhen: 'The configuration is not known',
              },
            },
            {
              kind: 'stat',
              title: 'Mark advised',
              description: 'What the bursts and queues that were seen ask for.',
              width: 4,
              unit: 'short',
              query: {
                expr: `max(salt_publish_hwm_recommended_messages{${M}})`,
                emptyWhen: 'Too little was seen',
              },
            },
            {
              kind: 'stat',
              title: 'Largest burst',
              description: 'Most messages within a second since the exporter began.',
              width: 4,
              unit: 'short',
              query: { expr: `max(salt_publish_burst_messages_max{${M}})`, emptyWhen: 'None seen' },
            },
            {
              kind: 'stat',
              title: 'Fullest queue',
              description: 'Of any minion now, as a share of the mark.',
              width: 4,
              unit: 'percentunit',
              alarmFrom: 0.5,
              query: {
                expr: `max(salt_queue_pressure_max_ratio{${M}})`,
                emptyWhen: 'No ledger is known yet',
              },
            },
            {
              kind: 'stat',
              title: 'Dropped at the mark',
              description: 'Messages in the range, for minions and for links of nobody we know.',
              width: 4,
              unit: 'short',
              decimals: 0,
              alarmFrom: 1,
              query: {
                expr: `sum(increase(salt_dropped_messages_total{${M}, reason="hwm"}[$__range]))`,
              },
            },
            {
              kind: 'stat',
              title: 'Lost with links that ended',
              description:
                'Messages that were queued or under way when a link ended, in the range.',
              width: 4,
              unit: 'short',
              decimals: 0,
              alarmFrom: 1,
              query: {
                expr: `sum(increase(salt_dropped_messages_total{${M}, reason="disconnect"}[$__range]))`,
              },
            },
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Published messages',
              description: 'What the publisher put on the wire, counted by our own subscription.',
              width: 8,
              unit: 'cps',
              queries: [
                {
                  expr: `sum by (master) (rate(salt_publish_messages_total{${M}}[$__rate_interval]))`,
                  legend: '{{master}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Published bytes',
              description: 'Of one copy; each link carries its own.',
              width: 8,
              unit: 'Bps',
              queries: [
                {
                  expr: `sum by (master) (rate(salt_publish_bytes_total{${M}}[$__rate_interval]))`,
                  legend: '{{master}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Fullest queue of any minion',
              description: 'Share of the mark. From the line on drops can begin.',
              width: 8,
              unit: 'percentunit',
              max: 1,
              markAt: 0.5,
              queries: [
                {
                  expr: `max by (master) (salt_queue_pressure_max_ratio{${M}})`,
                  legend: '{{master}}',
                  emptyWhen: NO_LEDGER,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Dropped messages by reason',
              description:
                'hwm: the queue stood at the mark. disconnect: the link ended. all_links: the publish daemon died.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (reason, peer) (increase(salt_dropped_messages_total{${M}}[$__rate_interval]))`,
                  legend: '{{reason}}, {{peer}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Queues fuller than …',
              description: 'Minions whose queue is above that share of the mark.',
              width: 8,
              unit: 'short',
              queries: ['0.1', '0.5', '0.9'].map((le) => ({
                expr: `sum(salt_minions_queue_pressure{${M}, le="1"}) - sum(salt_minions_queue_pressure{${M}, le="${le}"})`,
                legend: `${Number(le) * 100} %`,
                emptyWhen: NO_LEDGER,
              })),
            },
            {
              kind: 'graph',
              title: 'Ledgers that are exact',
              description:
                'Minions whose delivery figures are exact now; gaps are publishes that our own subscription missed.',
              width: 8,
              unit: 'short',
              queries: [
                {
                  expr: `sum(salt_minion_ledger_known{${M}})`,
                  legend: 'exact',
                  emptyWhen: DETAIL_OFF,
                },
                {
                  expr: `sum(increase(salt_publish_gap_messages_total{${M}}[$__rate_interval]))`,
                  legend: 'gaps',
                },
                {
                  expr: `sum(increase(salt_ledger_breaks_total{${M}}[$__rate_interval]))`,
                  legend: 'breaks',
                },
              ],
            },
          ],
        },
        {
          height: 9,
          panels: [
            {
              kind: 'table',
              title: 'Fullest queues',
              description: 'Messages that wait on the publisher, and how long until the mark.',
              width: 12,
              queries: [
                {
                  expr: `topk(20, salt_minion_queue_messages{${M}} > 0)`,
                  emptyWhen: 'Nothing waits for anybody.',
                },
              ],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_ROW },
                { label: 'master', title: 'Master' },
                { label: 'Value', title: 'Messages', unit: 'short' },
              ],
            },
            {
              kind: 'table',
              title: 'Soonest to drop',
              description: 'Forecast from the growth of the queue.',
              width: 6,
              queries: [
                {
                  expr: `bottomk(20, salt_minion_seconds_to_drop{${M}})`,
                  emptyWhen: 'No queue grows.',
                },
              ],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_ROW },
                { label: 'Value', title: 'Until it drops', unit: 's' },
              ],
            },
            {
              kind: 'table',
              title: 'Most dropped',
              description: 'Messages that minions never got, in the range.',
              width: 6,
              queries: [
                {
                  expr: `topk(20, sum by (master, minion) (increase(salt_minion_dropped_messages_total{${M}}[$__range])) > 0)`,
                  emptyWhen: 'Nothing was dropped.',
                },
              ],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_ROW },
                { label: 'Value', title: 'Dropped', unit: 'short' },
              ],
            },
          ],
        },
      ],
    },
  ],
};
