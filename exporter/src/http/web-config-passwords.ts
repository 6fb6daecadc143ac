/** Passwords against their bcrypt hashes, in a thread of their own, and a memory of those that were right. */
import { createHmac, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { BoundedMap } from '../lib/bounded-map.js';
import { errorText } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';

/** Verified passwords that are remembered, as in exporter-toolkit. */
const REMEMBERED_MAX = 100;
/** Passwords that wait for the thread; at bcrypt's cost 10 that is some 5 s of work. */
const WAITING_MAX = 64;
/** The thread ends when nobody new came for this long: it holds some MB. */
const THREAD_IDLE_MS = 30_000;
const THREAD_HEAP_MEGABYTES = 32;
/** bcrypt's own alphabet: what a salt and a digest are written in. */
const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BCRYPT_BODY_LENGTH = 53;
const USUAL_COST = 10;

export type PasswordVerdict = 'right' | 'wrong' | 'too_many';

/** To the thread and back. */
export interface PasswordQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}
export interface PasswordAnswer {
  readonly id: number;
  readonly isRight: boolean;
}

export class PasswordCheck {
  readonly #log: Logger;
  readonly #secret = randomBytes(32);
  readonly #decoyBody = randomBody();
  readonly #remembered = new BoundedMap<string, true>('web_passwords', REMEMBERED_MAX);
  readonly #waiting = new Map<number, (isRight: boolean) => void>();
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #asked = 0;
  #isStopped = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * A name that nobody has takes as long as a wrong password: it is held against a hash of nothing
   * at the highest cost among the users.
   */
  async verdict(
    users: ReadonlyMap<string, string>,
    { name, password }: { readonly name: string; readonly password: string },
  ): Promise<PasswordVerdict> {
    const known = users.get(name);
    const hash = known ?? this.#decoy(users);
    const key = this.#keyOf([name, hash, password]);
    if (known !== undefined && this.#remembered.has(key)) return 'right';
    if (this.#waiting.size >= WAITING_MAX || this.#isStopped) return 'too_many';
    const isRight = (await this.#compare(password, hash)) && known !== undefined;
    if (!isRight) return 'wrong';
    this.#remembered.set(key, true);
    return 'right';
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#idle);
    await this.#thread?.terminate();
  }

  /** Keyed, so that a copy of this memory tells nobody's password. */
  #keyOf(parts: readonly string[]): string {
    return createHmac('sha256', this.#secret).update(JSON.stringify(parts)).digest('base64');
  }

  #decoy(users: ReadonlyMap<string, string>): string {
    const costs = [...users.values()].map((hash) => Number(hash.slice(4, 6)));
    const cost = costs.length === 0 ? USUAL_COST : Math.max(...costs);
    return `$2b$${String(cost).padStart(2, '0')}$${this.#decoyBody}`;
  }

  #compare(password: string, hash: string): Promise<boolean> {
    this.#asked += 1;
    const id = this.#asked;
    const thread = this.#startedThread();
    clearTimeout(this.#idle);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      const question: PasswordQuestion = { id, password, hash };
      thread.postMessage(question);
    });
  }

  #startedThread(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(new URL('./web-config-password-thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MEGABYTES },
    });
    this.#thread = thread;
    // Whoever stops the exporter does not wait for a password.
    thread.unref();
    thread.on('message', ({ id, isRight }: PasswordAnswer) => this.#answer(id, isRight));
    thread.on('error', (error) =>
      this.#log.error('The thread that checks passwords failed', { error: errorText(error) }),
    );
    thread.on('exit', () => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      for (const id of [...this.#waiting.keys()]) this.#answer(id, false);
    });
    return thread;
  }

  #answer(id: number, isRight: boolean): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(isRight);
    if (this.#waiting.size > 0 || this.#isStopped) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#endThread(), THREAD_IDLE_MS).unref();
  }

  #endThread(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.terminate();
  }
}

/** What stands behind the cost in a hash: of no password that anybody could know. */
function randomBody(): string {
  return [...randomBytes(BCRYPT_BODY_LENGTH)]
    .map((byte) => BCRYPT_ALPHABET[byte % BCRYPT_ALPHABET.length])
    .join('');
}
