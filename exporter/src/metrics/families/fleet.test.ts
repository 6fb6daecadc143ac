/** Every family of the fleet and of the exporter itself against series written by hand. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { renderBody } from '../../../../test/golden/render-body.js';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { ALL_GROUPS } from '../catalogue.js';

/**
 * Series by family for the synthetic epoch, written by hand from the contract of names; counters
 * also for an empty one.
 */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  salt_minions: [
    '{status="ok"} 2',
    '{status="slow"} 0',
    '{status="stalled"} 0',
    '{status="half_open"} 1',
    '{status="absent"} 0',
    '{status="stale"} 1',
    '{status="ambiguous"} 1',
    '{status="unknown"} 0',
  ],
  salt_presence_disagreements: [
    '{kind="kernel_not_salt"} 1',
    '{kind="salt_not_kernel"} 0',
    '{kind="kernel_not_ping"} 0',
  ],
  salt_links: perPortAndPeer([3, 2, 1, 3, 0, 0]),
  salt_connects_total: perPortAndPeer([5, 2, 1, 9, 0, 4]),
  salt_disconnects_total: perPortAndPeer([2, 0, 0, 6, 0, 4]),
  salt_flaps_total: [' 2'],
  salt_reconnect_storms_total: [
    '{cause="master_restart"} 1',
    '{cause="publish_daemon"} 0',
    '{cause="network"} 2',
    '{cause="rack"} 0',
    '{cause="unknown"} 0',
  ],
  salt_listener_up: ['{port="publish"} 1', '{port="request"} 0'],
  salt_listener_restarts_total: ['{port="publish"} 1', '{port="request"} 2'],
  salt_master_restarts_total: [' 1'],
  salt_listen_queue_length: ['{port="publish"} 0', '{port="request"} 17'],
  salt_listen_queue_limit: ['{port="publish"} 1000', '{port="request"} 1000'],
  salt_listen_overflows_total: [' 3'],
  salt_keys: [
    '{state="accepted"} 5',
    '{state="pending"} 2',
    '{state="rejected"} 0',
    '{state="denied"} 1',
  ],
  salt_key_oldest_pending_timestamp_seconds: [' 1767236645.678'],
  salt_master_open_fds: ['{process="publish_daemon"} 40', '{process="workers"} 125'],
  salt_master_max_fds: ['{process="publish_daemon"} 100000'],
  salt_publish_messages_total: [' 37000'],
  salt_publish_bytes_total: [' 37333000'],
  salt_publish_gap_messages_total: [' 3'],
  salt_publish_hwm_messages: [' 1000'],
  salt_publish_hwm_recommended_messages: [' 2048'],
  salt_publish_burst_messages_max: [' 700'],
  salt_queue_pressure_max_ratio: [' 0.75'],
  salt_queue_messages_max: [' 750'],
  salt_minions_queue_pressure: [
    '{le="0.1"} 1',
    '{le="0.25"} 1',
    '{le="0.5"} 1',
    '{le="0.75"} 2',
    '{le="0.9"} 2',
    '{le="1"} 2',
  ],
  salt_dropped_messages_total: [
    '{reason="hwm",peer="minion"} 31',
    '{reason="hwm",peer="unknown"} 4',
    '{reason="disconnect",peer="minion"} 2',
    '{reason="disconnect",peer="unknown"} 0',
    '{reason="all_links",peer="minion"} 0',
    '{reason="all_links",peer="unknown"} 3',
  ],
  salt_ledger_breaks_total: [
    '{reason="loss",peer="minion"} 1',
    '{reason="loss",peer="unknown"} 0',
    '{reason="history",peer="minion"} 0',
    '{reason="history",peer="unknown"} 2',
  ],
  salt_requests_waiting: [' 2'],
  salt_request_wait_max_seconds: [' 12.5'],
  salt_requests_abandoned_total: ['{peer="minion"} 1', '{peer="local"} 3', '{peer="unknown"} 0'],
  salt_requests_failed_total: ['{peer="minion"} 0', '{peer="local"} 2', '{peer="unknown"} 0'],
  salt_ghost_jobs_total: ['{confidence="proven"} 1', '{confidence="likely"} 0'],
  salt_wedged_workers: [' 1'],
  salt_event_bus_up: [' 1'],
  salt_event_bus_backlog_bytes: [' 65536'],
  salt_event_bus_rejects_total: [
    '{reason="framing"} 1',
    '{reason="body"} 2',
    '{reason="tag"} 0',
    '{reason="encoding"} 3',
    '{reason="size"} 0',
  ],
  salt_event_bus_reconnects_total: [' 2'],
  salt_event_bus_dropped_total: [' 17'],
  zmq_monitor_last_event_timestamp_seconds: [
    '{source="exporter",socket="publish",event="connected"} 1767323035.678',
    '{source="exporter",socket="publish",event="handshake_succeeded"} 1767323035.688',
    '{source="exporter",socket="publish",event="connect_retried"} 1767323034.678',
    '{source="my \\"device\\"",socket="front",event="accepted"} 1767323045.678',
  ],
  zmq_monitor_peers: [
    '{source="exporter",socket="publish"} 1',
    '{source="exporter",socket="request"} 0',
  ],
  zmq_monitor_retry_interval_seconds: ['{source="exporter",socket="publish"} 0.1'],
  zmq_monitor_rejects_total: [
    '{source="tap",reason="frames"} 1',
    '{source="tap",reason="length"} 0',
    '{source="tap",reason="version"} 0',
    '{source="tap",reason="event"} 2',
    '{source="tap",reason="source"} 0',
  ],
  salt_request_ping_total: ['{result="ok"} 4', '{result="timeout"} 1', '{result="error"} 0'],
  salt_master_option: ['{option="pub_hwm"} 1000', '{option="worker_threads"} 5'],
  salt_master_option_ignored: ['{option="salt_event_pub_hwm"} 1'],
  brinescope_salt_info: [
    '{version="3008.5",transport="zeromq",zmq_filtering="false",master_id="saltmaster_master"} 1',
  ],
  brinescope_build_info: ['{version="0.1.0",node="20.0.0",libzmq="4.3.5"} 1'],
  brinescope_config_last_reload_successful: [' 1'],
  brinescope_config_last_reload_success_timestamp_seconds: [' 1767315845.678'],
  brinescope_source_up: ['{source="kernel"} 1', '{source="inventory"} 0'],
  brinescope_source_last_success_timestamp_seconds: ['{source="kernel"} 1767323045.578'],
  brinescope_source_errors_total: [
    '{source="kernel",reason="refused"} 0',
    '{source="kernel",reason="torn_dump"} 2',
  ],
  brinescope_scan_interval_seconds: [' 1'],
  brinescope_kernel_overflows_total: [' 1'],
  brinescope_kernel_events_lost_total: [' 12'],
  brinescope_state_entries: ['{map="links"} 9', '{map="minions"} 5'],
  brinescope_state_evicted_total: ['{map="links"} 0'],
  brinescope_scrapes_total: ['complete', 'client_gone', 'timeout', 'busy', 'failed'].map(
    (result) => `{result="${result}"} 0`,
  ),
  brinescope_history_up: [' 1'],
  brinescope_history_bytes: [' 57344'],
  brinescope_history_dropped_total: [' 3'],
  brinescope_event_lines_up: [' 1'],
  brinescope_event_lines_written_total: [' 1234'],
  brinescope_event_lines_dropped_total: [' 5'],
};

