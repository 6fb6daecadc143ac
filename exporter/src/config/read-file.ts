/** YAML configuration file → raw option texts; nested keys are flags with dots, and every mistake names its line. */
import { dirname, resolve } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import { unknownKey } from './nearest.js';
import { CONFIG_FILE_KEY, isOptionKey, OPTION_KEYS, optionOf } from './options.js';
import { quote, type RawValue } from './read-flags.js';

export interface RawFile {
  readonly values: readonly RawValue[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** A configuration of ours is a page; a file of megabytes is a mistake of path. */
const FILE_MAX_LENGTH = 1_000_000;

/** Options whose text is a path; a relative one in the file means relative to the file. */
const PATH_KEYS: ReadonlySet<string> = new Set([
  'salt.config-dir',
  'salt.expected-minions',
  'salt.nat-map',
  'salt.minion-exporters',
  'web.config.file',
]);

interface Walk {
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly values: RawValue[];
  readonly errors: string[];
}

/** `path` is how messages name the file. */
export function readConfigFile(path: string, text: string): RawFile {
  if (text.length > FILE_MAX_LENGTH)
    return {
      values: [],
      errors: [`${path} is larger than 1 MB; give the configuration file of brinescope`],
      warnings: [],
    };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const walk: Walk = { path, document, lines, values: [], errors: [] };
  for (const problem of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(problem.pos[0]);
    const what =
      problem.code === 'DUPLICATE_KEY'
        ? 'a key is given twice in one block; leave one out'
        : `is not valid YAML: ${problem.message}`;
    walk.errors.push(`${path}:${line}: ${what}`);
  }
  if (walk.errors.length > 0) return { values: [], errors: walk.errors, warnings: [] };
  if (document.contents === null)
    return { values: [], errors: [], warnings: [`${path} is empty; every option has its default`] };
  walkBlock(walk, document.contents, '');
  return { values: walk.values, errors: walk.errors, warnings: [] };
}

/** `prefix` is the dotted key of this block with its dot, or empty. */
function walkBlock(walk: Walk, node: unknown, prefix: string): void {
  const block = resolveAlias(walk, node);
  if (!isMap(block)) {
    const name = prefix === '' ? 'the file' : prefix.slice(0, -1);
    walk.errors.push(`${place(walk, node)}: ${name} must hold key: value lines`);
    return;
  }
  for (const pair of block.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (name === undefined) {
      walk.errors.push(`${place(walk, pair.key)}: a key must be a plain word`);
      continue;
    }
    const key = `${prefix}${name}`;
    const where = place(walk, pair.key);
    if (name.includes('.')) walk.errors.push(dottedKey(where, key));
    else if (isOptionKey(key)) takeValue(walk, key, { where, node: pair.value });
    else if (isBlock(key)) {
      // A block whose lines are all commented out is null.
      if (!isNothing(pair.value)) walkBlock(walk, pair.value, `${key}.`);
    } else if (key === CONFIG_FILE_KEY)
      walk.errors.push(`${where}: config.file is a flag, not an option of the file; leave it out`);
    else
      walk.errors.push(
        `${where}: ${unknownKey(key, nearestCandidates(key), { prefix: '', what: 'option' })}`,
      );
  }
}

/** True for what options begin with: `scan`, `canary`, `canary.request`. */
function isBlock(key: string): boolean {
  const keys: readonly string[] = [...OPTION_KEYS, CONFIG_FILE_KEY];
  return keys.some((known) => known.startsWith(`${key}.`));
}

/** An unknown block is compared with blocks, an unknown option with options. */
function nearestCandidates(key: string): readonly string[] {
  if (key.includes('.')) return OPTION_KEYS;
  const blocks = OPTION_KEYS.map((known) => known.split('.')[0] ?? known);
  return [...new Set(blocks)];
}

function dottedKey(where: string, key: string): string {
  const nested = key.split('.').join(': { ');
  return `${where}: ${quote(key)} has a dot; in the file dots become nesting, like "${nested}: …${' }'.repeat(key.split('.').length - 1)}"`;
}

function takeValue(
  walk: Walk,
  key: (typeof OPTION_KEYS)[number],
  at: { where: string; node: unknown },
): void {
  const scalar = resolveAlias(walk, at.node);
  const where = `${at.where}: ${key}`;
  if (!isScalar(scalar) || isNothing(scalar)) {
    const found = isNothing(scalar) ? 'has no value' : 'is a block, not a value';
    walk.errors.push(`${where} ${found}; allowed: ${optionOf(key).value.range}`);
    return;
  }
  const type = typeof scalar.value;
  const allowed = optionOf(key).value.yamlTypes;
  const fits = allowed.some((name) => name === type);
  const text = textOf(scalar);
  if (!fits)
    walk.errors.push(
      `${where}: ${quote(text)} is a ${type}, not a ${allowed.join(' or ')}; allowed: ${optionOf(key).value.range}`,
    );
  else
    walk.values.push({
      key,
      text: PATH_KEYS.has(key) && isPath(text) ? resolve(dirname(walk.path), text) : text,
      where,
    });
}

/** Addresses may stand in the place of the path of their list: `m1=http://host:port`. */
function isPath(text: string): boolean {
  return text !== '' && !/=https?:\/\//.test(text);
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** As it stands in the file: 0.020 stays 0.020 in a message. */
function textOf(scalar: Scalar): string {
  if (typeof scalar.value === 'string') return scalar.value;
  return scalar.source ?? String(scalar.value);
}

function resolveAlias(walk: Walk, node: unknown): unknown {
  return isAlias(node) ? (node.resolve(walk.document) ?? null) : node;
}

function place(walk: Walk, node: unknown): string {
  // Every node that parseDocument made has a range; the type allows nodes made by hand.
  const offset = (node as Node | null)?.range?.[0] ?? 0;
  return `${walk.path}:${walk.lines.linePos(offset).line}`;
}
