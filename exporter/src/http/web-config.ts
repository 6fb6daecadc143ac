/**
 * The Prometheus web configuration file: YAML → what it asks of our server, or every mistake with
 * its line and its remedy.
 */
import { closest } from 'fastest-levenshtein';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { CIPHER_NAMES, CURVE_NAMES, REFUSED_VERSIONS, VERSION_NAMES } from './web-config-names.js';

/** A certificate, key or authority: in a file of its own, or in the configuration itself. */
export type PemPlace = { readonly file: string } | { readonly inline: string };

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

export interface TlsConfig {
  readonly cert: PemPlace;
  readonly key: PemPlace;
  readonly clientCa: PemPlace | undefined;
  readonly clientAuthType: ClientAuthType;
  /** Empty = any name will do. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL's names, in order of preference; empty = the default ones. */
  readonly cipherSuites: readonly string[];
  readonly preferServerCipherSuites: boolean;
  /** OpenSSL's names, in order of preference; empty = the default ones. */
  readonly curves: readonly string[];
}

export interface RateLimit {
  /** One more request is allowed each time this has passed. */
  readonly intervalSeconds: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

export interface WebConfig {
  /** undefined = plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Headers of every answer, in place of our own of that name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Name → bcrypt hash; empty = nobody is asked. */
  readonly users: ReadonlyMap<string, string>;
  readonly rateLimit: RateLimit | undefined;
}

export type WebConfigResult =
  | { readonly ok: true; readonly config: WebConfig }
  | { readonly ok: false; readonly errors: readonly string[] };

/** The headers that may be set, with their values where only these have a meaning. */
const HEADERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Content-Security-Policy', []],
  ['Strict-Transport-Security', []],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-XSS-Protection', []],
]);

const SECTIONS = ['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit'];
const TLS_FIELDS = [
  ...['cert', 'cert_file', 'key', 'key_file', 'client_ca', 'client_ca_file', 'client_auth_type'],
  ...['client_allowed_sans', 'min_version', 'max_version', 'cipher_suites'],
  ...['prefer_server_cipher_suites', 'curve_preferences'],
];
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z\d]{53}$/;
const BCRYPT_COST_MIN = 4;
/** About 2 s of one core for each first login; every further step doubles it. */
const BCRYPT_COST_MAX = 14;
/** Units of Go's durations in seconds. */
const GO_UNITS: ReadonlyMap<string, number> = new Map([
  ...([
    ['ns', 1e-9],
    ['us', 1e-6],
    ['µs', 1e-6],
    ['ms', 1e-3],
  ] as const),
  ...([
    ['s', 1],
    ['m', 60],
    ['h', 3600],
  ] as const),
]);

/** `path` is how messages name the file. Pure: files that it names are not looked at. */
export function parseWebConfig(path: string, text: string): WebConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const errors = [...document.errors, ...document.warnings].map(
    ({ message, pos }) =>
      `${path}:${lines.linePos(pos[0]).line}: is not valid YAML: ${message}; mend that line`,
  );
  if (errors.length > 0) return { ok: false, errors };
  const reader = new Reader(path, lines, errors);
  const root = reader.block({ name: '', node: document.contents }, SECTIONS);
  const config: WebConfig = {
    tls: readTls(reader, root.get('tls_server_config')),
    headers: readHttp(reader, root.get('http_server_config')),
    users: readUsers(reader, root.get('basic_auth_users')),
    rateLimit: readRateLimit(reader, root.get('rate_limit')),
  };
  return errors.length > 0 ? { ok: false, errors } : { ok: true, config };
}

/** A value of the file with its full name, `tls_server_config.cert_file`. */
interface Field {
  readonly name: string;
  readonly node: unknown;
}
type Fields = ReadonlyMap<string, Field>;

/** Reads values of one type each and notes what is not of it. */
class Reader {
  readonly #path: string;
  readonly #lines: LineCounter;
  readonly #errors: string[];

  constructor(path: string, lines: LineCounter, errors: string[]) {
    this.#path = path;
    this.#lines = lines;
    this.#errors = errors;
  }

  get mistakes(): number {
    return this.#errors.length;
  }

  fail({ name, node }: Field, problem: string): undefined {
    // Every node that parseDocument made has a range; the type allows nodes made by hand.
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    const subject = name === '' ? '' : ` ${name}:`;
    this.#errors.push(`${this.#path}:${this.#lines.linePos(offset).line}:${subject} ${problem}`);
    return undefined;
  }

