/**
 * Reads the web configuration file and what it names, and makes of it what a TLS server is made
 * from; says every mistake at once.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { errorText } from '../lib/errors.js';
import { fileStamp, readRegularFile } from '../lib/regular-file.js';
import { type PemPlace, parseWebConfig, type TlsConfig, type WebConfig } from './web-config.js';
import { TLS13_SUITES } from './web-config-names.js';

/** Bundles of authorities are a quarter of that. */
const FILE_MAX_BYTES = 1_000_000;
/** A file that is younger may change again within the same tick of its file system's clock. */
const SETTLED_AFTER_MS = 2_000;

/** What one reading found. `stamps` tells by `hasChanged` whether another would find the same. */
export type WebRead = {
  readonly stamps: ReadonlyMap<string, string>;
  /** A stamp alone does not tell yet that nothing changed. */
  readonly isYoung: boolean;
} & (
  | {
      readonly ok: true;
      readonly config: WebConfig;
      /** undefined = plain HTTP. */
      readonly tlsOptions: TlsOptions | undefined;
      /** Equal for equal contents. */
      readonly fingerprint: string;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly errors: readonly string[] }
);

interface Reading {
  readonly directory: string;
  readonly hash: ReturnType<typeof createHash>;
  readonly stamps: Map<string, string>;
  readonly errors: string[];
  readonly warnings: string[];
  readonly nowMs: number;
}

/** `nowMs`: wall clock, for the age of files and the validity of certificates. */
export async function readWebConfig(path: string, nowMs: number): Promise<WebRead> {
  const reading: Reading = {
    directory: dirname(path),
    ...{ hash: createHash('sha256'), stamps: new Map(), errors: [], warnings: [], nowMs },
  };
  const text = await readText(reading, path, '--web.config.file');
  if (text === undefined) return failed(reading);
  const parsed = parseWebConfig(path, text.toString('utf8'));
  if (!parsed.ok) return failed(reading, parsed.errors);
  const { config } = parsed;
  const tlsOptions = config.tls && (await secureOptions(reading, config.tls));
  if (reading.errors.length > 0) return failed(reading);
  return {
    ok: true,
    ...{ config, tlsOptions, stamps: reading.stamps, isYoung: isYoung(reading) },
    fingerprint: reading.hash.digest('hex'),
    warnings: reading.warnings,
  };
}

/** Whether a file is not the one that was read; also when one of them came or went. */
export async function hasChanged(stamps: ReadonlyMap<string, string>): Promise<boolean> {
  for (const [path, stamp] of stamps) if ((await stampOf(path)) !== stamp) return true;
  return false;
}

function failed(reading: Reading, errors: readonly string[] = reading.errors): WebRead {
  return { ok: false, errors, stamps: reading.stamps, isYoung: isYoung(reading) };
}

function isYoung({ stamps, nowMs }: Reading): boolean {
  return [...stamps.values()].some((stamp) => {
    const changedMs = Number(BigInt(stamp.split(':').at(-1) || 0) / 1_000_000n);
    return nowMs - changedMs < SETTLED_AFTER_MS;
  });
}

/** Empty when there is no such file, or none that may be looked at. */
async function stampOf(path: string): Promise<string> {
  try {
    return fileStamp(await stat(path, { bigint: true }));
  } catch {
    return ''; // why it cannot be read is said by the reading itself
  }
}

/** `name`: the field that names the file. */
async function readText(reading: Reading, path: string, name: string): Promise<Buffer | undefined> {
  const file = await readRegularFile(path, FILE_MAX_BYTES);
  reading.stamps.set(path, file.ok ? file.stamp : await stampOf(path));
  if (file.ok) {
    reading.hash.update(`${path}\0${file.bytes.length}\0`).update(file.bytes);
    return file.bytes;
  }
  const remedy =
    file.reason === 'unreadable'
      ? 'let the user that brinescope runs as read it'
      : 'give the path of a PEM file';
  const advice = name === '--web.config.file' ? 'give a file that this user may read' : remedy;
  reading.errors.push(`${name}: ${path} ${file.detail}; ${advice}`);
  return undefined;
}

async function readPem(
  reading: Reading,
  name: string,
  place: PemPlace | undefined,
): Promise<Pem | undefined> {
  if (place === undefined) return undefined;
  const field = `tls_server_config.${name}`;
  if ('inline' in place) return { where: field, bytes: Buffer.from(place.inline) };
  const path = resolve(reading.directory, place.file);
  const bytes = await readText(reading, path, `${field}_file`);
  return bytes && { where: `${field}_file: ${path}`, bytes };
}

