/** Fleet: who is there, who is in trouble, and since when. */
import type { Dashboard } from './model.js';
import { DETAIL_OFF, LINK_COLOURS, MINION_OF_ROW, NOBODY, STATUS_COLOURS, to } from './words.js';

const M = 'master=~"$master"';
const TROUBLED = 'slow|stalled|half_open|absent';

export const fleet: Dashboard = {
  name: 'fleet',
  title: 'Fleet',
  description: 'Who is connected, who flaps, whose queue fills, and what got lost.',
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
              title: 'Connected',
              description:
                'Minions with a publish link that is their own: ok, slow, stalled and half open ones.',
              width: 4,
              unit: 'short',
              query: {
                expr: `sum(salt_minions{${M}, status=~"ok|slow|stalled|half_open"})`,
                emptyWhen: 'The keys were not read yet.',
              },
            },
            {
              kind: 'stat',
              title: 'In trouble',
              description: 'Minions that are slow, stalled, half open or absent now.',
              width: 4,
              unit: 'short',
              alarmFrom: 1,
              query: {
                expr: `sum(salt_minions{${M}, status=~"${TROUBLED}"})`,
                emptyWhen: 'The keys were not read yet.',
              },
            },
            {
              kind: 'stat',
              title: 'Not known',
              description:
                'Minions of which nothing can be said: one address for several (ambiguous), or nothing decides (unknown). Neither well nor absent.',
              width: 4,
              unit: 'short',
              query: {
                expr: `sum(salt_minions{${M}, status=~"ambiguous|unknown"})`,
                emptyWhen: 'The keys were not read yet.',
              },
            },
            {
              kind: 'stat',
              title: 'Dropped messages',
              description:
                'Publishes that were lost on their way in the range shown, at the mark or with a link that ended.',
              width: 4,
              unit: 'short',
              decimals: 0,
              alarmFrom: 1,
              links: [to('queues', 'Publisher and queues')],
              query: {
                expr: `sum(increase(salt_dropped_messages_total{${M}, peer="minion"}[$__range]))`,
              },
            },
            {
              kind: 'stat',
              title: 'Missing returns',
              description: 'Returns that were expected and did not come in the range shown.',
              width: 4,
              unit: 'short',
              decimals: 0,
              alarmFrom: 1,
              links: [to('jobs', 'Jobs and losses')],
              query: { expr: `sum(increase(salt_missing_returns_total{${M}}[$__range]))` },
            },
            {
              kind: 'stat',
              title: 'Oldest request waits',
              description: 'Age of the oldest request to the master without an answer.',
              width: 4,
              unit: 's',
              alarmFrom: 5,
              links: [to('master', 'Master')],
              query: {
                expr: `max(salt_request_wait_max_seconds{${M}})`,
                emptyWhen: 'None waits',
              },
            },
          ],
        },
        {
          height: 15,
          panels: [
            {
              kind: 'own',
              view: 'flaps',
              title: 'Flaps and queue pressure',
              description:
                'One row per minion, folded by the exporter: its status as colour and pattern, its queue as height, connects, disconnects and drops as marks.',
              width: 24,
              queries: [{ queryType: 'timeline' }],
            },
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Minions by status',
              description: 'All but the ones that are ok, which would hide them.',
              width: 8,
              unit: 'short',
              look: 'stacked',
              colours: STATUS_COLOURS,
              queries: [
                {
                  expr: `sum by (status) (salt_minions{${M}, status!="ok"})`,
                  legend: '{{status}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Disconnects and flaps',
              description:
                'Ended publish links of minions, and those that came back within the flap window (120 s unless set).',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum(increase(salt_disconnects_total{${M}, port="publish", peer="minion"}[$__rate_interval]))`,
                  legend: 'disconnects',
                },
                {
                  expr: `sum(increase(salt_flaps_total{${M}}[$__rate_interval]))`,
                  legend: 'flaps',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Lost returns by link',
              description:
                'Verdicts on returns that never came, by the link of the path that lost them.',
              width: 8,
              unit: 'short',
              look: 'bars',
              colours: LINK_COLOURS,
              links: [to('jobs', 'Jobs and losses')],
              queries: [
                {
                  expr: `sum by (link) (increase(salt_lost_returns_total{${M}}[$__rate_interval]))`,
                  legend: '{{link}}',
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
              title: 'Minions in trouble now',
              description: 'Each leads to its own dashboard.',
              width: 8,
              queries: [
                {
                  expr: `salt_minion_status{${M}, status=~"${TROUBLED}"} == 1`,
                  emptyWhen: DETAIL_OFF,
                },
              ],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_ROW },
                { label: 'status', title: 'Status' },
                { label: 'master', title: 'Master' },
              ],
            },
            {
              kind: 'table',
              title: 'Most flaps',
              description: 'Minions whose links ended and came back most often in the range.',
              width: 8,
              queries: [
                {
                  expr: `topk(20, increase(salt_minion_flaps_total{${M}}[$__range]) > 0)`,
                  emptyWhen: DETAIL_OFF,
                },
              ],
              columns: [
                { label: 'minion', title: 'Minion', link: MINION_OF_ROW },
                { label: 'master', title: 'Master' },
                { label: 'Value', title: 'Flaps', unit: 'short' },
              ],
            },
            {
              kind: 'table',
              title: 'Alerts that fire',
              description: 'Of the rules that come with Brinescope.',
              width: 8,
              queries: [
                {
                  expr: `ALERTS{alertstate="firing", alertname=~"(Salt|Brinescope).*", alertname!="BrinescopeDeadman"}`,
                  emptyWhen: 'None fires, or Prometheus has no rules of Brinescope.',
                },
              ],
              columns: [
                { label: 'alertname', title: 'Alert' },
                { label: 'severity', title: 'Severity' },
                { label: 'master', title: 'Master' },
                { label: 'minion', title: 'Minion' },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Presence, keys and storms',
      bands: [
        {
          height: 7,
          panels: [
            {
              kind: 'graph',
              title: 'Presence that two sources see differently',
              description:
                'Minions that the kernel sees and Salt does not, the reverse, and minions with a link that do not answer.',
              width: 8,
              unit: 'short',
              queries: [
                {
                  expr: `sum by (kind) (salt_presence_disagreements{${M}})`,
                  legend: '{{kind}}',
                  emptyWhen: NOBODY,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Keys',
              description: 'Keys of the master by state.',
              width: 8,
              unit: 'short',
              queries: [{ expr: `sum by (state) (salt_keys{${M}})`, legend: '{{state}}' }],
            },
            {
              kind: 'graph',
              title: 'Reconnect storms',
              description: 'Many minions that lost their links together, by what caused it.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (cause) (increase(salt_reconnect_storms_total{${M}}[$__rate_interval]))`,
                  legend: '{{cause}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'The same from Prometheus alone',
      collapsed: true,
      bands: [
        {
          height: 15,
          panels: [
            {
              kind: 'series',
              view: 'flaps',
              title: 'Flaps and queue pressure',
              description:
                'From series of single minions: up to 1,000 minions, the worst of them beyond that. Needs --metrics.detail=all.',
              width: 24,
              queries: [
                { expr: `salt_minion_status{${M}}`, emptyWhen: DETAIL_OFF },
                { expr: `salt_minion_queue_pressure_ratio{${M}}`, emptyWhen: DETAIL_OFF },
                { expr: `salt_minion_disconnects_total{${M}}`, emptyWhen: DETAIL_OFF },
                { expr: `salt_minion_flaps_total{${M}}`, emptyWhen: DETAIL_OFF },
                { expr: `salt_minion_dropped_messages_total{${M}}`, emptyWhen: DETAIL_OFF },
                { expr: `salt_master_restarts_total{${M}}` },
                { expr: `salt_publish_hwm_messages{${M}}` },
              ],
            },
          ],
        },
      ],
    },
  ],
};