/** Families with a test of their own below or beside this one, and the report on the groups (exposition.test.ts). */
const APART = [
  'salt_log_messages_total',
  'salt_log_signals_total',
  'salt_log_readable',
  'salt_log_read_bytes_total',
  'salt_log_skipped_bytes_total',
  'zmq_monitor_events_total',
  'salt_request_ping_seconds',
  'salt_request_service_seconds',
  'salt_event_bus_lag_seconds',
  'brinescope_scan_seconds',
  'brinescope_group_success',
  'brinescope_group_duration_seconds',
];

function perPortAndPeer(values: readonly number[]): readonly string[] {
  const pairs = ['publish', 'request'].flatMap((port) =>
    ['minion', 'unknown', 'own'].map((peer) => `{port="${port}",peer="${peer}"}`),
  );
  return pairs.map((labels, i) => `${labels} ${values[i]}`);
}

/** Groups with a test of their own. */
const ELSEWHERE = ['local', 'jobs', 'events', 'losses', 'shared_jobs', 'canary_jobs'];

describe('families of the fleet and of the exporter itself', () => {
  it('are all in the table of this test', () => {
    const groups = ALL_GROUPS.filter(({ name }) => !ELSEWHERE.includes(name));
    const families = groups.flatMap((group) => group.families);
    const fleet = families.filter(({ kind }) => kind === 'scalar' || kind === 'histogram');
    const names = fleet.map((family) => family.name);
    expect([...Object.keys(EXPECTED), ...APART].sort()).toEqual(names.sort());
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, lines) => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, name)).toEqual(lines);
  });

  it('exist at 0 as counters before anything happened, and not at all as gauges', async () => {
    const { body } = await renderBody(emptyEpoch(), {
      reload: () => undefined,
      history: () => ({ state: 'off', bytes: null, dropped: 0 }),
      eventLines: () => undefined,
    });
    const needSomething = [
      'salt_listen_overflows_total',
      'zmq_monitor_rejects_total',
      'brinescope_source_errors_total',
      'brinescope_state_evicted_total',
    ];
    for (const [name, lines] of Object.entries(EXPECTED)) {
      if (name === 'brinescope_build_info') continue;
      const starts = name.endsWith('_total') && !needSomething.includes(name);
      const zeros = lines.map((line) => line.replace(/ [^ ]+$/, ' 0'));
      expect([name, seriesOf(body, name)]).toEqual([name, starts ? zeros : []]);
    }
  });

  it('zmq_monitor_events_total has every event of every socket, also of one that was silent', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const lines = seriesOf(body, 'zmq_monitor_events_total');
    expect(lines).toHaveLength(3 * 15);
    expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([
      '{source="exporter",socket="publish",event="connected"} 2',
      '{source="exporter",socket="publish",event="connect_retried"} 3',
      '{source="exporter",socket="publish",event="handshake_succeeded"} 2',
      '{source="my \\"device\\"",socket="front",event="accepted"} 1',
    ]);
    const silent = lines.filter((line) => line.includes('socket="request"'));
    expect(silent).toHaveLength(15);
  });

  it('salt_request_ping_seconds counts each ping once', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_request_ping_seconds_bucket').slice(0, 4)).toEqual([
      '{le="0.005"} 2',
      '{le="0.01"} 2',
      '{le="0.025"} 2',
      '{le="0.05"} 3',
    ]);
    expect(seriesOf(body, 'salt_request_ping_seconds_bucket').at(-1)).toBe('{le="+Inf"} 4');
    expect(seriesOf(body, 'salt_request_ping_seconds_count')).toEqual([' 4']);
    expect(seriesOf(body, 'salt_request_ping_seconds_sum')).toEqual([' 20.039']);
  });

  it('salt_event_bus_lag_seconds counts each event that has a stamp', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const buckets = seriesOf(body, 'salt_event_bus_lag_seconds_bucket');
    expect(buckets.slice(0, 2)).toEqual(['{le="0.001"} 1', '{le="0.0025"} 2']);
    expect(buckets.slice(-2)).toEqual(['{le="60.0"} 2', '{le="+Inf"} 2']);
  });

  it('salt_request_service_seconds counts each answered request once', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const buckets = seriesOf(body, 'salt_request_service_seconds_bucket');
    expect([buckets[0], buckets[1], buckets[2]]).toEqual([
      '{le="0.008"} 1',
      '{le="0.016"} 1',
      '{le="0.032"} 3',
    ]);
    expect(buckets.slice(-2)).toEqual(['{le="32.768"} 3', '{le="+Inf"} 4']);
  });

  it('brinescope_scan_seconds counts each scan once', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'brinescope_scan_seconds_bucket')).toEqual([
      '{le="0.001"} 0',
      '{le="0.01"} 2',
      '{le="0.1"} 3',
      '{le="1.0"} 3',
      '{le="+Inf"} 3',
    ]);
    expect(seriesOf(body, 'brinescope_scan_seconds_count')).toEqual([' 3']);
  });

  it('brinescope_salt_info says unknown for what could not be found out', async () => {
    const { config } = syntheticEpoch();
    if (config === undefined) throw new Error('the synthetic epoch has a configuration');
    const unknown = { ...config, version: undefined, masterId: undefined, zmqFiltering: true };
    const { body } = await renderBody(syntheticEpoch({ config: unknown }));
    expect(seriesOf(body, 'brinescope_salt_info')).toEqual([
      '{version="unknown",transport="zeromq",zmq_filtering="true",master_id="unknown"} 1',
    ]);
  });

  it('brinescope_config_last_reload_successful is 0 after a bad file', async () => {
    const reload = () => ({ successful: false, lastSuccessWallMs: 1000 });
    const { body } = await renderBody(syntheticEpoch(), { reload });
    expect(seriesOf(body, 'brinescope_config_last_reload_successful')).toEqual([' 0']);
    expect(seriesOf(body, 'brinescope_config_last_reload_success_timestamp_seconds')).toEqual([
      ' 1',
    ]);
  });
});
