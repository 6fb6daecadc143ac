/**
 * Which format and which encoding a client gets, from its Accept and Accept-Encoding headers (RFC
 * 9110 §12.5).
 */
import type { Format } from './format.js';

interface Preference {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 … 1; 0 = not acceptable. */
  readonly quality: number;
}

/** Longest header that is read; what is longer is taken as absent. */
const HEADER_MAX = 4096;

/**
 * The format of the higher q-value; at equal values the one that was named more exactly, then
 * OpenMetrics if it was named, else text. A client that accepts neither gets text, as every
 * Prometheus exporter does.
 */
export function negotiateFormat(accept: string | undefined): Format {
  const preferences = parsePreferences(accept);
  const openMetrics = bestMatch(preferences, {
    type: 'application/openmetrics-text',
    version: '1.0.0',
  });
  const text = bestMatch(preferences, { type: 'text/plain', version: '0.0.4' });
  if (openMetrics.quality !== text.quality) {
    return openMetrics.quality > text.quality ? 'openmetrics' : 'text';
  }
  const named = openMetrics.exactness > 0 && openMetrics.exactness >= text.exactness;
  return openMetrics.quality > 0 && named ? 'openmetrics' : 'text';
}

/** True when gzip is acceptable and not liked less than the plain body. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const preferences = parsePreferences(acceptEncoding);
  const codingQuality = (coding: string) =>
    preferences.find((preference) => preference.value === coding)?.quality;
  const any = codingQuality('*');
  const gzip = codingQuality('gzip') ?? codingQuality('x-gzip') ?? any ?? 0;
  return gzip > 0 && gzip >= (codingQuality('identity') ?? 0);
}

/** exactness: 0 `*∕*`, 1 `type/*`, 2 `type/subtype`. */
function bestMatch(
  preferences: readonly Preference[],
  offer: { type: string; version: string },
): { quality: number; exactness: number } {
  const group = `${offer.type.slice(0, offer.type.indexOf('/'))}/*`;
  let best = { quality: 0, exactness: -1 };
  for (const { value, parameters, quality } of preferences) {
    const version = parameters.get('version');
    const exactness = [`*/*`, group, offer.type].indexOf(value);
    if (exactness < 0 || (version !== undefined && version !== offer.version)) continue;
    const better =
      exactness > best.exactness || (exactness === best.exactness && quality > best.quality);
    if (better) best = { quality, exactness };
  }
  return best;
}

function parsePreferences(header: string | undefined): readonly Preference[] {
  if (header === undefined || header.length > HEADER_MAX) return [];
  return header.split(',').map((part) => {
    const [value = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map<string, string>();
    for (const piece of rest) {
      const equals = piece.indexOf('=');
      if (equals < 0) continue;
      const text = piece.slice(equals + 1).trim();
      parameters.set(piece.slice(0, equals).trim().toLowerCase(), text.replace(/^"(.*)"$/, '$1'));
    }
    return { value: value.toLowerCase(), parameters, quality: qualityOf(parameters.get('q')) };
  });
}

/** A missing q is 1, a malformed one 0: what cannot be understood is not preferred. */
function qualityOf(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
