/** Escaping of untrusted text in label values and help lines. */

/** With the `u` flag a pair is one character of another class, so only lone halves match. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Both formats escape the same three characters; everything else may stand as it is. A lone
 * surrogate has no UTF-8 form: it becomes the text `\udc80`, so that two such ids stay two series
 * (the replacement character would make them one).
 */
export function escapeLabelValue(text: string): string {
  if (!/["\\\n\uD800-\uDFFF]/.test(text)) return text;
  return text.replace(LONE_SURROGATE, surrogateText).replace(/["\\\n]/g, escaped);
}

/** Help text: the plain format leaves quotes alone, OpenMetrics escapes them. */
export function escapeHelp(text: string, quotes: boolean): string {
  return text.replace(quotes ? /["\\\n]/g : /[\\\n]/g, escaped);
}

/** `{a="1",b="2"}`, or nothing without labels. Values are escaped here. */
export function labelsText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const pairs = names.map((name, i) => `${name}="${escapeLabelValue(values[i] ?? '')}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function surrogateText(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16)}`;
}
