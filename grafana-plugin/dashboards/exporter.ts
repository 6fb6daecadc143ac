/** Exporter: whether it sees what it is made to see, and what it costs. */
import type { Dashboard } from './model.js';

const M = 'master=~"$master"';

export const exporter: Dashboard = {
  name: 'exporter',
  title: 'Exporter',
  description: 'The exporter itself: its sources, its scans, its memory, its history.',
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
              title: 'Scraped',
              description: 'Exporters that Prometheus reaches, of those it knows.',
              width: 4,
              unit: 'percentunit',
              query: { expr: `avg(up{job="brinescope", ${M}})` },
            },
            {
              kind: 'stat',
              title: 'Version',
              description: 'Of the exporter.',
              width: 4,
              unit: 'none',
              names: true,
              query: { expr: `brinescope_build_info{${M}}`, legend: '{{version}}' },
            },
            {
              kind: 'stat',
              title: 'Sources that do not work',
              description: 'The table below names them.',
              width: 4,
              unit: 'short',
              alarmFrom: 1,
              query: { expr: `sum(1 - brinescope_source_up{${M}})` },
            },
            {
              kind: 'stat',
              title: 'Scan interval',
              description: 'Cadence in force; a busy exporter scans less often.',
              width: 4,
              unit: 's',
              query: {
                expr: `max(brinescope_scan_interval_seconds{${M}})`,
                emptyWhen: 'No scan yet',
              },
            },
            {
              kind: 'stat',
              title: 'Memory',
              description: 'Resident.',
              width: 4,
              unit: 'bytes',
              query: { expr: `max(process_resident_memory_bytes{${M}})` },
            },
            {
              kind: 'stat',
              title: 'History on disk',
              description: 'Of the limit that --history.max-bytes sets.',
              width: 4,
              unit: 'bytes',
              query: {
                expr: `max(brinescope_history_bytes{${M}})`,
                emptyWhen: 'There is no history',
              },
            },
          ],
        },
        {
          height: 9,
          panels: [
            {
              kind: 'table',
              title: 'Sources',
              description:
                'Each works (yes), or is down, off or limited: the page of the exporter says why.',
              width: 8,
              queries: [{ expr: `brinescope_source_up{${M}}` }],
              columns: [
                { label: 'source', title: 'Source' },
                { label: 'master', title: 'Master' },
                { label: 'Value', title: 'Works', unit: 'bool_yes_no' },
              ],
            },
            {
              kind: 'graph',
              title: 'Errors of sources',
              description: 'Failures and rejects by source and reason.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                {
                  expr: `sum by (source, reason) (increase(brinescope_source_errors_total{${M}}[$__rate_interval])) > 0`,
                  legend: '{{source}}: {{reason}}',
                  emptyWhen: 'None.',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Scans',
              description: 'Median and 99th percentile of one look at the kernel.',
              width: 8,
              unit: 's',
              queries: ['0.5', '0.99'].map((share) => ({
                expr: `histogram_quantile(${share}, sum by (le) (rate(brinescope_scan_seconds_bucket{${M}}[$__rate_interval])))`,
                legend: share === '0.5' ? 'median' : '99 %',
                emptyWhen: 'No scan yet.',
              })),
            },
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Processor time',
              description: 'Of one core.',
              width: 8,
              unit: 'percentunit',
              queries: [
                {
                  expr: `rate(process_cpu_seconds_total{${M}}[$__rate_interval])`,
                  legend: '{{master}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Memory',
              description: 'Resident.',
              width: 8,
              unit: 'bytes',
              queries: [{ expr: `process_resident_memory_bytes{${M}}`, legend: '{{master}}' }],
            },
            {
              kind: 'graph',
              title: 'Event bus: lag',
              description: 'From Salt’s stamp until the event was here, 99th percentile.',
              width: 8,
              unit: 's',
              queries: [
                {
                  expr: `histogram_quantile(0.99, sum by (le) (rate(salt_event_bus_lag_seconds_bucket{${M}}[$__rate_interval])))`,
                  legend: '99 %',
                  emptyWhen: 'No event came.',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Events of Salt',
              description: 'By kind.',
              width: 8,
              unit: 'cps',
              queries: [
                {
                  expr: `sum by (kind) (rate(salt_events_total{${M}}[$__rate_interval])) > 0`,
                  legend: '{{kind}}',
                  emptyWhen: 'No event came.',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'What was thrown away',
              description:
                'Events of the bus, writes of the history, news of the kernel, entries of full maps, bytes of logs.',
              width: 8,
              unit: 'short',
              look: 'bars',
              queries: [
                ['salt_event_bus_dropped_total', 'bus'],
                ['brinescope_history_dropped_total', 'history'],
                ['brinescope_kernel_events_lost_total', 'kernel'],
                ['brinescope_state_evicted_total', 'maps'],
                ['salt_log_skipped_bytes_total', 'logs (bytes)'],
              ].map(([family = '', legend = '']) => ({
                expr: `sum(increase(${family}{${M}}[$__rate_interval]))`,
                legend,
                emptyWhen: 'Nothing.',
              })),
            },
            {
              kind: 'graph',
              title: 'Sizes of what could grow',
              description: 'Entries by map.',
              width: 8,
              unit: 'short',
              queries: [{ expr: `brinescope_state_entries{${M}}`, legend: '{{map}}' }],
            },
            {
              kind: 'graph',
              title: 'Groups of metrics',
              description: 'Time that each took in the last scrape.',
              width: 12,
              unit: 's',
              queries: [{ expr: `brinescope_group_duration_seconds{${M}}`, legend: '{{group}}' }],
            },
            {
              kind: 'table',
              title: 'Groups that fail',
              description: 'One that fails is left out of the scrape, and the rest is served.',
              width: 6,
              queries: [{ expr: `brinescope_group_success{${M}} == 0`, emptyWhen: 'None.' }],
              columns: [
                { label: 'group', title: 'Group' },
                { label: 'master', title: 'Master' },
              ],
            },
            {
              kind: 'table',
              title: 'Configuration',
              description: 'Whether the last reload was taken.',
              width: 6,
              queries: [{ expr: `brinescope_config_last_reload_successful{${M}}` }],
              columns: [
                { label: 'master', title: 'Master' },
                { label: 'Value', title: 'Taken', unit: 'bool_yes_no' },
              ],
            },
          ],
        },
      ],
    },
  ],
};
