/** Which view the address names: the fleet, or one minion (`#/minion/<id>`). */

const MINION = '#/minion/';

/** Address of a minion's view; any id, whatever characters it has. */
export function minionHref(id: string): string {
  return MINION + encodeURIComponent(id);
}

/** Id of the minion that the address names; undefined for the fleet, and for what names nobody. */
export function minionOf(hash: string): string | undefined {
  if (!hash.startsWith(MINION) || hash.length === MINION.length) return undefined;
  try {
    return decodeURIComponent(hash.slice(MINION.length));
  } catch {
    // A torn escape.
    return undefined;
  }
}
