/**
 * Where the exporters beside minions answer, as the operator lists them: a YAML file of
 * `id: http://host:port` lines, or the same in one line, `m1=http://10.0.0.1:4507,m2=…`.
 */
import { parseDocument } from 'yaml';
import { errorText } from '../../lib/errors.js';
import { readRegularFile } from '../../lib/regular-file.js';
import { ADDRESSES_MAX, LIST_MAX_BYTES } from './options.js';

/** Id of a minion → base URL without a slash at its end. */
export type Addresses = ReadonlyMap<string, string>;

export type AddressList =
  | { readonly ok: true; readonly value: Addresses; readonly stamp: string }
  /** For people. */
  | { readonly ok: false; readonly reason: string };

/** Whether the option names addresses itself, and no file. */
export function isInline(option: string): boolean {
  return /^[^=,\s]+=https?:\/\//.test(option);
}

/** Never rejects. */
export async function readAddresses(option: string): Promise<AddressList> {
  if (isInline(option)) return decodeInline(option);
  const file = await readRegularFile(option, LIST_MAX_BYTES);
  if (!file.ok) return { ok: false, reason: `${option} ${file.detail}` };
  const decoded = decodeAddresses(file.bytes.toString('utf8'));
  if (!decoded.ok) return { ok: false, reason: `${option}: ${decoded.reason}` };
  return { ...decoded, stamp: file.stamp };
}

function decodeInline(option: string): AddressList {
  const value = new Map<string, string>();
  for (const part of option.split(',')) {
    const at = part.indexOf('=');
    const url = baseUrl(part.slice(at + 1));
    if (at <= 0 || url === undefined)
      return { ok: false, reason: `${part} is no id=http://host:port` };
    value.set(part.slice(0, at).trim(), url);
  }
  return { ok: true, value, stamp: option };
}

/** Never throws. A file with nothing in it is an empty list. */
export function decodeAddresses(text: string): AddressList {
  try {
    const document = parseDocument(text, { version: '1.1', uniqueKeys: true });
    const [problem] = document.errors;
    if (problem !== undefined) return { ok: false, reason: problem.message.split('\n')[0] ?? '' };
    // No alias can make a list of addresses larger than itself.
    const root: unknown = document.toJS({ mapAsMap: true, maxAliasCount: 0 });
    if (root === null || root === undefined) return { ok: true, value: new Map(), stamp: '' };
    if (!(root instanceof Map))
      return { ok: false, reason: 'must hold lines of id: http://host:port' };
    return readMap(root);
  } catch (error) {
    return { ok: false, reason: errorText(error) };
  }
}

function readMap(root: ReadonlyMap<unknown, unknown>): AddressList {
  if (root.size > ADDRESSES_MAX)
    return { ok: false, reason: `has more than ${ADDRESSES_MAX} entries` };
  const value = new Map<string, string>();
  for (const [id, address] of root) {
    const url = typeof address === 'string' ? baseUrl(address) : undefined;
    const isId = typeof id === 'string' || typeof id === 'number';
    if (!isId || url === undefined) {
      return { ok: false, reason: `the entry of ${String(id)} is no id: http://host:port` };
    }
    value.set(String(id), url);
  }
  return { ok: true, value, stamp: '' };
}

/** Only http and https; credentials in it would stand in logs. */
function baseUrl(text: string): string | undefined {
  try {
    const url = new URL(text.trim());
    const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
    if (!isWeb || url.username !== '' || url.password !== '' || url.search !== '') return undefined;
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}
