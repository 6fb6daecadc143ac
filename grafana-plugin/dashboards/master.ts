/** Master: workers, accept queues, waits, descriptors, configuration and advice. */
import type { Dashboard, Panel } from './model.js';

const M = 'master=~"$master"';

/** A row of the table of sockets, as the exporter knows it. */
export interface SocketRow {
  readonly type: string;
  readonly socket: string;
  readonly atMark: string;
  readonly detail: string;
  readonly mark: string;
  readonly families: readonly string[];
}

function socketTable(rows: readonly SocketRow[]): Panel {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const lines = rows.map(({ type, socket, atMark, detail, mark, families }) => {
    const names = families.map((name) => `\`${name}\``).join('<br>');
    return `| ${[type, socket, `**${atMark}**. ${detail}`, mark].map(cell).join(' | ')} | ${names} |`;
  });
  const head = '| type | socket | at its mark | mark | seen in |\n|---|---|---|---|---|';
  return {
    kind: 'text',
    title: 'Every queue, and what it does at its mark',
    description: 'Of Salt’s ZeroMQ sockets and of its event bus.',
    width: 24,
    markdown: `${head}\n${lines.join('\n')}\n`,
  };
}

export function master(sockets: readonly SocketRow[]): Dashboard {
  return {
    name: 'master',
    title: 'Master',
    description:
      'Whether the master answers: its workers, its accept queues, its limits, its options.',
    variables: ['master'],
    from: 'now-6h',
    sections: [
      {
        title: null,
        bands: [
          { height: 4, panels: figures() },
          { height: 8, panels: [...requests(), ...refusals()] },
        ],
      },
      { title: 'Processes and limits', bands: [{ height: 8, panels: limits() }] },
      { title: 'Configuration and advice', bands: [{ height: 10, panels: configuration() }] },
      { title: 'Queues', bands: [{ height: 14, panels: [socketTable(sockets)] }] },
    ],
  };
}

function figures(): Panel[] {
  return [
    {
      kind: 'stat',
      title: 'Salt',
      description: 'Release and transport of the master.',
      width: 6,
      unit: 'none',
      names: true,
      query: {
        expr: `brinescope_salt_info{${M}}`,
        legend: '{{master_id}} {{version}} {{transport}}',
        emptyWhen: 'The configuration is not known',
      },
    },
    {
      kind: 'stat',
      title: 'Ports that are listened on',
      description: 'Of two: publish and request.',
      width: 4,
      unit: 'short',
      query: {
        expr: `min by (master) (sum by (master) (salt_listener_up{${M}}))`,
        legend: '{{master}}',
      },
    },
    {
      kind: 'stat',
      title: 'Workers',
      description: 'worker_threads in force.',
      width: 4,
      unit: 'short',
      query: {
        expr: `max(salt_master_option{${M}, option="worker_threads"})`,
        emptyWhen: 'The configuration is not known',
      },
    },
    {
      kind: 'stat',
      title: 'Wedged workers',
      description: 'Estimate: from our pings, each of which meets another worker.',
      width: 4,
      unit: 'short',
      alarmFrom: 1,
      query: { expr: `max(salt_wedged_workers{${M}})`, emptyWhen: 'Not known yet' },
    },
    {
      kind: 'stat',
      title: 'Restarts',
      description: 'Of the master, in the range.',
      width: 6,
      unit: 'short',
      decimals: 0,
      alarmFrom: 1,
      query: { expr: `sum(increase(salt_master_restarts_total{${M}}[$__range]))` },
    },
  ];
}

function requests(): Panel[] {
  return [
    {
      kind: 'graph',
      title: 'Requests that wait',
      description: 'Connections with an unanswered request; more than the workers is a queue.',
      width: 8,
      unit: 'short',
      queries: [
        { expr: `sum by (master) (salt_requests_waiting{${M}})`, legend: '{{master}}' },
        {
          expr: `max by (master) (salt_master_option{${M}, option="worker_threads"})`,
          legend: 'workers of {{master}}',
          emptyWhen: 'The configuration is not known.',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Oldest request, and service time',
      description: 'Age of the oldest wait; median and 99th percentile of what was answered.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: `max by (master) (salt_request_wait_max_seconds{${M}})`,
          legend: 'oldest of {{master}}',
          emptyWhen: 'None waits.',
        },
        ...['0.5', '0.99'].map((share) => ({
          expr: `histogram_quantile(${share}, sum by (le) (rate(salt_request_service_seconds_bucket{${M}}[$__rate_interval])))`,
          legend: share === '0.5' ? 'median' : '99 %',
          emptyWhen: 'Nothing was asked.',
        })),
      ],
    },
    {
      kind: 'graph',
      title: 'Pings of our own',
      description:
        'To the request port, unauthenticated: how long an answer takes, and what failed.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.99, sum by (le) (rate(salt_request_ping_seconds_bucket{${M}}[$__rate_interval])))`,
          legend: '99 %',
          emptyWhen: 'None was answered.',
        },
      ],
    },
  ];
}

