/** Flags, environment and file → settings; strict, and with every error at once. */
import { errorText } from '../lib/errors.js';
import {
  CONFIG_FILE_KEY,
  type Command,
  isOptionKey,
  OPTION_KEYS,
  type OptionKey,
  type OptionValues,
  optionOf,
  toSettings,
} from './options.js';
import { readConfigFile } from './read-file.js';
import { quote, type RawValue, readEnvironment, readFlags } from './read-flags.js';
import type { Settings } from './settings.js';

export interface LoadInput {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a UTF-8 file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

export interface LoadedSettings {
  readonly ok: true;
  /** `help` and `version` win over everything, errors included. */
  readonly command: 'run' | Command;
  readonly settings: Settings;
  /** The same by option key, for `diffSettings`. */
  readonly values: OptionValues;
  readonly configFile: string | undefined;
  readonly warnings: readonly string[];
}

export type LoadResult =
  | LoadedSettings
  | { readonly ok: false; readonly errors: readonly string[] };

/** Precedence flag > environment > file > default. A value that another one overrides must be right all the same. */
export function loadSettings(input: LoadInput): LoadResult {
  const flags = readFlags(input.argv);
  const asked = (['help', 'version'] as const).find((command) => flags.commands.has(command));
  if (asked !== undefined) return { ...defaults(), command: asked };
  const environment = readEnvironment(input.env);
  const outer = [...flags.values, ...environment.values];
  const errors = [...flags.errors, ...environment.errors];
  const configFile = outer.find(({ key }) => key === CONFIG_FILE_KEY);
  const file = readNamedFile(configFile, input.readFile);
  errors.push(...file.errors);

  const values = new Map<OptionKey, unknown>();
  for (const raw of [...outer, ...file.values]) {
    if (!isOptionKey(raw.key)) continue;
    const { parse, range } = optionOf(raw.key).value;
    const parsed = parse(raw.text);
    if (!parsed.ok)
      errors.push(`${raw.where}: ${quote(raw.text)} ${parsed.reason}${hint(parsed.reason, range)}`);
    else if (!values.has(raw.key)) values.set(raw.key, parsed.value);
  }
  if (errors.length > 0) return { ok: false, errors };
  const complete = withDefaults(values);
  return {
    ok: true,
    command: flags.commands.has('check-config') ? 'check-config' : 'run',
    settings: toSettings(complete),
    values: complete,
    configFile: configFile?.text,
    warnings: [...file.warnings, ...contradictions(complete)],
  };
}

/** Settings when nothing at all is given. */
export function defaultSettings(): Settings {
  return defaults().settings;
}

function defaults(): LoadedSettings {
  const values = withDefaults(new Map());
  return {
    ok: true,
    command: 'run',
    settings: toSettings(values),
    values,
    configFile: undefined,
    warnings: [],
  };
}

function readNamedFile(file: RawValue | undefined, readFile: (path: string) => string) {
  const nothing = { values: [], errors: [], warnings: [] };
  if (file === undefined) return nothing;
  if (file.text === '')
    return { ...nothing, errors: [`${file.where}: is empty; give a path or leave it out`] };
  try {
    return readConfigFile(file.text, readFile(file.text));
  } catch (error) {
    return {
      ...nothing,
      errors: [`${file.where}: ${quote(file.text)} cannot be read: ${errorText(error)}`],
    };
  }
}

function withDefaults(given: ReadonlyMap<OptionKey, unknown>): OptionValues {
  const rows = OPTION_KEYS.map((key) => {
    if (given.has(key)) return [key, given.get(key)] as const;
    const option = optionOf(key);
    const parsed = option.default === undefined ? undefined : option.value.parse(option.default);
    return [key, parsed?.ok ? parsed.value : undefined] as const;
  });
  // Each value came from the parser of its own row, or is undefined where the row has no default; a test loads the defaults.
  return Object.fromEntries(rows) as unknown as OptionValues;
}

/** The allowed range, unless the reason says it already. */
function hint(reason: string, range: string): string {
  return /allowed:|none of:|write |use |leave /.test(reason) ? '' : `; allowed: ${range}`;
}

/** Settings that are allowed and probably not meant. */
function contradictions(values: OptionValues): string[] {
  const warnings: string[] = [];
  if (values['links.stale-after'] <= values['links.flap-window'])
    warnings.push(
      'links.stale-after is not longer than links.flap-window: minions become stale before they can flap',
    );
  if (values['canary.request.interval'] === 0)
    warnings.push('canary.request.interval is 0: wedged workers of the master stay unseen');
  return warnings;
}
