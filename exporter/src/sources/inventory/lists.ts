/**
 * The operator's own two lists. Both are YAML, and every id is text, also 17 and yes.
 *
 * Expected minions (`--salt.expected-minions`): ids that should be there, with or without a key yet.
 *
 *     - web-1.example.org
 *     - web-2.example.org
 *
 * NAT map (`--salt.nat-map`): `minions` gives addresses to one minion alone, over what its grains say; `nat` names the address of a
 * router and the minions that live behind it; `proxies` lists addresses that acknowledge for whoever is behind them. Any part may be missing.
 *
 *     minions:
 *       web-1.example.org: [198.51.100.7, "2001:db8::7"]
 *     nat:
 *       203.0.113.1: [branch-1, branch-2]
 *     proxies: [198.51.100.20]
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
  type YAMLMap,
} from 'yaml';
import { errorText } from '../../lib/errors.js';
import { canonicalAddress } from './decode.js';

export type DecodedList<T> =
  | { readonly ok: true; readonly value: T }
  /** Completes the sentence "<path>: …". */
  | { readonly ok: false; readonly reason: string };

export interface NatMap {
  /** Minion → canonical addresses that are its alone. */
  readonly minions: ReadonlyMap<string, readonly string[]>;
  /** Canonical address of a router → ids behind it. */
  readonly nat: ReadonlyMap<string, readonly string[]>;
  /** Canonical addresses of proxies. */
  readonly proxies: readonly string[];
}

export const NO_NAT: NatMap = { minions: new Map(), nat: new Map(), proxies: [] };

/** Ids in one list; three times what the exporter is built for. */
const ENTRIES_MAX = 32_768;
/** Longest name of a key file, so of an id. */
const ID_MAX_BYTES = 255;

