/** What a reload changes: options that take effect at once, and options that wait for a restart. */
import type { LoadedSettings } from './load.js';
import { OPTION_KEYS, type OptionKey, type OptionValues, optionOf, toSettings } from './options.js';
import type { Settings } from './settings.js';

export interface SettingsDiff {
  /** In force from now on: reloadable options from the new load, the others as they run. */
  readonly settings: Settings;
  /** The same by option key: the first argument of the next `diffSettings`. */
  readonly values: OptionValues;
  /** Options that changed and take effect now. */
  readonly applied: readonly OptionKey[];
  /** Options that changed and keep their running value until a restart. */
  readonly needRestart: readonly OptionKey[];
  /** One sentence per option of `needRestart`. */
  readonly warnings: readonly string[];
}

/** Compares what runs with what was loaded again. */
export function diffSettings(
  running: OptionValues,
  loaded: Pick<LoadedSettings, 'values'>,
): SettingsDiff {
  const changed = OPTION_KEYS.filter(
    (key) => JSON.stringify(running[key]) !== JSON.stringify(loaded.values[key]),
  );
  const applied = changed.filter((key) => optionOf(key).reloadable);
  const needRestart = changed.filter((key) => !optionOf(key).reloadable);
  const rows = OPTION_KEYS.map((key) => [
    key,
    (applied.includes(key) ? loaded.values : running)[key],
  ]);
  // Every row comes from one of two complete sets of values.
  const values = Object.fromEntries(rows) as unknown as OptionValues;
  const warnings = needRestart.map((key) => `${key} changed and takes effect after a restart`);
  return { settings: toSettings(values), values, applied, needRestart, warnings };
}
