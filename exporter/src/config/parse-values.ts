/** Text of one option → typed value: durations, ratios, addresses, endpoints, paths; says what is wrong and what to write. */
import { isIP, isIPv4 } from 'node:net';
import { localBindEndpoint } from '../lib/zmq-endpoint.js';

/** `reason` completes the sentence "<where>: <what was written> …". */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** YAML types that may stand for the option; flags and environment are always text. */
export type YamlType = 'string' | 'number';

export interface ValueParser<T> {
  readonly parse: (text: string) => Parsed<T>;
  /** What may be written, for --help and the reference file. */
  readonly range: string;
  readonly yamlTypes: readonly YamlType[];
}

export interface ListenAddress {
  /** Empty = every address of the host. */
  readonly host: string;
  readonly port: number;
}

const ok = <T>(value: T): Parsed<T> => ({ ok: true, value });
const no = <T>(reason: string): Parsed<T> => ({ ok: false, reason });

/** Prometheus' units in seconds, largest first; a year is 365 days there too. */
const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
];
const DURATION = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/**
 * Seconds of a Prometheus-style duration: `1s`, `500ms`, `7d`, `1h30m`. `1m30s` → 60 + 30 = 90. A bare number other than 0 is
 * refused: nobody can tell whether it means seconds or milliseconds.
 */
export function parseDuration(text: string): Parsed<number> {
  if (text === '0') return ok(0);
  if (/^[\d.]+$/.test(text)) return no(`has no unit; write ${text.replace(/\..*$/, '')}s or …ms`);
  if (text === '' || !DURATION.test(text)) return no('is no duration like 500ms, 1s, 1h30m or 7d');
  let milliseconds = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    const factor = DURATION_UNITS.find(([name]) => name === unit)?.[1] ?? 0;
    milliseconds += Number(digits) * Math.round(factor * 1000);
  }
  return ok(milliseconds / 1000);
}

/** Seconds between two bounds (inclusive), also text; `orZero` lets 0 mean "off". */
export function duration(low: string, high: string, orZero = false): ValueParser<number> {
  const bounds = [parseDuration(low), parseDuration(high)] as const;
  const [lowest, highest] = bounds.map((bound) => (bound.ok ? bound.value : Number.NaN));
  const range = `${low} … ${high}${orZero ? ', or 0 for off' : ''}`;
  return {
    range,
    yamlTypes: ['string', 'number'],
    parse: (text) => {
      const seconds = parseDuration(text);
      if (!seconds.ok || (orZero && seconds.value === 0)) return seconds;
      const inside = seconds.value >= (lowest ?? 0) && seconds.value <= (highest ?? 0);
      return inside ? seconds : no(`is out of range; allowed: ${range}`);
    },
  };
}

/** Bytes between two bounds (inclusive): a whole number, or one with kB, MB, GB, TB (powers of 1,000). */
export function bytes(low: string, high: string): ValueParser<number> {
  const range = `${low} … ${high}`;
  const [lowest, highest] = [parseBytes(low), parseBytes(high)];
  return {
    range,
    yamlTypes: ['string', 'number'],
    parse: (text) => {
      const value = parseBytes(text);
      if (value === undefined) return no('is no number of bytes like 500MB or 2GB');
      const inside = value >= (lowest ?? 0) && value <= (highest ?? 0);
      return inside ? ok(value) : no(`is out of range; allowed: ${range}`);
    },
  };
}

function parseBytes(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15})(|kB|MB|GB|TB)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * 1_000 ** ['', 'kB', 'MB', 'GB', 'TB'].indexOf(unit ?? '');
}

/** 0 … 1, written as `0.02` or `2%`. */
export function ratio(): ValueParser<number> {
  const range = '0 … 1 or 0% … 100%';
  return {
    range,
    yamlTypes: ['string', 'number'],
    parse: (text) => {
      const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
      if (match === null) return no('is no share like 0.02 or 2%');
      const value = Number(match[1]) / (match[2] === '%' ? 100 : 1);
      return value <= 1 ? ok(value) : no(`is out of range; allowed: ${range}`);
    },
  };
}

/** A whole number between two bounds, inclusive. */
export function count(low: number, high: number): ValueParser<number> {
  const range = `${low} … ${high}`;
  return {
    range,
    yamlTypes: ['string', 'number'],
    parse: (text) => {
      if (!/^\d{1,9}$/.test(text)) return no('is no whole number');
      const value = Number(text);
      return value >= low && value <= high ? ok(value) : no(`is out of range; allowed: ${range}`);
    },
  };
}

/** The name of a user of this host, as it stands in the name of a key file. */
export function userName(): ValueParser<string> {
  return {
    range: "a user's name",
    yamlTypes: ['string'],
    parse: (text) =>
      /^[A-Za-z\d_][A-Za-z\d_.-]{0,63}\$?$/.test(text) ? ok(text) : no('is no name of a user'),
  };
}

/** `state.apply,state.highstate`: names of functions as Salt spells them, in any number up to `most`. */
export function functionNames(most: number): ValueParser<readonly string[]> {
  return {
    range: `up to ${most} names like state.apply, separated by commas`,
    yamlTypes: ['string'],
    parse: (text) => {
      const names = [...new Set(text.split(',').map((name) => name.trim()))];
      const wrong = names.find((name) => !/^[A-Za-z_]\w{0,63}\.[A-Za-z_]\w{0,63}$/.test(name));
      if (wrong !== undefined) return no('is no list of functions like state.apply,test.ping');
      return names.length <= most ? ok(names) : no(`has more than ${most} functions`);
    },
  };
}

