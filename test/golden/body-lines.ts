/** Looks into a body in text format: which series of which family it holds. */

/**
 * Sample lines of one family without its name, in their order: `{port="publish"} 1`, or ` 1`
 * without labels.
 */
export function seriesOf(body: string, family: string): readonly string[] {
  return body
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
    .map((line) => line.slice(family.length));
}

/** Names of the families whose metadata stands in the body. */
export function familiesOf(body: string): readonly string[] {
  return [...body.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? '');
}

/** Sum of all series of a family whose labels contain this text. */
export function sumOf(body: string, family: string, labels = ''): number {
  return seriesOf(body, family)
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
