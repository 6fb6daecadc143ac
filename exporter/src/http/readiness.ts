/**
 * Whether the figures may be relied on yet, and if not: which source is missing and what to do
 * about it.
 */
import type { Epoch } from '../domain/epoch.js';
import type { Limitation } from '../domain/observations.js';
import type { SourceName } from '../domain/vocabulary.js';
import type { NotReadyReason, ReadyReport } from './api-types.js';

interface Condition {
  readonly source: SourceName;
  readonly met: (epoch: Epoch) => boolean;
  readonly missing: string;
  readonly action: string;
}

const CONDITIONS: readonly Condition[] = [
  {
    source: 'master_config',
    // Without its files Salt's defaults are assumed: the ports, and so everything else, may be wrong.
    met: (epoch) => epoch.config !== undefined && !isDown(epoch, 'master_config'),
    missing: 'The master’s configuration was not read yet.',
    action:
      'Check that --salt.config-dir names the directory that holds the file "master", and that this user may read it.',
  },
  {
    source: 'inventory',
    met: (epoch) => epoch.keys !== undefined,
    missing: 'The master’s keys were not read yet.',
    action:
      'Check that this user may list pki_dir/minions and read the minion cache: run as the master’s user or in its group.',
  },
  {
    source: 'kernel',
    met: (epoch) => epoch.links !== undefined,
    missing: 'No complete scan of the publish and request ports.',
    action:
      'Check that this process shares the master’s network namespace and that netlink or /proc/net/tcp is open to it.',
  },
];

/** Of an exporter of role minion: it has no keys to read, and no listeners to see. */
const LOCAL_CONDITIONS: readonly Condition[] = [
  {
    source: 'kernel',
    met: (epoch) =>
      epoch.local?.masters.every(({ publishLinks }) => publishLinks !== undefined) ?? false,
    missing: "No complete scan of the connections to the masters' ports.",
    action:
      'Check that this process shares the network namespace of the minion and that netlink or /proc/net/tcp is open to it.',
  },
];

/**
 * Ready = master configuration and inventory read, and one complete scan by netlink or by its
 * fallback, /proc.
 */
export function readiness(epoch: Epoch): ReadyReport {
  const conditions = epoch.local === undefined ? CONDITIONS : LOCAL_CONDITIONS;
  const reasons = conditions
    .filter((condition) => !condition.met(epoch))
    .map((condition) => reasonOf(epoch, condition));
  return { ready: reasons.length === 0, reasons };
}

function isDown(epoch: Epoch, source: SourceName): boolean {
  return epoch.sources.some((status) => status.source === source && !status.up);
}

/** The report as lines of text. */
export function readinessText(report: ReadyReport): string {
  if (report.ready) return 'Brinescope is ready.\n';
  const lines = report.reasons.map(
    ({ source, reason, action }) => `${source}: ${reason} ${action}`,
  );
  return `Brinescope is not ready.\n${lines.join('\n')}\n`;
}

function reasonOf(epoch: Epoch, condition: Condition): NotReadyReason {
  const { source, missing, action } = condition;
  const limitations = epoch.config?.limitations.filter((limit) => limit.source === source) ?? [];
  if (limitations.length > 0) return { source, ...limitedReason(limitations) };
  const status = epoch.sources.find((entry) => entry.source === source);
  const own = status === undefined || status.up ? '' : status.detail.trim();
  return { source, reason: own === '' ? missing : `${missing} ${sentence(own)}`, action };
}

/** Waiting or other rights would not help: the master itself is set up so. */
function limitedReason(limitations: readonly Limitation[]): Omit<NotReadyReason, 'source'> {
  return {
    reason: limitations.map((limit) => `${limit.finding}: ${limit.consequence}`).join(' '),
    action: 'Check the master’s configuration: as it stands this stays so.',
  };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
