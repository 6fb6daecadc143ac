/** One look at a master's configuration: its files, its version, and what follows from both. */
import { join } from 'node:path';
import type { MasterConfig } from '../../domain/observations.js';
import { readRegularFile } from '../../lib/regular-file.js';
import type { MasterFacts } from '../source.js';
import { masterView } from './facts.js';
import { type ConfigProblem, readSaltFiles, type SaltFiles } from './merge.js';
import { findSaltVersion, SYSTEM_PLACES, type VersionPlaces } from './version.js';

export interface Discovery {
  readonly facts: MasterFacts;
  readonly config: MasterConfig;
  /** Files and options that do not count as they stand, and why; with a `fatal` one Salt itself would not start. */
  readonly problems: readonly ConfigProblem[];
  /** False when there is no file `master`: everything is Salt's default. */
  readonly found: boolean;
  /** Files as they were read, and what to watch. */
  readonly files: Pick<SaltFiles, 'stamp' | 'directories'>;
}

export interface DiscoverOptions {
  /** Salt's version where it is known already (undefined = known to be unknown); looked for when this is absent. */
  readonly version?: string | undefined;
  readonly places?: VersionPlaces;
}

/** A minion id has 255 bytes at most. */
const ID_FILE_MAX_BYTES = 4096;

/**
 * Reads `<configDir>/master` with its includes. Never throws: what cannot be read leaves Salt's default in force and a problem behind.
 */
export async function discoverMaster(
  configDir: string,
  options: DiscoverOptions = {},
): Promise<Discovery> {
  const files = await readSaltFiles(configDir, 'master');
  // Only for its log and its id; what is wrong with it is no fault of the master's.
  const minion = await readSaltFiles(configDir, 'minion');
  const version = Object.hasOwn(options, 'version')
    ? options.version
    : await findSaltVersion(configDir, options.places ?? SYSTEM_PLACES);
  const cachedId = await cachedMinionId(configDir);
  // One with a broken file is there all the same.
  const hasMinion = minion.found || minion.problems.length > 0 || cachedId !== undefined;
  const view = masterView({
    configDir,
    options: files.options,
    minionOptions: hasMinion ? minion.options : undefined,
    version,
    cachedId,
  });
  const malformed = view.malformed.map((name) => ({
    reason: 'value' as const,
    text: `${join(configDir, 'master')}: ${name} is no number that Salt can use; its default is assumed`,
    fatal: false,
  }));
  return {
    facts: view.facts,
    config: view.config,
    problems: [...files.problems, ...malformed],
    found: files.found,
    files: {
      stamp: files.stamp,
      directories: [...new Set([...files.directories, ...minion.directories])],
    },
  };
}

async function cachedMinionId(configDir: string): Promise<string | undefined> {
  const file = await readRegularFile(join(configDir, 'minion_id'), ID_FILE_MAX_BYTES);
  const line = file.ok ? file.bytes.toString('utf8').split('\n')[0]?.trim() : undefined;
  return line === '' ? undefined : line;
}
