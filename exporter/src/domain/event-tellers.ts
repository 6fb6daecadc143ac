/** Feed events that are made of more than what the place that notices them has at hand. */
import type { Instant } from '../lib/clock.js';
import { type EventFeed, type FeedEvent, tellEvent } from './event-feed.js';
import type { LossRecord } from './loss-book.js';
import { type Revision, verdictOf } from './loss-vocabulary.js';
import type { MasterConfig, MonitorEvent } from './observations.js';
import type { MonitorEventName, SourceName } from './vocabulary.js';

type Told = { readonly feed: EventFeed };

/** Options of one change that are told one by one. */
const OPTIONS_TOLD = 32;

/** Attempts and handshakes that go well are counters, not news. */
const NOTABLE: readonly MonitorEventName[] = [
  'bind_failed',
  'accept_failed',
  'close_failed',
  'disconnected',
  'monitor_stopped',
  'handshake_failed_no_detail',
  'handshake_failed_protocol',
  'handshake_failed_auth',
];
/** Monitor events told in a second: a tap can be flooded; the counters have all of them. */
const MONITOR_TOLD = 20;

export function tellLoss(state: Told, record: LossRecord): void {
  const verdict = verdictOf(record.verdict);
  if (verdict === undefined) return;
  tellEvent(state, {
    kind: 'loss',
    wallMs: record.decidedWallMs,
    minion: record.id,
    jid: record.jid,
    ...verdict,
    evidence: record.evidence.join(' '),
  });
}

/** A verdict was taken back. */
export function tellRevised(
  state: Told,
  pair: { readonly minion: string | undefined; readonly jid: string | undefined },
  change: { readonly verdict: number; readonly to: Revision; readonly wallMs: number },
): void {
  const verdict = verdictOf(change.verdict);
  if (verdict === undefined) return;
  const why =
    change.to === 'returned' ? 'The return came late. (bus)' : 'Later evidence says otherwise.';
  tellEvent(state, { kind: 'revised', wallMs: change.wallMs, ...pair, ...verdict, evidence: why });
}

/** Whether a source works changed. */
export function tellSource(
  state: Told,
  source: { readonly source: SourceName; readonly up: boolean; readonly detail: string },
  now: Instant,
): void {
  const words = source.up ? 'works' : 'does not work';
  tellEvent(state, {
    kind: 'source',
    wallMs: now.wallMs,
    reason: source.up ? 'up' : 'down',
    evidence: `The source ${source.source} ${words}: ${source.detail}`,
  });
}

/** What the master's files say now and did not say before. */
export function tellConfiguration(
  state: Told,
  { before, after }: { readonly before: MasterConfig | undefined; readonly after: MasterConfig },
  now: Instant,
): void {
  if (before === undefined) return;
  const changes: [string | undefined, string][] = [];
  if (before.version !== after.version) {
    changes.push([undefined, `Salt is ${after.version ?? 'unknown'}, was ${before.version}.`]);
  }
  for (const name of new Set([...before.options.keys(), ...after.options.keys()])) {
    const was = before.options.get(name);
    const is = after.options.get(name);
    if (was !== is) changes.push([name, `${name} is ${is ?? 'not set'}, was ${was ?? 'not set'}.`]);
  }
  for (const [reason, text] of changes.slice(0, OPTIONS_TOLD)) {
    const evidence = `${text} (master configuration)`;
    tellEvent(state, { kind: 'configuration', wallMs: now.wallMs, reason, evidence });
  }
}

/** The exporter itself begins or ends. */
export function feedOfRecorder(reason: 'up' | 'down', now: Instant): FeedEvent {
  const evidence = reason === 'up' ? 'The exporter watches.' : 'The exporter stopped watching.';
  return { kind: 'recorder', wallMs: now.wallMs, reason, evidence };
}

/** Seconds of the monotonic clock in which monitor events were told, and how many. */
export interface MonitorTold {
  second: number;
  count: number;
}

/** `isProbe`: a socket of our own that is made anew for each ping. */
export function tellMonitor(
  state: Told & { readonly monitorTold: MonitorTold },
  event: MonitorEvent & { readonly isProbe: boolean },
  now: Instant,
): void {
  if (event.isProbe || !NOTABLE.includes(event.event)) return;
  const { monitorTold } = state;
  const second = Math.floor(now.monoMs / 1_000);
  if (monitorTold.second !== second) {
    monitorTold.second = second;
    monitorTold.count = 0;
  }
  if (++monitorTold.count > MONITOR_TOLD) return;
  tellEvent(state, {
    kind: 'monitor',
    wallMs: now.wallMs,
    reason: event.event,
    evidence: `${event.source} · ${event.socket}: ${event.event}. (zmq_socket_monitor)`,
  });
}
