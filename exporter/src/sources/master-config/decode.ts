/**
 * YAML of a Salt configuration file → values, as Salt's own loader (PyYAML's safe loader with Salt's changes) reads it: YAML 1.1 words
 * and numbers, `<<` merges, and a key given twice is an error.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
} from 'yaml';
import { errorText } from '../../lib/errors.js';

export type SaltValue = string | number | boolean | null | SaltValue[] | SaltMap;
/** Keys as text, whatever their YAML type: options have text keys. */
export type SaltMap = Map<string, SaltValue>;

export type SaltYaml =
  | { readonly ok: true; readonly value: SaltValue }
  | { readonly ok: false; readonly reason: string };

/** Levels of nesting; PyYAML itself gives up near Python's limit of 1000. */
const DEPTH_MAX = 200;

interface Walk {
  readonly document: Document;
  readonly lines: LineCounter;
  /** What each anchored node became, so that a thousand aliases cost one value. */
  readonly built: Map<Node, SaltValue>;
  readonly open: Set<Node>;
}

/** Carries a reason up to `decodeSaltYaml`, never further. */
class Refusal extends Error {}

/** Never throws. `reason` begins with the line where there is one. An empty file is an empty map. */
export function decodeSaltYaml(text: string): SaltYaml {
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      version: '1.1',
      schema: 'failsafe',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: lines,
    });
    const problem = document.errors[0];
    if (problem !== undefined)
      return refuse(`line ${lines.linePos(problem.pos[0]).line}: ${withoutContent(problem.code)}`);
    const walk: Walk = { document, lines, built: new Map(), open: new Set() };
    const value = construct(walk, document.contents, 0);
    return { ok: true, value: isFalsy(value) ? new Map() : value };
  } catch (error) {
    return refuse(errorText(error));
  }
}