function refusals(): Panel[] {
  return [
    {
      kind: 'graph',
      title: 'Requests that came to nothing',
      description:
        'Abandoned by who asked, or answered by a handler that raised; pings without answer.',
      width: 8,
      unit: 'short',
      look: 'bars',
      queries: [
        {
          expr: `sum by (peer) (increase(salt_requests_abandoned_total{${M}}[$__rate_interval]))`,
          legend: 'abandoned, {{peer}}',
        },
        {
          expr: `sum by (peer) (increase(salt_requests_failed_total{${M}}[$__rate_interval]))`,
          legend: 'failed, {{peer}}',
        },
        {
          expr: `sum by (result) (increase(salt_request_ping_total{${M}, result!="ok"}[$__rate_interval]))`,
          legend: 'ping {{result}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Accept queues',
      description: 'Connections that wait to be taken, and the most that may.',
      width: 8,
      unit: 'short',
      queries: [
        { expr: `salt_listen_queue_length{${M}}`, legend: '{{master}} {{port}}' },
        { expr: `salt_listen_queue_limit{${M}}`, legend: 'limit {{master}} {{port}}' },
      ],
    },
    {
      kind: 'graph',
      title: 'Connections turned away, listeners that died',
      description:
        'Overflows of accept queues in this network namespace; listening sockets that ended.',
      width: 8,
      unit: 'short',
      look: 'bars',
      queries: [
        {
          expr: `sum(increase(salt_listen_overflows_total{${M}}[$__rate_interval]))`,
          legend: 'turned away',
        },
        {
          expr: `sum by (port) (increase(salt_listener_restarts_total{${M}}[$__rate_interval]))`,
          legend: 'died: {{port}}',
        },
      ],
    },
  ];
}

function limits(): Panel[] {
  return [
    {
      kind: 'graph',
      title: 'Open descriptors',
      description: 'Share of the limit, by process; each minion costs two.',
      width: 8,
      unit: 'percentunit',
      max: 1,
      queries: [
        {
          expr: `salt_master_open_fds{${M}} / salt_master_max_fds{${M}}`,
          legend: '{{process}}',
          emptyWhen: 'The processes of the master cannot be seen.',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Authentications',
      description: 'By what they came to.',
      width: 8,
      unit: 'short',
      look: 'bars',
      queries: [
        {
          expr: `sum by (act, result) (increase(salt_auth_total{${M}}[$__rate_interval]))`,
          legend: '{{act}} {{result}}',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Commands of workers',
      description: 'Requests by command, where master_stats is on.',
      width: 8,
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (cmd) (rate(salt_worker_requests_total{${M}}[$__rate_interval]))`,
          legend: '{{cmd}}',
          emptyWhen: 'master_stats is off.',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'Signals in the logs',
      description: 'Named lines of Salt’s logs that mean trouble.',
      width: 12,
      unit: 'short',
      look: 'bars',
      queries: [
        {
          expr: `sum by (signal) (increase(salt_log_signals_total{${M}}[$__rate_interval])) > 0`,
          legend: '{{signal}}',
          emptyWhen: 'None, or no log is read.',
        },
      ],
    },
    {
      kind: 'graph',
      title: 'ZeroMQ monitor events',
      description: 'As libzmq reports them, by socket and event.',
      width: 12,
      unit: 'short',
      look: 'bars',
      queries: [
        {
          expr: `sum by (socket, event) (increase(zmq_monitor_events_total{${M}}[$__rate_interval])) > 0`,
          legend: '{{socket}} {{event}}',
          emptyWhen: 'None.',
        },
      ],
    },
  ];
}

function configuration(): Panel[] {
  return [
    {
      kind: 'table',
      title: 'Options in force',
      description: 'Numeric options of the master, defaults included.',
      width: 10,
      queries: [{ expr: `salt_master_option{${M}}`, emptyWhen: 'The configuration is not known.' }],
      columns: [
        { label: 'option', title: 'Option' },
        { label: 'master', title: 'Master' },
        { label: 'Value', title: 'Value', unit: 'none' },
      ],
    },
    {
      kind: 'table',
      title: 'Options without effect',
      description: 'They stand in the files, and this release does not read them.',
      width: 6,
      queries: [{ expr: `salt_master_option_ignored{${M}}`, emptyWhen: 'None.' }],
      columns: [
        { label: 'option', title: 'Option' },
        { label: 'master', title: 'Master' },
      ],
    },
    {
      kind: 'graph',
      title: 'Mark: in force and advised',
      description:
        'pub_hwm, what the fleet needed at most, and what is advised from it. The page of the exporter has the reasons.',
      width: 8,
      unit: 'short',
      queries: [
        {
          expr: `max by (master) (salt_publish_hwm_messages{${M}})`,
          legend: 'in force, {{master}}',
          emptyWhen: 'The configuration is not known.',
        },
        {
          expr: `max by (master) (salt_publish_hwm_recommended_messages{${M}})`,
          legend: 'advised, {{master}}',
          emptyWhen: 'Too little was seen.',
        },
        {
          expr: `max by (master) (salt_queue_messages_max{${M}})`,
          legend: 'fullest queue, {{master}}',
          emptyWhen: 'No ledger is known yet.',
        },
      ],
    },
  ];
}
