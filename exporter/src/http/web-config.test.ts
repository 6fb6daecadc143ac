/** The web configuration file as text: every field, and every mistake with its line and its remedy. */
import { describe, expect, it } from 'vitest';
import { parseWebConfig } from './web-config.js';

const HASH = '$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234';
const PAIR = 'tls_server_config:\n  cert_file: c.pem\n  key_file: k.pem\n';

function configOf(text: string) {
  const result = parseWebConfig('/w.yml', text);
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.config;
}

function errorsOf(text: string): readonly string[] {
  const result = parseWebConfig('/w.yml', text);
  return result.ok ? [] : result.errors;
}

describe('a web configuration', () => {
  it('asks for nothing when it is empty, or its sections are', () => {
    const nothing = { tls: undefined, headers: new Map(), users: new Map(), rateLimit: undefined };
    for (const text of ['', '# only this\n', 'tls_server_config:\nbasic_auth_users: {}\n'])
      expect(configOf(text)).toEqual(nothing);
  });

  it('has the defaults of the format', () => {
    expect(configOf(PAIR).tls).toEqual({
      cert: { file: 'c.pem' },
      key: { file: 'k.pem' },
      clientCa: undefined,
      clientAuthType: 'NoClientCert',
      clientAllowedSans: [],
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      cipherSuites: [],
      preferServerCipherSuites: true,
      curves: [],
    });
  });

  it('takes every field', () => {
    const text = `
tls_server_config:
  cert: CERT
  key: KEY
  client_ca: CA
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [a.example, 10.0.0.1]
  min_version: TLS13
  max_version: TLS13
  cipher_suites:
    - TLS_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256, CurveP384, CurveP521]
http_server_config:
  http2: false
  headers:
    Content-Security-Policy: default-src 'self'
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: ""
    Strict-Transport-Security: max-age=60
basic_auth_users:
  anna: ${HASH}
  0123: ${HASH}
rate_limit: { interval: 1m500ms, burst: 20 }
`;
    expect(configOf(text)).toEqual({
      tls: {
        cert: { inline: 'CERT' },
        key: { inline: 'KEY' },
        clientCa: { inline: 'CA' },
        clientAuthType: 'RequireAndVerifyClientCert',
        clientAllowedSans: ['a.example', '10.0.0.1'],
        minVersion: 'TLSv1.3',
        maxVersion: 'TLSv1.3',
        cipherSuites: ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
        preferServerCipherSuites: false,
        curves: ['X25519', 'P-256', 'P-384', 'P-521'],
      },
      headers: new Map([
        ['Content-Security-Policy', "default-src 'self'"],
        ['X-Frame-Options', 'deny'],
        ['X-Content-Type-Options', 'nosniff'],
        ['Strict-Transport-Security', 'max-age=60'],
      ]),
      users: new Map([
        ['anna', HASH],
        ['0123', HASH],
      ]),
      rateLimit: { intervalSeconds: 60.5, burst: 20 },
    });
  });

  it('knows RequireClientCert, the old name of RequireAnyClientCert', () => {
    const text = `${PAIR}  client_auth_type: RequireClientCert\n`;
    expect(configOf(text).tls?.clientAuthType).toBe('RequireAnyClientCert');
  });

  it.each([
    ['0', undefined],
    ['0s', undefined],
    ['1000000000', 1],
    ['1h2m3s', 3723],
    ['1.5ms', 0.0015],
  ])('reads the interval %s of the rate limit', (interval, seconds) => {
    const { rateLimit } = configOf(`rate_limit: { interval: "${interval}", burst: 1 }`);
    expect(rateLimit?.intervalSeconds).toBe(seconds);
  });
});

