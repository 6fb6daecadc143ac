/** Which minions are asked for: ids and patterns with `*` and `?`, or a part of the id. */
import { idPatterns } from '../lib/id-patterns.js';

export interface AskedIds {
  /** Ids or patterns. */
  readonly minions?: readonly string[] | undefined;
  readonly search?: string | undefined;
}

/** undefined = all. */
export function idFilter({ minions, search }: AskedIds): ((id: string) => boolean) | undefined {
  if (minions === undefined && search === undefined) return undefined;
  const named = minions === undefined ? undefined : idPatterns(minions.join(','));
  const part = search?.toLowerCase();
  return (id) =>
    (named === undefined || named(id)) && (part === undefined || id.toLowerCase().includes(part));
}

export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}
