/** What each source sees, and what it cannot: its own sentence, and what the master's configuration keeps from it. */
import type { Epoch, SourceStatus } from '../domain/epoch.js';
import type { LimitationView, SourceState, SourceView } from './api-types.js';

/** Said when links come from /proc: what a reader must not expect then. */
const PROC_CONSEQUENCE: LimitationView = {
  finding: 'netlink is refused, links come from /proc/net/tcp',
  consequence:
    'A connection that lives between two scans is not seen; half-open links, round trips, retransmissions and last acknowledgements are unknown.',
};

/** In the order of the epoch, which is the order of the sources' names. */
export function sourceViews(epoch: Epoch): readonly SourceView[] {
  return epoch.sources.map((status) => sourceView(epoch, status));
}

function sourceView(epoch: Epoch, status: SourceStatus): SourceView {
  const limitations = limitationsOf(epoch, status);
  return {
    source: status.source,
    state: stateOf(status, limitations),
    detail: status.detail,
    lastSuccessMs: status.lastSuccessMs ?? null,
    errors: errorsOf(epoch, status),
    limitations,
  };
}

function limitationsOf(epoch: Epoch, status: SourceStatus): readonly LimitationView[] {
  const configured = (epoch.config?.limitations ?? [])
    .filter((limitation) => limitation.source === status.source)
    .map(({ finding, consequence }) => ({ finding, consequence }));
  const onProc = status.source === 'kernel' && epoch.scanOrigin === 'proc';
  return onProc ? [PROC_CONSEQUENCE, ...configured] : configured;
}

function stateOf(status: SourceStatus, limitations: readonly LimitationView[]): SourceState {
  if (!status.enabled) return 'off';
  if (status.up) return limitations.length === 0 ? 'works' : 'limited';
  // Salt's own feeds are not ours to start: the master's configuration keeps them off.
  if (status.source.startsWith('salt_')) return 'off';
  if (limitations.length > 0) return 'limited';
  return status.lastSuccessMs === undefined && status.detail === '' ? 'starting' : 'blind';
}

function errorsOf(epoch: Epoch, status: SourceStatus): Readonly<Record<string, number>> {
  const errors = new Map(status.errors);
  if (status.source === 'kernel') {
    if (epoch.kernelOverflows > 0) errors.set('overflows', epoch.kernelOverflows);
    if (epoch.kernelEventsLost > 0) errors.set('destroy_events_lost', epoch.kernelEventsLost);
  }
  return Object.fromEntries([...errors].filter(([, count]) => count > 0));
}
