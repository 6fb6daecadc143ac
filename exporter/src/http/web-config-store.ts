/**
 * The web configuration in force: read again when one of its files changed, kept when what is found
 * then is wrong.
 */
import type { TlsOptions } from 'node:tls';
import { AppError, errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { WebConfig } from './web-config.js';
import { hasChanged, readWebConfig, type WebRead } from './web-config-files.js';

/** A file server that is dead must not take the answers with it. */
const PATIENCE_MS = 2_000;

export interface WebInForce {
  readonly config: WebConfig;
  /** undefined = plain HTTP. */
  readonly tlsOptions: TlsOptions | undefined;
  readonly fingerprint: string;
}

/** How the last reading went, for `brinescope_config_last_reload_*`. */
export interface WebConfigStatus {
  readonly successful: boolean;
  /** When contents were last taken over, milliseconds since the epoch. */
  readonly lastSuccessWallMs: number;
}

export interface WebConfigStoreOptions {
  readonly path: string;
  readonly log: Logger;
  readonly wallMs: () => number;
}

export class WebConfigStore {
  readonly #options: WebConfigStoreOptions;
  #inForce: WebInForce;
  #read: WebRead;
  #status: WebConfigStatus;
  #failures = 0;
  /** What was said last, so that one mistake is one set of lines however often it is met. */
  #saidErrors = '';
  /** The look that is under way, and the one that begins after it. */
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** Throws `config_invalid` with every mistake of the files. */
  static async open(options: WebConfigStoreOptions): Promise<WebConfigStore> {
    const read = await readWebConfig(options.path, options.wallMs());
    if (!read.ok) throw new AppError('config_invalid', read.errors.join('\n'));
    return new WebConfigStore(options, read);
  }

  private constructor(options: WebConfigStoreOptions, read: WebRead & { readonly ok: true }) {
    this.#options = options;
    this.#read = read;
    this.#inForce = read;
    this.#status = { successful: true, lastSuccessWallMs: options.wallMs() };
    for (const warning of read.warnings) options.log.warn(warning);
  }

  /** Without looking at the files. */
  get inForce(): WebInForce {
    return this.#inForce;
  }

  get status(): WebConfigStatus {
    return this.#status;
  }

  /**
   * What the files say at a moment after the call. Callers at the same time share one look; after
   * two seconds without an answer of the file system it is what was known.
   */
  async present(): Promise<WebInForce> {
    let patience: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.#look(), waited]);
    clearTimeout(patience);
    return this.#inForce;
  }

  /** A look that began before the call may have missed what the caller knows of. */
  #look(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#check().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#look();
    });
    return this.#next;
  }

  async #check(): Promise<void> {
    try {
      if (this.#read.isYoung || (await hasChanged(this.#read.stamps))) await this.#readAgain();
    } catch (error) {
      this.#keep([`${this.#options.path}: cannot be judged: ${errorText(error)}`]);
    }
  }

  async #readAgain(): Promise<void> {
    const read = await readWebConfig(this.#options.path, this.#options.wallMs());
    this.#read = read;
    if (!read.ok) return this.#keep(read.errors);
    if (read.fingerprint === this.#inForce.fingerprint && this.#status.successful) return;
    const wasTls = this.#inForce.tlsOptions !== undefined;
    if (wasTls !== (read.tlsOptions !== undefined)) {
      const change = wasTls ? 'off' : 'on';
      const { path } = this.#options;
      return this.#keep([
        `${path}: tls_server_config: TLS is not switched ${change} while the exporter runs; restart it`,
      ]);
    }
    this.#inForce = read;
    this.#saidErrors = '';
    this.#status = { successful: true, lastSuccessWallMs: this.#options.wallMs() };
    for (const warning of read.warnings) this.#options.log.warn(warning);
    this.#options.log.info('The web configuration was read again', {
      users: read.config.users.size,
    });
  }

  #keep(errors: readonly string[]): void {
    this.#status = { ...this.#status, successful: false };
    const said = errors.join('\n');
    if (said === this.#saidErrors) return;
    this.#saidErrors = said;
    this.#failures += 1;
    const { log } = this.#options;
    for (const error of errors) log.error(error);
    log.error('The web configuration was not read again; the one that ran goes on', {
      refusedTotal: this.#failures,
    });
  }
}