/** One of a closed set. */
export function oneOf<T extends string>(members: readonly T[]): ValueParser<T> {
  return {
    range: members.join(' '),
    yamlTypes: ['string'],
    parse: (text) => {
      const found = members.find((member) => member === text);
      if (found !== undefined) return ok(found);
      return no(`is none of: ${members.join(' ')}`);
    },
  };
}

/** A path of the file system; not checked for existence: the reader of the file says what is missing. */
export function path(): ValueParser<string> {
  return {
    range: 'a path',
    yamlTypes: ['string'],
    parse: (text) => {
      if (text === '') return no('is empty; give a path or leave the option out');
      return text.includes('\0') ? no('contains a NUL byte') : ok(text);
    },
  };
}

/** `host:port`, `:port`, `[v6]:port`; the host may be a name. */
export function listenAddress(): ValueParser<ListenAddress> {
  return {
    range: '[host]:port, port 0 … 65535 (0 = any free one)',
    yamlTypes: ['string'],
    parse: (text) => {
      const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
      if (match === null) return no('is no address like :4507, 127.0.0.1:4507 or [::1]:4507');
      const [, v6, name, digits] = match;
      const port = Number(digits);
      if (port > 65_535) return no('has a port above 65535');
      if (v6 !== undefined && isIP(v6.replace(/%.*$/, '')) !== 6)
        return no('has no IPv6 address in its brackets');
      const host = v6 ?? name ?? '';
      const named = v6 !== undefined || host === '' || isIPv4(host) || isHostName(host);
      return named ? ok({ host, port }) : no('has a host that is neither an address nor a name');
    },
  };
}

/** The last label of a name has a letter: 300.1.1.1 is a mistyped address, not a name. */
function isHostName(host: string): boolean {
  const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
  const labels = host.split('.');
  return (
    host.length <= 253 && labels.every((l) => label.test(l)) && /[a-z]/i.test(labels.at(-1) ?? '')
  );
}

/** Paths that the HTTP server needs for itself: health, data, and what the live page is made of. */
export const RESERVED_PATHS: readonly string[] = ['/-/', '/api/', '/page/'];

export function httpPath(): ValueParser<string> {
  return {
    range: 'a path below /, not / itself, /-/…, /api/… or /page/…',
    yamlTypes: ['string'],
    parse: (text) => {
      if (!/^(?:\/[\w.~-]+)+$/.test(text) || /\/\.\.?(?:\/|$)/.test(text))
        return no('is no path like /metrics (letters, digits, - . _ ~)');
      const reserved = RESERVED_PATHS.find((prefix) => `${text}/`.startsWith(prefix));
      return reserved === undefined
        ? ok(text)
        : no(`lies below ${reserved}, which the exporter needs itself`);
    },
  };
}

/** Endpoint to bind the tap to. Only this host: whoever reaches it can write metrics, and ZeroMQ's NULL mechanism asks nobody. */
export function tapEndpoint(): ValueParser<string> {
  return {
    range: 'tcp://127.0.0.1:PORT, tcp://[::1]:PORT (PORT * = any free one) or ipc:///PATH',
    yamlTypes: ['string'],
    parse: (text) => {
      const bound = localBindEndpoint(text);
      return bound.ok ? ok(text) : no(bound.problem);
    },
  };
}

/**
 * Source address of our own connections to the master. Salt reads a peer 127.0.0.1 or ::1 on the publish port as every address of the
 * master's host, so a subscriber from there would make a dead minion of that host count as present.
 */
export function canaryAddress(): ValueParser<string> {
  return {
    range: 'an address of 127.0.0.0/8 other than 127.0.0.1',
    yamlTypes: ['string'],
    parse: (text) => {
      if (text === '127.0.0.1' || text === '::1' || text === 'localhost')
        return no(
          "would falsify Salt's own presence (a peer from there counts as every address of the master's host); use 127.0.0.77",
        );
      if (!isIPv4(text) || !text.startsWith('127.'))
        return no('is no loopback address; use 127.0.0.77');
      if (text === '127.0.0.0' || text === '127.255.255.255')
        return no('is the network or the broadcast address of loopback; use 127.0.0.77');
      return ok(text);
    },
  };
}

/**
 * Detail per block: one word for all, `block=word` for one block, separated by commas; the last word for a block counts.
 * `all,links=problems` → { links: "problems" }.
 */
export function detailPerBlock<D extends string, B extends string>(
  details: readonly D[],
  blocks: readonly B[],
): ValueParser<Readonly<Record<B, D>>> {
  const words = details.join(' | ');
  return {
    range: `${words}; per block: ${blocks.map((block) => `all,${block}=problems`).join(' ')}`,
    yamlTypes: ['string'],
    parse: (text) => {
      let general: D | undefined;
      const apart = new Map<B, D>();
      for (const part of text.split(',')) {
        const [left = '', right] = part.split('=', 2);
        const detail = details.find((d) => d === (right ?? left).trim());
        if (detail === undefined)
          return no(`has a part "${part.trim()}" that is none of: ${words}`);
        const block = blocks.find((b) => b === left.trim());
        if (right === undefined && general !== undefined)
          return no('names a detail for all blocks twice');
        if (right === undefined) general = detail;
        else if (block === undefined) return no(`names no block of: ${blocks.join(' ')}`);
        else if (apart.has(block)) return no(`names block ${block} twice`);
        else apart.set(block, detail);
      }
      const rows = blocks.map((block) => [block, apart.get(block) ?? general ?? details[0]]);
      // Every block got a row above; fromEntries loses that knowledge.
      return ok(Object.fromEntries(rows) as Record<B, D>);
    },
  };
}
