/** The options of a Salt daemon from its files: `master` (or `minion`), then what its includes name, merged as Salt merges them. */

import { isUtf8 } from 'node:buffer';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { globPaths } from '../../lib/glob.js';
import { readRegularFile } from '../../lib/regular-file.js';
import { decodeSaltYaml, type SaltMap, type SaltValue } from './decode.js';

/** Why a file did not count; the closed set of reasons of this source. */
export const CONFIG_REJECTS = [
  'unreadable',
  'not_a_file',
  'too_large',
  'not_utf8',
  'yaml',
  'not_a_map',
  'include_depth',
  'value',
  'watch_lost',
] as const;
export type ConfigReject = (typeof CONFIG_REJECTS)[number];

export interface ConfigProblem {
  readonly reason: ConfigReject;
  /** What is wrong, where, for people. */
  readonly text: string;
  /** True for the daemon's own file: Salt would not start with it. */
  readonly fatal: boolean;
}

export interface SaltFiles {
  readonly options: SaltMap;
  readonly problems: readonly ConfigProblem[];
  /** Changes whenever one of the files, or the set of them, changes. */
  readonly stamp: string;
  /** Directories in which a new or changed file matters. */
  readonly directories: readonly string[];
  /** False when the daemon's own file does not exist: Salt then runs on its defaults. */
  readonly found: boolean;
}

/** A master configuration is a few kilobytes, the annotated template of the packages 70. */
const FILE_MAX_BYTES = 4 * 1024 * 1024;
/** Salt itself follows includes without end. */
const INCLUDE_DEPTH_MAX = 8;

/** The daemon's own file is called as it is, and `<daemon>.d/*.conf` are read without being asked for. */
export type SaltDaemon = 'master' | 'minion';

interface Reading {
  readonly problems: ConfigProblem[];
  readonly stamps: string[];
  readonly directories: Set<string>;
}

/** Never throws for what stands in the files. */
export async function readSaltFiles(configDir: string, daemon: SaltDaemon): Promise<SaltFiles> {
  const main = join(configDir, daemon);
  const reading: Reading = { problems: [], stamps: [], directories: new Set([configDir]) };
  const own = await readOptions(reading, main, true);
  const options: SaltMap = new Map(own ?? []);
  const origin = { path: main, depth: 0 };
  const defaults =
    own?.get('default_include') ?? (own?.has('default_include') ? null : `${daemon}.d/*.conf`);
  const include = own?.get('include') ?? null;
  for (const patterns of [defaults, include])
    for (const [key, value] of await includeOptions(reading, patterns, origin))
      options.set(key, value);
  return {
    options,
    problems: reading.problems,
    stamp: reading.stamps.join('\n'),
    directories: [...reading.directories],
    found: own !== undefined,
  };
}

/** undefined: the file does not exist or does not count. */
async function readOptions(
  reading: Reading,
  path: string,
  fatal: boolean,
): Promise<SaltMap | undefined> {
  const file = await readRegularFile(path, FILE_MAX_BYTES);
  if (!file.ok) {
    reading.stamps.push(`${path} ${file.reason}`);
    if (file.reason !== 'missing')
      reading.problems.push({ reason: file.reason, text: `${path} ${file.detail}`, fatal });
    return undefined;
  }
  reading.stamps.push(`${path} ${file.stamp}`);
  if (!isUtf8(file.bytes)) {
    reading.problems.push({ reason: 'not_utf8', text: `${path} is not UTF-8 text`, fatal });
    return undefined;
  }
  const yaml = decodeSaltYaml(file.bytes.toString('utf8').replace(/^\u{feff}/u, ''));
  if (!yaml.ok) {
    reading.problems.push({ reason: 'yaml', text: `${path}: ${yaml.reason}`, fatal });
    return undefined;
  }
  if (yaml.value instanceof Map) return yaml.value;
  reading.problems.push({
    reason: 'not_a_map',
    text: `${path} holds no options (key: value lines)`,
    fatal,
  });
  return undefined;
}

/** Options of all files that the patterns match, in sorted order per pattern, later ones merged over earlier ones. */
async function includeOptions(
  reading: Reading,
  patterns: SaltValue,
  origin: { path: string; depth: number },
): Promise<SaltMap> {
  const merged: SaltMap = new Map();
  const list = Array.isArray(patterns) ? patterns : [patterns];
  for (const pattern of list) {
    if (typeof pattern !== 'string' || pattern === '') continue;
    if (origin.depth >= INCLUDE_DEPTH_MAX) {
      const text = `${origin.path}: include goes deeper than ${INCLUDE_DEPTH_MAX} files; does it include itself?`;
      reading.problems.push({ reason: 'include_depth', text, fatal: false });
      break;
    }
    const absolute = absolutePattern(pattern, origin.path);
    reading.directories.add(literalDirectory(absolute));
    for (const path of await globPaths(absolute)) {
      const options: SaltMap = new Map((await readOptions(reading, path, false)) ?? []);
      const next = { path, depth: origin.depth + 1 };
      for (const [key, value] of await includeOptions(
        reading,
        options.get('include') ?? null,
        next,
      ))
        options.set(key, value);
      mergeInto(merged, options);
    }
  }
  return merged;
}

function absolutePattern(pattern: string, origin: string): string {
  const expanded =
    pattern === '~' || pattern.startsWith('~/') ? homedir() + pattern.slice(1) : pattern;
  return isAbsolute(expanded) ? expanded : join(dirname(origin), expanded);
}

/** The deepest directory of a pattern that is named without wildcards: what to watch for new files. */
function literalDirectory(pattern: string): string {
  const magic = pattern.search(/[*?[]/);
  return magic === -1 ? dirname(pattern) : dirname(`${pattern.slice(0, magic)}x`);
}

/** Salt's dictupdate.update(…, recursive_update=True, merge_lists=True): maps merge, lists grow by what they lack, the rest is replaced. */
export function mergeInto(target: SaltMap, source: SaltMap): SaltMap {
  for (const [key, value] of source) {
    const old = target.get(key);
    if (old instanceof Map && value instanceof Map) target.set(key, mergeInto(new Map(old), value));
    else if (Array.isArray(old) && Array.isArray(value))
      target.set(key, [...old, ...value.filter((item) => !old.some((known) => known === item))]);
    else target.set(key, value);
  }
  return target;
}