/** `where` begins a message: the field and the file. */
interface Pem {
  readonly where: string;
  readonly bytes: Buffer;
}

async function secureOptions(reading: Reading, tls: TlsConfig): Promise<TlsOptions | undefined> {
  const cert = await readPem(reading, 'cert', tls.cert);
  const key = await readPem(reading, 'key', tls.key);
  const clientCa = await readPem(reading, 'client_ca', tls.clientCa);
  if (clientCa !== undefined) checkCertificates(reading, clientCa);
  if (cert === undefined || key === undefined) return undefined;
  const leaf = checkCertificates(reading, cert);
  if (leaf === undefined || !isKeyOf(reading, leaf, { cert, key })) return undefined;
  const options: TlsOptions = {
    cert: cert.bytes,
    key: key.bytes,
    ...(clientCa && { ca: authorities(clientCa) }),
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ...(tls.cipherSuites.length > 0 && { ciphers: cipherList(tls) }),
    honorCipherOrder: tls.preferServerCipherSuites,
    ...(tls.curves.length > 0 && { ecdhCurve: tls.curves.join(':') }),
    requestCert: tls.clientAuthType !== 'NoClientCert',
    rejectUnauthorized: tls.clientAuthType === 'RequireAndVerifyClientCert',
    ALPNProtocols: ['http/1.1'],
  };
  try {
    createSecureContext(options);
    return options;
  } catch (error) {
    reading.errors.push(
      `tls_server_config: OpenSSL refuses it: ${errorText(error)}; use a longer key, or other cipher_suites and curve_preferences`,
    );
    return undefined;
  }
}

/** TLS 1.3's own suites stay on whatever is named: that is what the format says. */
function cipherList({ cipherSuites, maxVersion }: TlsConfig): string {
  const named = cipherSuites.filter((suite) => !TLS13_SUITES.includes(suite));
  return [...(maxVersion === 'TLSv1.3' ? TLS13_SUITES : []), ...named].join(':');
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function authorities({ bytes }: Pem): string[] {
  return bytes.toString('latin1').match(CERTIFICATE) ?? [];
}

/** The first one; undefined, and said why, unless every one can be read. */
function checkCertificates(reading: Reading, pem: Pem): X509Certificate | undefined {
  const blocks = authorities(pem);
  if (blocks.length === 0) {
    reading.errors.push(`${pem.where}: holds no certificate; give one in PEM form`);
    return undefined;
  }
  let first: X509Certificate | undefined;
  for (const [index, block] of blocks.entries()) {
    try {
      const certificate = new X509Certificate(block);
      first ??= certificate;
      warnOfDates(reading, pem, certificate);
    } catch (error) {
      reading.errors.push(
        `${pem.where}: certificate ${index + 1} cannot be read: ${errorText(error)}; write the file anew`,
      );
      return undefined;
    }
  }
  return first;
}

/** Clients refuse it, and that is theirs to say: the server can be put right while it runs. */
function warnOfDates(reading: Reading, pem: Pem, { validFrom, validTo }: X509Certificate): void {
  if (Date.parse(validTo) < reading.nowMs)
    reading.warnings.push(`${pem.where}: a certificate expired at ${validTo}; renew it`);
  else if (Date.parse(validFrom) > reading.nowMs)
    reading.warnings.push(`${pem.where}: a certificate is not valid before ${validFrom}`);
}

function isKeyOf(
  reading: Reading,
  leaf: X509Certificate,
  { cert, key }: { readonly cert: Pem; readonly key: Pem },
): boolean {
  try {
    if (leaf.checkPrivateKey(createPrivateKey(key.bytes))) return true;
    reading.errors.push(
      `${key.where}: is not the key of the first certificate of ${cert.where}; give the pair that belongs together`,
    );
  } catch (error) {
    const hasPassphrase = /ENCRYPTED/.test(key.bytes.toString('latin1'));
    reading.errors.push(
      hasPassphrase
        ? `${key.where}: is protected by a passphrase; write it without: openssl pkey -in KEY -out NEW`
        : `${key.where}: holds no private key that can be read (${errorText(error)}); give one in PEM form`,
    );
  }
  return false;
}
