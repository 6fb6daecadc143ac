/** The names in a client's certificate against those that may come in. */
import { isIP, isIPv6, SocketAddress } from 'node:net';

const KINDS: ReadonlySet<string> = new Set(['DNS', 'IP Address', 'email', 'URI']);

/**
 * True when one name of the certificate is one that is allowed, letter by letter. `subjectAltName`
 * as node gives it: `DNS:a.example, IP Address:10.0.0.1, URI:"odd, one"`.
 */
export function hasAllowedSan(subjectAltName: string, allowed: readonly string[]): boolean {
  const names = new Set(sanValues(subjectAltName).map(canonical));
  return allowed.some((name) => names.has(canonical(name)));
}

/**
 * The values of the four kinds that count. A value with a comma, a quote or a control character
 * stands in quotes, as JSON: an entry never ends inside it.
 */
export function sanValues(subjectAltName: string): readonly string[] {
  const values: string[] = [];
  const entry = /([A-Za-z0-9 ]+):(?:("(?:[^"\\]|\\.)*")|([^",][^,]*)?)(?:, |$)/y;
  while (entry.lastIndex < subjectAltName.length) {
    const match = entry.exec(subjectAltName);
    // Not of that form: nothing behind it can be trusted to be an entry.
    if (match === null) return values;
    const [, kind = '', quoted, plain = ''] = match;
    if (KINDS.has(kind)) values.push(quoted === undefined ? plain : unquote(quoted));
  }
  return values;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return ''; // no name at all: it matches nothing that is allowed
  }
}

/** One spelling per IPv6 address: node writes 2001:DB8:0:0:0:0:0:1. */
function canonical(name: string): string {
  if (isIP(name) === 0 || !isIPv6(name)) return name;
  return new SocketAddress({ address: name, family: 'ipv6' }).address;
}