  /** The fields of a block by name; `known` undefined = any name. A block that is null has none. */
  block(field: Field | undefined, known?: readonly string[]): Fields {
    const found = new Map<string, Field>();
    if (field === undefined || isNothing(field.node)) return found;
    if (!isMap(field.node)) {
      this.fail(field, 'must hold "name: value" lines; see the web configuration of Prometheus');
      return found;
    }
    for (const { key, value } of field.node.items) {
      // Names made of digits keep their spelling.
      const name = isScalar(key) ? (key.source ?? String(key.value)) : '';
      const full = field.name === '' ? name : `${field.name}.${name}`;
      const node = isNothing(value) ? key : value;
      if (known === undefined || known.includes(name)) {
        found.set(name, { name: full, node: isNothing(value) ? null : node });
        continue;
      }
      const nearest = closest(name.slice(0, 80), known);
      const short = full.slice(0, 100);
      this.fail({ name: short, node: key }, `is no field; the nearest is ${nearest}`);
    }
    return found;
  }

  text(field: Field | undefined): string | undefined {
    if (field === undefined || isNothing(field.node)) return undefined;
    const { node } = field;
    if (!isScalar(node))
      return this.fail(field, 'must be a text; write it on one line or quote it');
    const text = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    return text === '' ? undefined : text;
  }

  switch(field: Field | undefined): boolean | undefined {
    if (field === undefined || isNothing(field.node)) return undefined;
    const value = isScalar(field.node) ? field.node.value : undefined;
    return typeof value === 'boolean' ? value : this.fail(field, 'must be true or false');
  }

  texts(field: Field | undefined): readonly Field[] {
    if (field === undefined || isNothing(field.node)) return [];
    if (isSeq(field.node)) return field.node.items.map((node) => ({ name: field.name, node }));
    this.fail(field, 'must be a list; write each entry on a line of its own after "- "');
    return [];
  }

  /** What `names` makes of the text; anything else is an error that lists them. */
  named<T>(field: Field | undefined, names: ReadonlyMap<string, T>): T | undefined {
    const text = this.text(field);
    if (field === undefined || text === undefined) return undefined;
    const found = names.get(text);
    if (found !== undefined) return found;
    const all = [...names.keys()];
    const choice =
      all.length > 6
        ? `the nearest is ${closest(text.slice(0, 80), all)}`
        : `use ${all.join(', ')}`;
    return this.fail(field, `${quote(text)} is not known; ${choice}`);
  }
}

function readTls(reader: Reader, section: Field | undefined): TlsConfig | undefined {
  const fields = reader.block(section, TLS_FIELDS);
  if (section === undefined || fields.size === 0) return undefined;
  const cert = readPem(reader, fields, { name: 'cert', section });
  const key = readPem(reader, fields, { name: 'key', section });
  const clientCa = readPem(reader, fields, { name: 'client_ca', section, optional: true });
  const [minVersion, maxVersion] = readVersions(reader, fields);
  const types = new Map<string, ClientAuthType>(CLIENT_AUTH_TYPES.map((type) => [type, type]));
  types.set('RequireClientCert', 'RequireAnyClientCert');
  const authField = fields.get('client_auth_type');
  const clientAuthType = reader.named(authField, types) ?? 'NoClientCert';
  const clientAllowedSans = readSans(reader, fields.get('client_allowed_sans'));
  const isVerified = clientAuthType.includes('Verify');
  if (isVerified && clientCa === undefined)
    reader.fail(
      authField ?? section,
      `${clientAuthType} needs an authority to verify against; give client_ca_file`,
    );
  if (clientAuthType === 'NoClientCert')
    for (const name of ['client_ca', 'client_ca_file', 'client_allowed_sans']) {
      const without = fields.get(name);
      if (without !== undefined)
        reader.fail(
          without,
          'has no effect while no client certificate is asked for; add client_auth_type: RequireAndVerifyClientCert',
        );
    }
  const ciphers = reader.texts(fields.get('cipher_suites'));
  const curves = reader.texts(fields.get('curve_preferences'));
  const preferServer = reader.switch(fields.get('prefer_server_cipher_suites')) ?? true;
  const cipherSuites = ciphers.map((cipher) => reader.named(cipher, CIPHER_NAMES));
  const curveNames = curves.map((curve) => reader.named(curve, CURVE_NAMES));
  if (cert === undefined || key === undefined) return undefined;
  return {
    ...{ cert, key, clientCa, clientAuthType, clientAllowedSans, minVersion, maxVersion },
    cipherSuites: cipherSuites.filter((name) => name !== undefined),
    preferServerCipherSuites: preferServer,
    curves: curveNames.filter((name) => name !== undefined),
  };
}

/** An empty list or entry would let everybody in where somebody wanted to keep people out. */
function readSans(reader: Reader, field: Field | undefined): readonly string[] {
  const entries = reader.texts(field);
  if (field !== undefined && entries.length === 0)
    reader.fail(field, 'names nobody; list the allowed names or leave it out');
  const sans = entries.map(
    (entry) => reader.text(entry) ?? reader.fail(entry, 'has an empty entry; leave that one out'),
  );
  return sans.filter((san) => san !== undefined);
}

