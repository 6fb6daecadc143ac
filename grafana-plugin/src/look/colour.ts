/** Mixing of colours that are written as `#rrggbb` or `rgb(…)`. */

export type Rgb = readonly [red: number, green: number, blue: number];

export function parseColour(text: string): Rgb {
  const numbers = /rgba?\(([^)]+)\)/.exec(text)?.[1];
  if (numbers !== undefined) {
    const [red, green, blue] = numbers.split(',').map(Number);
    return [red, green, blue];
  }
  const digits = text.slice(1);
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const value = Number.parseInt(long.slice(0, 6), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** `share` of `over`, the rest `under`. */
export function mix(under: string, over: string, share: number): string {
  const [a, b] = [parseColour(under), parseColour(over)];
  const part = (k: number) => Math.round(a[k] + (b[k] - a[k]) * share);
  return `#${[0, 1, 2].map((k) => part(k).toString(16).padStart(2, '0')).join('')}`;
}

/** As the word of an image: its bytes are red, green, blue, alpha on a little-endian machine. */
export function imageWord(text: string): number {
  const [red, green, blue] = parseColour(text);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
