/** Command line and environment → raw option texts with the place each stands at. */

import { unknownKey } from './nearest.js';
import {
  COMMANDS,
  CONFIG_FILE_KEY,
  type Command,
  environmentName,
  OPTION_KEYS,
} from './options.js';

/** One option as somebody wrote it. */
export interface RawValue {
  readonly key: string;
  readonly text: string;
  /** For messages: `--scan.interval`, `BRINESCOPE_SCAN_INTERVAL`, `/etc/brinescope.yml:3 scan.interval`. */
  readonly where: string;
}

export interface RawFlags {
  readonly values: readonly RawValue[];
  readonly commands: ReadonlySet<Command>;
  readonly errors: readonly string[];
}

const COMMAND_NAMES: ReadonlyMap<string, Command> = new Map([
  ['check-config', 'check-config'],
  ['help', 'help'],
  ['h', 'help'],
  ['version', 'version'],
]);

/** `argv` without the interpreter and the script. Accepts `--key=value` and `--key value`. */
export function readFlags(argv: readonly string[]): RawFlags {
  const values: RawValue[] = [];
  const commands = new Set<Command>();
  const errors: string[] = [];
  const seen = new Set<string>();
  const known = [...OPTION_KEYS, CONFIG_FILE_KEY];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (match === null || (word[1] !== '-' && word !== '-h')) {
      errors.push(`${quote(word)} is no flag; write --key=value, see --help`);
      continue;
    }
    const [, key = '', inline] = match;
    const command = COMMAND_NAMES.get(key);
    if (command !== undefined) {
      if (inline !== undefined)
        errors.push(`--${key} takes no value; leave ${quote(`=${inline}`)} out`);
      commands.add(command);
      continue;
    }
    if (!known.includes(key)) {
      errors.push(
        unknownKey(key, [...known, ...Object.keys(COMMANDS)], { prefix: '--', what: 'flag' }),
      );
      if (inline === undefined && takesNextWord(argv[index + 1])) index += 1;
      continue;
    }
    const next = argv[index + 1];
    const text = inline ?? (takesNextWord(next) ? next : undefined);
    if (inline === undefined && text !== undefined) index += 1;
    if (text === undefined) errors.push(`--${key} has no value; write --${key}=…`);
    else if (seen.has(key)) errors.push(`--${key} is given twice; leave one out`);
    else values.push({ key, text, where: `--${key}` });
    seen.add(key);
  }
  return { values, commands, errors };
}

/** Every variable that begins with BRINESCOPE_ must be one of ours: a mistyped one would be silently without effect. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): RawFlags {
  const values: RawValue[] = [];
  const errors: string[] = [];
  const known = new Map(
    [...OPTION_KEYS, CONFIG_FILE_KEY].map((key) => [environmentName(key), key]),
  );
  for (const name of Object.keys(env).sort()) {
    const text = env[name];
    if (!name.startsWith('BRINESCOPE_') || text === undefined) continue;
    const key = known.get(name);
    if (key !== undefined) values.push({ key, text, where: name });
    else
      errors.push(
        unknownKey(name, [...known.keys()], { prefix: '', what: 'environment variable' }),
      );
  }
  return { values, commands: new Set(), errors };
}

function takesNextWord(next: string | undefined): next is string {
  return next !== undefined && !next.startsWith('--');
}

/** Untrusted text for a message: one line, bounded. */
export function quote(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short);
}
