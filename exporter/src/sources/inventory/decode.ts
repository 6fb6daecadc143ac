/** Addresses out of a cached grains file, 3006/3007 (`{grains: {…}, pillar: {…}}`) or 3008 (the grains alone); the rest is not decoded. */
import { formatAddress, parseAddress } from '../../domain/address-text.js';
import {
  type MsgpackCursor,
  type MsgpackHead,
  openMsgpack,
  readHead,
  skipValue,
  textEquals,
  textOf,
} from '../../lib/msgpack.js';

/** `map`: `minions/<id>/data.p` of 3006 and 3007. `flat`: `grains/<id>.p` of 3008. */
export type GrainsLayout = 'map' | 'flat';

export interface GrainAddresses {
  /** `ipv4` and `ipv6`, canonical, without doubles. */
  readonly addresses: readonly string[];
  /** `fqdn_ip4` and `fqdn_ip6`. */
  readonly moreAddresses: readonly string[];
}

export type DecodedGrains =
  | { readonly ok: true; readonly grains: GrainAddresses }
  | { readonly ok: false; readonly reason: 'empty' | 'truncated' | 'not_msgpack' | 'wrong_shape' };

/** Addresses taken from one list; hosts with containers have dozens, a hostile minion as many as it likes. */
const ADDRESSES_MAX = 256;

const WANTED = ['ipv4', 'ipv6', 'fqdn_ip4', 'fqdn_ip6'] as const;
type Wanted = (typeof WANTED)[number];

/**
 * Never throws. Stops as soon as all four lists were seen or the grains end: in the `map` layout the pillar behind them is not even
 * stepped over, so the first part of a file may be enough (`truncated` asks for more).
 */
export function decodeGrains(bytes: Uint8Array, layout: GrainsLayout): DecodedGrains {
  if (bytes.length === 0) return { ok: false, reason: 'empty' };
  const cursor = openMsgpack(bytes);
  const root = readHead(cursor);
  if (root === undefined) return failure(cursor);
  if (root.kind !== 'map') return { ok: false, reason: 'wrong_shape' };
  if (layout === 'flat') return readGrains(cursor, root.length);
  for (let pair = 0; pair < root.length; pair += 1) {
    const key = readKey(cursor);
    if (key === undefined) return failure(cursor);
    if (textEquals(cursor, key, 'grains')) {
      const grains = readHead(cursor);
      if (grains === undefined) return failure(cursor);
      // Salt stores null for a minion that sent none.
      if (grains.kind === 'nil') return { ok: true, grains: { addresses: [], moreAddresses: [] } };
      if (grains.kind !== 'map') return { ok: false, reason: 'wrong_shape' };
      return readGrains(cursor, grains.length);
    }
    if (!skipValue(cursor)) return failure(cursor);
  }
  return { ok: false, reason: 'wrong_shape' };
}

function readGrains(cursor: MsgpackCursor, pairs: number): DecodedGrains {
  const found = new Map<Wanted, string[]>();
  for (let pair = 0; pair < pairs && found.size < WANTED.length; pair += 1) {
    const key = readKey(cursor);
    if (key === undefined) return failure(cursor);
    const wanted = WANTED.find((name) => textEquals(cursor, key, name));
    if (wanted === undefined) {
      if (!skipValue(cursor)) return failure(cursor);
      continue;
    }
    const list = readAddresses(cursor);
    if (list === undefined) return failure(cursor);
    found.set(wanted, list);
  }
  const both = (a: Wanted, b: Wanted) => [
    ...new Set([...(found.get(a) ?? []), ...(found.get(b) ?? [])]),
  ];
  return {
    ok: true,
    grains: { addresses: both('ipv4', 'ipv6'), moreAddresses: both('fqdn_ip4', 'fqdn_ip6') },
  };
}

/** Keys may be of any type; one that is a map or an array is stepped over whole. */
function readKey(cursor: MsgpackCursor): MsgpackHead | undefined {
  const head = readHead(cursor);
  if (head === undefined || (head.kind !== 'map' && head.kind !== 'array')) return head;
  const inner = head.kind === 'map' ? head.length * 2 : head.length;
  for (let index = 0; index < inner; index += 1) if (!skipValue(cursor)) return undefined;
  return head;
}

/** A list of texts, or one text; what is no address is left out. undefined: the cursor has failed. */
function readAddresses(cursor: MsgpackCursor): string[] | undefined {
  const before = cursor.offset;
  const head = readHead(cursor);
  if (head === undefined) return undefined;
  if (head.kind !== 'array') {
    cursor.offset = before;
    const single = readAddress(cursor);
    return single === undefined ? undefined : single.list;
  }
  const addresses: string[] = [];
  for (let index = 0; index < head.length; index += 1) {
    const element = readAddress(cursor);
    if (element === undefined) return undefined;
    if (addresses.length < ADDRESSES_MAX) addresses.push(...element.list);
  }
  return addresses;
}

/** Longest text that can be an address, with a scope. */
const ADDRESS_BYTES_MAX = 64;

/** One value: no or one address. Boxed, so that undefined stays the sign of a failed cursor. */
function readAddress(cursor: MsgpackCursor): { list: string[] } | undefined {
  const before = cursor.offset;
  const head = readHead(cursor);
  if (head === undefined) return undefined;
  if (head.kind === 'map' || head.kind === 'array') {
    cursor.offset = before;
    return skipValue(cursor) ? { list: [] } : undefined;
  }
  if (head.kind !== 'text' || head.length > ADDRESS_BYTES_MAX) return { list: [] };
  const address = canonicalAddress(textOf(cursor, head));
  return { list: address === undefined ? [] : [address] };
}

/** `::ffff:10.0.0.1` → `10.0.0.1`, `2001:DB8:0::1` → `2001:db8::1`; a scope (`fe80::1%eth0`) is dropped; undefined: no address. */
export function canonicalAddress(text: string): string | undefined {
  const words = parseAddress(text.replace(/%.*$/, ''));
  return words === undefined ? undefined : formatAddress(words);
}

function failure(cursor: MsgpackCursor): DecodedGrains {
  return { ok: false, reason: cursor.failed === 'invalid' ? 'not_msgpack' : 'truncated' };
}
