/** Where Salt logs on this host, and what its configuration keeps from being read there. */
import type { LogComponent } from '../../domain/log-vocabulary.js';
import type { Limitation } from '../../domain/observations.js';
import type { SaltLog } from '../source.js';
import type { SaltMap } from './decode.js';
import { logFileOption, logUnderRoot, textOption } from './paths.js';

export interface SaltLogs {
  readonly master: SaltLog;
  readonly others: readonly SaltLog[];
}

/** `minion`: undefined where there is none. `cachedId`: what stands in `minion_id` beside the configuration. */
export function saltLogs(
  master: SaltMap,
  minion: SaltMap | undefined,
  cachedId: string | undefined,
): SaltLogs {
  const key = textOption(master, 'key_logfile', '/var/log/salt/key');
  const api = textOption(master, 'api_logfile', '/var/log/salt/api');
  return {
    master: saltLog('master', master, logFileOption(master, '/var/log/salt/master')),
    others: [
      ...(minion === undefined ? [] : [minionLog(minion, cachedId)]),
      saltLog('key', master, key),
      saltLog('api', master, api),
    ],
  };
}

function minionLog(minion: SaltMap, cachedId: string | undefined): SaltLog {
  const id = textOption(minion, 'id', cachedId ?? '');
  return {
    ...saltLog('minion', minion, logFileOption(minion, '/var/log/salt/minion')),
    minionId: id === '' ? undefined : id,
    masters: masterCount(minion),
  };
}

function saltLog(component: LogComponent, options: SaltMap, path: string): SaltLog {
  const level = textOption(options, 'log_level', 'warning');
  return {
    component,
    path: logUnderRoot(options, path),
    format: formatOption(options, 'log_fmt_logfile'),
    dateFormat: formatOption(options, 'log_datefmt_logfile'),
    level: textOption(options, 'log_level_logfile', level).toLowerCase(),
    minionId: undefined,
    masters: 1,
  };
}

/** A list is connected to as a whole, unless `master_type` has only one of it in use. */
function masterCount(minion: SaltMap): number {
  const master = minion.get('master');
  const type = textOption(minion, 'master_type', 'str');
  return Array.isArray(master) && type === 'str' ? Math.max(1, master.length) : 1;
}

/** Salt takes an empty one for its own. */
function formatOption(options: SaltMap, name: string): string | undefined {
  const format = textOption(options, name, '');
  return format === '' ? undefined : format;
}

/** Of the master's own log only: the others are a help where there are any. */
export function logLimitations(logs: readonly SaltLog[]): Limitation[] {
  const [master] = logs;
  if (master === undefined) return [];
  const { path, level } = master;
  if (/^[a-z][a-z\d+.-]*:/i.test(path))
    return [
      {
        source: 'logs',
        finding: `log_file: ${path}`,
        consequence:
          'The master sends its log to a syslog and writes no file: its records and named lines are not counted.',
      },
    ];
  if (level !== 'quiet') return [];
  return [
    {
      source: 'logs',
      finding: 'log_level_logfile: quiet',
      consequence: 'The master writes nothing into its log: there is nothing to count.',
    },
  ];
}
