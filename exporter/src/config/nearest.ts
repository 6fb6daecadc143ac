/** Messages about keys that do not exist: what was meant. */
import { closest } from 'fastest-levenshtein';

/** Longest key that is compared: the cost of the distance grows with the product of both lengths. */
const KEY_MAX_LENGTH = 80;

export interface KeyStyle {
  /** `--` for flags. */
  readonly prefix: string;
  /** `flag`, `environment variable`, `option`. */
  readonly what: string;
}

/** One sentence for an unknown key; names the nearest known one. */
export function unknownKey(key: string, known: readonly string[], style: KeyStyle): string {
  const shown = `${style.prefix}${printable(key)}`;
  const nearest = closest(key.slice(0, KEY_MAX_LENGTH), [...known]);
  return `${shown} is no ${style.what} of brinescope; the nearest is ${style.prefix}${nearest}`;
}

/** A key in a message: bounded, no control characters. */
function printable(key: string): string {
  const short = key.length > KEY_MAX_LENGTH ? `${key.slice(0, KEY_MAX_LENGTH)}…` : key;
  return short.replace(/\p{C}/gu, '\u{fffd}');
}