/** The parser's own message may quote the file, and a master's configuration holds secrets: only its code is told. */
function withoutContent(code: string): string {
  return `is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

function refuse(reason: string): SaltYaml {
  return { ok: false, reason };
}

/** Salt writes `safe_load(…) or {}`. */
function isFalsy(value: SaltValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === false || value === 0 || value === '';
}

function construct(walk: Walk, node: unknown, depth: number): SaltValue {
  const target = isAlias(node) ? node.resolve(walk.document) : node;
  if (target === null || target === undefined) {
    if (isAlias(node)) throw fault(walk, node, `alias *${node.source} has no anchor`);
    return null;
  }
  if (isScalar(target)) return scalarValue(walk, target);
  if (!isMap(target) && !isSeq(target)) throw fault(walk, node, 'is no YAML that Salt reads');
  const known = walk.built.get(target);
  if (known !== undefined) return known;
  if (walk.open.has(target)) throw fault(walk, node, 'an alias points at what it stands in');
  if (depth > DEPTH_MAX) throw fault(walk, node, `is nested deeper than ${DEPTH_MAX} levels`);
  walk.open.add(target);
  const value = isMap(target)
    ? constructMap(walk, target, depth)
    : target.items.map((item) => construct(walk, item, depth + 1));
  walk.open.delete(target);
  walk.built.set(target, value);
  return value;
}

type MapNode = Extract<Node, { items: { key: unknown; value: unknown }[] }>;

/** Merged keys lose against the map's own; a key that two merged maps have is a duplicate to Salt. */
function constructMap(walk: Walk, node: MapNode, depth: number): SaltMap {
  const merged: SaltMap = new Map();
  const own: SaltMap = new Map();
  const seen = new Set<string | number | null>();
  for (const pair of node.items) {
    if (isMergeKey(pair.key)) {
      for (const source of mergeSources(walk, pair.value, depth))
        for (const [key, value] of source) {
          if (merged.has(key)) throw fault(walk, node, `two merged maps have the key "${key}"`);
          merged.set(key, value);
        }
      continue;
    }
    if (isScalar(pair.key) && pair.key.type === Scalar.PLAIN && pair.key.source === '')
      throw fault(walk, pair.key, 'a value has no key in front of it');
    const key = construct(walk, pair.key, depth + 1);
    if (typeof key === 'object' && key !== null)
      throw fault(walk, pair.key, 'a key must be a plain word');
    // To Python 1, 1.0 and True are one key.
    const identity = typeof key === 'boolean' ? Number(key) : key;
    if (seen.has(identity))
      throw fault(walk, pair.key, `key "${String(key)}" is given twice, which Salt refuses`);
    seen.add(identity);
    own.set(String(key), construct(walk, pair.value, depth + 1));
  }
  return new Map([...merged, ...own]);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined;
}

function mergeSources(walk: Walk, node: unknown, depth: number): SaltMap[] {
  const value = construct(walk, node, depth + 1);
  const sources = Array.isArray(value) ? value : [value];
  return sources.map((source) => {
    if (!(source instanceof Map)) throw fault(walk, node, '<< needs a map or a list of maps');
    return source;
  });
}

const TAG = 'tag:yaml.org,2002:';

/** A plain scalar is resolved by its look, a quoted one is text, a tag decides against both. */
function scalarValue(walk: Walk, node: Scalar): SaltValue {
  const text = typeof node.value === 'string' ? node.value : String(node.value ?? '');
  const tag = node.tag;
  const plain = node.type === Scalar.PLAIN || node.type === undefined;
  if (tag === undefined || tag === '?') return plain ? resolvePlain(walk, node, text) : text;
  if (tag === '!' || tag === `${TAG}str` || tag === `${TAG}python/unicode`) return text;
  const value = resolvePlain(walk, node, text);
  if (tag === `${TAG}int` && typeof value === 'number') return Math.trunc(value);
  if (tag === `${TAG}float` && typeof value === 'number') return value;
  if (tag === `${TAG}bool` && typeof value === 'boolean') return value;
  if (tag === `${TAG}null`) return null;
  if (tag === `${TAG}timestamp` || tag === `${TAG}binary`) return text;
  throw fault(walk, node, `tag ${tag} is not one that Salt reads here`);
}

// PyYAML's implicit resolvers (resolver.py), in the order in which it tries them.
const BOOLEANS = new Map(
  ['yes', 'true', 'on', 'no', 'false', 'off'].flatMap((word, index) => {
    const forms = [word, word[0]?.toUpperCase() + word.slice(1), word.toUpperCase()];
    return forms.map((form) => [form, index < 3] as const);
  }),
);
const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const INTEGER =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function resolvePlain(walk: Walk, node: Scalar, text: string): SaltValue {
  if (NULLS.has(text)) return null;
  const boolean = BOOLEANS.get(text);
  if (boolean !== undefined) return boolean;
  if (INTEGER.test(text)) return integer(text);
  if (FLOAT.test(text)) return float(text);
  if (text === '=' || text === '<<')
    throw fault(walk, node, `a plain ${text} is refused by Salt; quote it`);
  return text;
}

/** Salt strips leading zeros before PyYAML could read an octal number; behind a sign PyYAML's octal stays: 010 → 10, -010 → -8. */
function integer(text: string): number {
  const stripped = text !== '0' && /^0(?![bx])/.test(text) ? text.replace(/^0+/, '') || '0' : text;
  const digits = stripped.replaceAll('_', '');
  const sign = digits.startsWith('-') ? -1 : 1;
  const magnitude = digits.replace(/^[-+]/, '');
  if (magnitude.startsWith('0b')) return sign * Number.parseInt(magnitude.slice(2), 2);
  if (magnitude.startsWith('0x')) return sign * Number.parseInt(magnitude.slice(2), 16);
  if (/^0\d/.test(magnitude)) return sign * Number.parseInt(magnitude, 8);
  return sign * sexagesimal(magnitude);
}

function float(text: string): number {
  const value = text.replaceAll('_', '').toLowerCase();
  const sign = value.startsWith('-') ? -1 : 1;
  const magnitude = value.replace(/^[-+]/, '');
  if (magnitude === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (magnitude === '.nan') return Number.NaN;
  return sign * sexagesimal(magnitude);
}

/** `1:30` → 1 × 60 + 30 = 90. */
function sexagesimal(magnitude: string): number {
  return magnitude.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}

function fault(walk: Walk, node: unknown, what: string): Refusal {
  // Nodes that parseDocument made have a range; a missing value has none.
  const offset = (node as Node | null)?.range?.[0];
  return new Refusal(
    offset === undefined ? what : `line ${walk.lines.linePos(offset).line}: ${what}`,
  );
}
