/** The demo's reading of the exporter's figures. */
import { describe, expect, it } from 'vitest';
import { statusLine, sumSamples } from './narrative.js';

const BODY = `# HELP salt_minions Minions by status.
# TYPE salt_minions gauge
salt_minions{status="ok"} 230
salt_minions{status="half_open"} 2
salt_minions{status="absent"} 0
salt_minions_queue_pressure{le="0.1"} 99
salt_flaps_total 17
salt_reconnect_storms_total{cause="rack"} 1
salt_reconnect_storms_total{cause="network"} 0
salt_master_restarts_total 3
salt_lost_returns_total{link="2",reason="no_link",confidence="proven"} 6
salt_lost_returns_total{link="3",reason="host_gone",confidence="proven"} 1
salt_loss_verdicts_revised_total{link="3",reason="host_gone",to="returned"} 2
`;

describe('reading /metrics', () => {
  it('sums the samples of one family and of no other that begins alike', () => {
    expect(sumSamples(BODY, 'salt_minions')).toBe(232);
    expect(sumSamples(BODY, 'salt_minions', ['status="ok"'])).toBe(230);
    expect(sumSamples(BODY, 'salt_keys')).toBeUndefined();
  });

  it('says in one line what is and what the exporter sees', () => {
    expect(statusLine(BODY, 236)).toBe(
      '236 really connected | exporter: 230 ok, 2 half_open | 17 flaps, 1 storms, 3 master restarts, 5 returns lost',
    );
  });
});