interface Walk {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Carries a reason out of a walk, never further than the two public functions. */
class Refusal extends Error {}

/** Never throws. A file with nothing in it is an empty list. */
export function decodeExpected(text: string): DecodedList<readonly string[]> {
  return decode(text, (walk, root) => (root === null ? [] : readIds(walk, root, 'the file')));
}

/** Never throws. */
export function decodeNatMap(text: string): DecodedList<NatMap> {
  return decode(text, (walk, root) => {
    if (root === null) return NO_NAT;
    if (!isMap(root)) throw refusal(walk, root, 'must hold minions:, nat: and proxies: blocks');
    const minions = new Map<string, readonly string[]>();
    const nat = new Map<string, readonly string[]>();
    let proxies: readonly string[] = [];
    for (const pair of root.items) {
      const name = textOf(walk, pair.key, 'a key');
      if (name !== 'minions' && name !== 'nat' && name !== 'proxies')
        throw refusal(walk, pair.key, `${quote(name)} is neither minions nor nat nor proxies`);
      const block = follow(walk, pair.value);
      if (block === null) continue;
      if (name === 'proxies') {
        proxies = readAddresses(walk, block);
        continue;
      }
      if (!isMap(block))
        throw refusal(walk, pair.key, `${name} must be a block of key: [list] lines`);
      if (name === 'minions') readMinions(walk, block, minions);
      else readRouters(walk, block, nat);
    }
    checkOwners(minions, nat);
    return { minions, nat, proxies };
  });
}

function decode<T>(text: string, read: (walk: Walk, root: unknown) => T): DecodedList<T> {
  try {
    const lines = new LineCounter();
    const options = { schema: 'failsafe', prettyErrors: false, lineCounter: lines } as const;
    const document = parseDocument(text, options);
    const problem = document.errors[0];
    if (problem !== undefined)
      return {
        ok: false,
        reason: `line ${lines.linePos(problem.pos[0]).line}: ${problem.message}`,
      };
    const walk: Walk = { document, lines };
    return { ok: true, value: read(walk, follow(walk, document.contents)) };
  } catch (error) {
    return { ok: false, reason: errorText(error) };
  }
}

function readMinions(walk: Walk, block: YAMLMap, into: Map<string, readonly string[]>): void {
  for (const pair of bounded(walk, block)) {
    const id = readId(walk, pair.key);
    const list = follow(walk, pair.value);
    const items = isSeq(list) ? list.items : [list];
    into.set(id, [...new Set(items.map((item) => readAddress(walk, item ?? pair.key)))]);
  }
}

function readRouters(walk: Walk, block: YAMLMap, into: Map<string, readonly string[]>): void {
  for (const pair of bounded(walk, block)) {
    const address = readAddress(walk, pair.key);
    if (into.has(address)) throw refusal(walk, pair.key, `router ${address} is given twice`);
    into.set(address, readIds(walk, follow(walk, pair.value) ?? pair.key, `router ${address}`));
  }
}

function readAddresses(walk: Walk, block: unknown): readonly string[] {
  const items = isSeq(block) ? block.items : [block];
  if (items.length > ENTRIES_MAX)
    throw refusal(walk, block, `proxies has more than ${ENTRIES_MAX} entries`);
  return [...new Set(items.map((item) => readAddress(walk, item)))];
}

function bounded(walk: Walk, block: YAMLMap): YAMLMap['items'] {
  if (block.items.length > ENTRIES_MAX)
    throw refusal(walk, block, `has more than ${ENTRIES_MAX} entries`);
  return block.items;
}

/** An address that two minions claim, or a minion and a router, identifies nobody: that is a mistake of the list. */
function checkOwners(minions: NatMap['minions'], nat: NatMap['nat']): void {
  const owners = new Map<string, string>();
  for (const [id, addresses] of minions)
    for (const address of addresses) {
      const other = owners.get(address);
      if (other !== undefined)
        throw new Refusal(
          `${address} is given to ${quote(other)} and to ${quote(id)}; only one can have it alone`,
        );
      if (nat.has(address))
        throw new Refusal(
          `${address} is given to ${quote(id)} alone and is a router under nat too`,
        );
      owners.set(address, id);
    }
}

function readIds(walk: Walk, node: unknown, what: string): string[] {
  if (!isSeq(node)) throw refusal(walk, node, `${what} must be a list of minion ids`);
  if (node.items.length > ENTRIES_MAX)
    throw refusal(walk, node, `${what} has more than ${ENTRIES_MAX} entries`);
  return [...new Set(node.items.map((item) => readId(walk, item)))];
}

function readId(walk: Walk, node: unknown): string {
  const id = textOf(walk, node, 'a minion id');
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > ID_MAX_BYTES)
    throw refusal(walk, node, `a minion id has 1 … ${ID_MAX_BYTES} bytes, not ${bytes}`);
  if (/[/\\\0]/.test(id) || id === '.' || id === '..')
    throw refusal(walk, node, `${quote(id)} cannot be a minion id`);
  return id;
}

function readAddress(walk: Walk, node: unknown): string {
  const text = textOf(walk, node, 'an address');
  const address = canonicalAddress(text);
  if (address === undefined) throw refusal(walk, node, `${quote(text)} is no IP address`);
  return address;
}

function textOf(walk: Walk, node: unknown, what: string): string {
  const scalar = follow(walk, node);
  if (!isScalar(scalar) || typeof scalar.value !== 'string')
    throw refusal(walk, node, `${what} must be plain text`);
  return scalar.value;
}

function follow(walk: Walk, node: unknown): unknown {
  const target = isAlias(node) ? node.resolve(walk.document) : node;
  const isEmpty = isScalar(target) && target.value === '' && target.type === 'PLAIN';
  return target === undefined || isEmpty ? null : target;
}

function refusal(walk: Walk, node: unknown, what: string): Refusal {
  // Nodes that parseDocument made have a range; an empty value has none.
  const offset = (node as Node | null)?.range?.[0];
  return new Refusal(
    offset === undefined ? what : `line ${walk.lines.linePos(offset).line}: ${what}`,
  );
}

/** Untrusted text in a message: one line, bounded. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
