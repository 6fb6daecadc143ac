/** Minion ids by pattern, as queries of the API name them: `*` any text, `?` one character. */

const LIST_MAX = 100;

/**
 * Whether an id matches one of the patterns of a list that is separated by commas; undefined when
 * there are more than a hundred. An empty list matches everything.
 */
export function idPatterns(text: string): ((id: string) => boolean) | undefined {
  const patterns = text.split(',').filter((pattern) => pattern !== '');
  if (patterns.length > LIST_MAX) return undefined;
  if (patterns.length === 0) return () => true;
  const plain = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const globs = patterns.filter((pattern) => !plain.has(pattern));
  return (id) => plain.has(id) || globs.some((glob) => matchesGlob(id, glob));
}

/**
 * Linear in id × pattern at worst, whatever an asker writes: after a mismatch only the last `*` takes
 * one character more.
 */
function matchesGlob(id: string, glob: string): boolean {
  let at = 0;
  let seen = 0;
  let star = -1;
  let starSeen = 0;
  while (seen < id.length) {
    if (glob[at] === '*') {
      star = at;
      starSeen = seen;
      at += 1;
    } else if (glob[at] === '?' || (at < glob.length && glob[at] === id[seen])) {
      at += 1;
      seen += 1;
    } else if (star >= 0) {
      at = star + 1;
      starSeen += 1;
      seen = starSeen;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
}
