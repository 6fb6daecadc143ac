/** Certificates made by openssl in a directory of the test: authorities, servers, clients, one that expired. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export class Certificates {
  readonly directory = mkdtempSync(join(tmpdir(), 'brinescope-web-'));
  #made = 0;

  path(name: string): string {
    return join(this.directory, name);
  }

  text(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** In one step, as certificate managers do it: no reader ever sees half a file. */
  write(name: string, text: string): void {
    this.#made += 1;
    const temporary = this.path(`.${this.#made}.tmp`);
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, this.path(name));
  }

  /** An authority: `NAME.pem` and `NAME.key`. */
  authority(name: string): void {
    this.#openssl([
      ...['req', '-x509', ...EC_KEY, '-keyout', this.path(`${name}.key`)],
      ...['-out', this.path(`${name}.pem`), '-days', '30', '-subj', `/CN=${name}`],
    ]);
  }

  /** A certificate by `authority`: `NAME.pem` and `NAME.key`; an expired one was good in 2020. */
  issue(name: string, authority: string, { sans, expired }: IssueOptions): void {
    this.#openssl([
      ...['req', ...EC_KEY, '-new', '-keyout', this.path(`${name}.key`)],
      ...['-out', this.path(`${name}.csr`), '-subj', `/CN=${name}`],
    ]);
    writeFileSync(this.path(`${name}.index`), '');
    writeFileSync(
      this.path(`${name}.cnf`),
      [
        ...['[ca]', 'default_ca = own', '[own]', `database = ${this.path(`${name}.index`)}`],
        ...['rand_serial = yes', `new_certs_dir = ${this.directory}`, 'default_md = sha256'],
        ...['policy = any', 'x509_extensions = extensions', '[any]', 'commonName = supplied'],
        ...['[extensions]', `subjectAltName = ${sans}`, ''],
      ].join('\n'),
    );
    const dates = expired
      ? ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z']
      : ['-days', '20'];
    this.#openssl([
      ...['ca', '-batch', '-notext', '-config', this.path(`${name}.cnf`), ...dates],
      ...['-cert', this.path(`${authority}.pem`), '-keyfile', this.path(`${authority}.key`)],
      ...['-in', this.path(`${name}.csr`), '-out', this.path(`${name}.pem`)],
    ]);
  }

  pair(name: string): Pair {
    return { cert: this.text(`${name}.pem`), key: this.text(`${name}.key`) };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #openssl(argv: readonly string[]): void {
    execFileSync('openssl', argv, { stdio: 'pipe' });
  }
}

interface IssueOptions {
  /** In openssl's words: `DNS:a.example,IP:10.0.0.1`. */
  readonly sans: string;
  readonly expired?: boolean;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