function readPem(
  reader: Reader,
  fields: Fields,
  { name, section, optional }: { name: string; section: Field; optional?: boolean },
): PemPlace | undefined {
  const { mistakes } = reader;
  const file = reader.text(fields.get(`${name}_file`));
  const inline = reader.text(fields.get(name));
  if (file !== undefined && inline !== undefined)
    return reader.fail(fields.get(name) ?? section, `${name}_file is given too; leave one out`);
  if (file !== undefined) return { file };
  if (inline !== undefined) return { inline };
  return optional === true || reader.mistakes > mistakes
    ? undefined
    : reader.fail(section, `${name}_file is missing; TLS needs cert_file and key_file`);
}

function readVersions(reader: Reader, fields: Fields) {
  const read = (name: string) => {
    const field = fields.get(name);
    const text = reader.text(field);
    if (field !== undefined && text !== undefined && REFUSED_VERSIONS.includes(text))
      return reader.fail(
        field,
        `${text} is not offered: the OpenSSL of Node refuses versions below 1.2; use TLS12 or TLS13`,
      );
    return reader.named(field, VERSION_NAMES);
  };
  const low = read('min_version') ?? 'TLSv1.2';
  const high = read('max_version') ?? 'TLSv1.3';
  const field = fields.get('max_version');
  if (field !== undefined && low > high)
    reader.fail(field, 'is below min_version; raise it or leave it out');
  return [low, high] as const;
}

function readHttp(reader: Reader, section: Field | undefined): ReadonlyMap<string, string> {
  const fields = reader.block(section, ['http2', 'headers']);
  const http2 = fields.get('http2');
  if (http2 !== undefined && reader.switch(http2) === true)
    reader.fail(http2, 'HTTP/2 is not spoken here (express has none); write false or leave it out');
  const headers = new Map<string, string>();
  for (const [name, field] of reader.block(fields.get('headers'), [...HEADERS.keys()])) {
    const value = reader.text(field);
    const allowed = HEADERS.get(name) ?? [];
    if (value === undefined) continue;
    if (/[^\t\x20-\x7e]/.test(value))
      reader.fail(field, 'has a line break or a character that no header may have; leave it out');
    else if (allowed.length > 0 && !allowed.includes(value))
      reader.fail(field, `${quote(value)} has no meaning there; use ${allowed.join(' or ')}`);
    else headers.set(name, value);
  }
  return headers;
}

/** Never shows a hash. */
function readUsers(reader: Reader, section: Field | undefined): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [user, field] of reader.block(section)) {
    const named = { ...field, node: field.node ?? section?.node };
    const hash = reader.text(field) ?? '';
    const cost = Number(BCRYPT.exec(hash)?.[1] ?? Number.NaN);
    if (user === '' || user.includes(':'))
      reader.fail(named, 'a user name must not be empty and must not hold ":"; choose another');
    else if (Number.isNaN(cost) || cost < BCRYPT_COST_MIN)
      reader.fail(named, 'is no bcrypt hash; make one with: htpasswd -nBC 10 "" | tr -d ":\\n"');
    else if (cost > BCRYPT_COST_MAX)
      reader.fail(
        named,
        `its bcrypt cost of ${cost} would take too long; make one of ${BCRYPT_COST_MAX} or less: htpasswd -nBC 10 ""`,
      );
    else users.set(user, hash);
  }
  return users;
}

function readRateLimit(reader: Reader, section: Field | undefined): RateLimit | undefined {
  const fields = reader.block(section, ['interval', 'burst']);
  const interval = fields.get('interval');
  const text = reader.text(interval) ?? '0';
  const intervalSeconds = goDurationSeconds(text);
  const burstField = fields.get('burst');
  const burst = Number(reader.text(burstField) ?? '0');
  if (intervalSeconds === undefined)
    return interval && reader.fail(interval, `${quote(text)} is no duration; write one like 100ms`);
  if (intervalSeconds === 0) return undefined;
  if (!Number.isInteger(burst) || burst < 1 || burst > 1e6)
    return reader.fail(
      burstField ?? interval ?? { name: 'rate_limit', node: section?.node },
      'rate_limit.burst must be 1 … 1000000, or every request is refused; write for example 10',
    );
  return { intervalSeconds, burst };
}

/** `1m30s` → 90; a bare number is nanoseconds, as in Go. */
function goDurationSeconds(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) / 1e9;
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, digits, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    seconds += Number(digits) * (GO_UNITS.get(unit) ?? 0);
  return seconds;
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** Untrusted text for a message: one line, bounded. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