describe('a mistake', () => {
  const verify = 'client_auth_type: RequireAndVerifyClientCert';
  it.each([
    ['tls_server_config: [', /^\/w\.yml:1: is not valid YAML: .*; mend that line$/],
    ['a: 1\na: 2\n', /^\/w\.yml:2: is not valid YAML: .*unique/],
    ['- a\n', /^\/w\.yml:1: must hold "name: value" lines/],
    ['tls_config: {}\n', /:1: tls_config: is no field; the nearest is tls_server_config$/],
    ['tls_server_config: x\n', /:1: tls_server_config: must hold/],
    [`${PAIR}  certfile: x\n`, /:4: tls_server_config\.certfile: is no field; .* cert_file$/],
    [`${PAIR}  cert: x\n`, /:4: tls_server_config\.cert: cert_file is given too; leave one out$/],
    [`${PAIR}  key: x\n`, /:4: tls_server_config\.key: key_file is given too/],
    ['tls_server_config: { key_file: k }\n', /cert_file is missing; TLS needs cert_file and key/],
    ['tls_server_config: { cert_file: c }\n', /key_file is missing/],
    ['tls_server_config: { cert_file: [c], key_file: k }\n', /cert_file: must be a text/],
    ['tls_server_config: { cert_file: "", key_file: k }\n', /cert_file is missing/],
    [`${PAIR}  ${verify}\n`, /:4: .*client_auth_type: .* needs an authority .* client_ca_file$/],
    [`${PAIR}  client_auth_type: VerifyClientCertIfGiven\n`, /needs an authority/],
    [`${PAIR}  client_ca_file: x\n`, /client_ca_file: has no effect .*; add client_auth_type/],
    [`${PAIR}  client_ca: x\n`, /client_ca: has no effect/],
    [`${PAIR}  client_allowed_sans: [x]\n`, /client_allowed_sans: has no effect/],
    [`${PAIR}  client_auth_type: Always\n`, /client_auth_type: "Always" is not known; use NoCl/],
    [`${PAIR}  client_auth_type: RequestClientCert\n  client_allowed_sans: []\n`, /names nobody/],
    [
      `${PAIR}  client_auth_type: RequestClientCert\n  client_allowed_sans: [""]\n`,
      /has an empty entry; leave that one out/,
    ],
    [`${PAIR}  min_version: TLS10\n`, /:4: .*min_version: TLS10 is not offered: .*use TLS12 or/],
    [`${PAIR}  max_version: TLS11\n`, /max_version: TLS11 is not offered/],
    [`${PAIR}  min_version: "1.3"\n`, /"1\.3" is not known; use TLS12, TLS13$/],
    [`${PAIR}  min_version: TLS13\n  max_version: TLS12\n`, /:5: .*is below min_version; raise/],
    [`${PAIR}  cipher_suites: ECDHE\n`, /cipher_suites: must be a list; write each entry/],
    [
      `${PAIR}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA1]\n`,
      /is not known; the nearest is TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256$/,
    ],
    [`${PAIR}  curve_preferences: [P256]\n`, /"P256" is not known; use CurveP256, CurveP384/],
    [`${PAIR}  prefer_server_cipher_suites: 1\n`, /must be true or false$/],
    [
      'http_server_config: { http2: true }\n',
      /http2: HTTP\/2 is not spoken .*write false or leave/,
    ],
    ['http_server_config: { http2: maybe }\n', /http2: must be true or false/],
    ['http_server_config: { headers: { X-Mine: 1 } }\n', /headers\.X-Mine: is no field/],
    [
      'http_server_config: { headers: { X-Frame-Options: DENY } }\n',
      /X-Frame-Options: "DENY" has no meaning there; use deny or sameorigin$/,
    ],
    [
      'http_server_config: { headers: { X-XSS-Protection: "a\\nb" } }\n',
      /has a line break or a character that no header may have/,
    ],
    ['basic_auth_users: { anna: secret }\n', /users\.anna: is no bcrypt hash; make one with: ht/],
    ['basic_auth_users: { anna: }\n', /users\.anna: is no bcrypt hash/],
    [`basic_auth_users: { anna: ${HASH.replace('10', '03')} }\n`, /is no bcrypt hash/],
    [`basic_auth_users: { anna: ${HASH.replace('10', '15')} }\n`, /cost of 15 would take too/],
    [`basic_auth_users: { "a:b": ${HASH} }\n`, /must not hold ":"; choose another$/],
    [`basic_auth_users: { "": ${HASH} }\n`, /must not be empty/],
    ['basic_auth_users: [anna]\n', /basic_auth_users: must hold/],
    ['rate_limit: { interval: soon, burst: 1 }\n', /interval: "soon" is no duration; write one/],
    ['rate_limit: { interval: 1s }\n', /burst must be 1 … 1000000/],
    ['rate_limit: { interval: 1s, burst: 0 }\n', /burst must be 1 … 1000000/],
    ['rate_limit: { interval: 1s, bursts: 1, burst: 1 }\n', /bursts: is no field; .* burst$/],
  ])('in %j is said', (text, message) => {
    const errors = errorsOf(text);
    expect(errors.join('\n')).toMatch(message);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^\/w\.yml:\d+: /);
  });

  it('never hides another one, and never shows a hash', () => {
    const secret = 'hunter2-in-the-clear';
    const text = `tls_server_config: { key_file: k, min_version: TLS9 }\nbasic_auth_users: { anna: ${secret} }\nx: 1\n`;
    const errors = errorsOf(text);
    expect(errors).toHaveLength(4);
    expect(errors.join('\n')).not.toContain(secret);
  });
});
