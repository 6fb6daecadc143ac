/**
 * Reads the text format 0.0.4 as any scraper would: names, labels, values. Independent of the
 * exporter's own writer.
 */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g;

export class Exposition {
  readonly #samples = new Map<string, Sample[]>();

  constructor(body: string) {
    for (const line of body.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const [, name, text = '', value] = LINE.exec(line) ?? [];
      if (name === undefined) throw new Error(`not a sample of the text format: ${line}`);
      const series = this.#samples.get(name) ?? [];
      this.#samples.set(name, series);
      series.push({ labels: readLabels(text), value: Number(value) });
    }
  }

  /** Every sample of a family that carries at least these labels. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    const wanted = Object.entries(labels);
    const series = this.#samples.get(name) ?? [];
    return series.filter((sample) => wanted.every(([key, text]) => sample.labels[key] === text));
  }

  /**
   * The one sample with these labels; undefined = absent, which is not 0. Throws when there are
   * several.
   */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const [first, second] = this.all(name, labels);
    if (second !== undefined) {
      throw new Error(`several samples of ${name} with ${JSON.stringify(labels)}`);
    }
    return first?.value;
  }

  /** Names of the families that still have a series with this label. */
  familiesWith(key: string, text: string): string[] {
    const entries = [...this.#samples];
    const has = ([, series]: [string, Sample[]]) =>
      series.some(({ labels }) => labels[key] === text);
    return entries.filter(has).map(([name]) => name);
  }
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, key = '', escaped = ''] of text.matchAll(LABEL)) {
    labels[key] = escaped.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  }
  return labels;
}
