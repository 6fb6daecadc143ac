/**
 * What each source sees, and what it cannot: its own sentence, and what the master's configuration
 * keeps from it.
 */
import type { Epoch, SourceStatus } from '../domain/epoch.js';
import { BUS_REJECTS, type SourceName } from '../domain/vocabulary.js';
import type { LimitationView, SourceState, SourceView } from './api-types.js';

/** A source that is silent this soon after the start is starting; later it is down. */
const STARTING_MS = 10_000;
/** Which setting turns a source on. */
const OFF: Readonly<Partial<Record<SourceName, string>>> = {
  request_canary: 'Off: --canary.request.interval is 0.',
  monitor_tap: 'Off: --monitor.tap is not set.',
  minion_exporters: 'Off: --salt.minion-exporters is not set.',
};

/** In the order of the epoch, which is the order of the sources' names. */
export function sourceViews(epoch: Epoch): readonly SourceView[] {
  return epoch.sources.map((status) => sourceView(epoch, status));
}

function sourceView(epoch: Epoch, status: SourceStatus): SourceView {
  const limitations: readonly LimitationView[] = (epoch.config?.limitations ?? [])
    .filter((limitation) => limitation.source === status.source)
    .map(({ finding, consequence }) => ({ finding, consequence }));
  return {
    source: status.source,
    state: stateOf(epoch, status, limitations.length > 0),
    detail: detailOf(status, limitations.length > 0),
    lastSuccessMs: status.lastSuccessMs ?? null,
    errors: errorsOf(epoch, status),
    limitations,
  };
}

/** A source that the configuration limits has no other sentence: it would say the same again. */
function detailOf(status: SourceStatus, limited: boolean): string {
  if (!status.enabled) return OFF[status.source] ?? 'These settings keep it off.';
  return limited ? '' : status.detail;
}

function stateOf(epoch: Epoch, status: SourceStatus, limited: boolean): SourceState {
  if (!status.enabled) return 'off';
  if (status.up) return limited ? 'limited' : 'works';
  // Salt's own feeds are not ours to start: the master's configuration keeps them off.
  if (limited) return status.source.startsWith('salt_') ? 'off' : 'limited';
  // Its fallback and a dump without destroy events count as down in the metric, but they do show
  // links.
  if (status.source === 'kernel' && epoch.links !== undefined) return 'limited';
  const fresh = epoch.at.wallMs - epoch.startedWallMs < STARTING_MS;
  return fresh && status.lastSuccessMs === undefined ? 'starting' : 'down';
}

function errorsOf(epoch: Epoch, status: SourceStatus): Readonly<Record<string, number>> {
  const errors = new Map(status.errors);
  if (status.source === 'kernel') {
    if (epoch.kernelOverflows > 0) errors.set('overflows', epoch.kernelOverflows);
    if (epoch.kernelEventsLost > 0) errors.set('destroy_events_lost', epoch.kernelEventsLost);
  }
  if (status.source === 'event_bus') {
    errors.set('events_dropped', epoch.bus.dropped);
    for (const reason of BUS_REJECTS) errors.set(`${reason}_rejected`, epoch.bus.rejects[reason]);
  }
  return Object.fromEntries([...errors].filter(([, count]) => count > 0));
}
