/** What the exporter claims at one instant, read from its /metrics. */
import type { Metrics } from './exporter-child.js';

export interface MinionClaim {
  /** undefined: it has no publish link. */
  readonly known: boolean | undefined;
  readonly hwm: number;
  readonly disconnect: number;
  /** Times that it lost count: the drops of then are in no counter. */
  readonly breaks: number;
  /** undefined: not known. */
  readonly queueBytes: number | undefined;
  readonly queueMessages: number | undefined;
  readonly lagMessages: number | undefined;
}

export interface Claim {
  readonly minions: readonly MinionClaim[];
  readonly gaps: number;
  /** What our subscription counted. */
  readonly messages: number;
  readonly bytes: number;
  readonly fleet: { readonly hwm: number; readonly disconnect: number; readonly allLinks: number };
  /** Drops of links that belong to no minion: there are none here. */
  readonly strangers: { readonly hwm: number; readonly disconnect: number };
}

export function readClaim(metrics: Metrics, ids: readonly string[]): Claim {
  const dropped = (reason: string, peer: string) =>
    metrics.count(`salt_dropped_messages_total{reason="${reason}",peer="${peer}"}`);
  const both = (reason: string) => dropped(reason, 'minion') + dropped(reason, 'unknown');
  return {
    minions: ids.map((id) => minionClaim(metrics, id)),
    gaps: metrics.count('salt_publish_gap_messages_total'),
    messages: metrics.count('salt_publish_messages_total'),
    bytes: metrics.count('salt_publish_bytes_total'),
    fleet: { hwm: both('hwm'), disconnect: both('disconnect'), allLinks: both('all_links') },
    strangers: { hwm: dropped('hwm', 'unknown'), disconnect: dropped('disconnect', 'unknown') },
  };
}

function minionClaim(metrics: Metrics, id: string): MinionClaim {
  const gauge = (name: string) => metrics.get(`${name}{minion="${id}"}`);
  const dropped = (reason: string) =>
    metrics.count(`salt_minion_dropped_messages_total{minion="${id}",reason="${reason}"}`);
  const known = gauge('salt_minion_ledger_known');
  return {
    known: known === undefined ? undefined : known === 1,
    hwm: dropped('hwm'),
    disconnect: dropped('disconnect'),
    breaks: metrics.count(`salt_minion_ledger_breaks_total{minion="${id}"}`),
    queueBytes: gauge('salt_minion_queue_bytes'),
    queueMessages: gauge('salt_minion_queue_messages'),
    lagMessages: gauge('salt_minion_lag_messages'),
  };
}
