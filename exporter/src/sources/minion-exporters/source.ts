/**
 * Exporters beside minions, asked for single jobs that the master alone cannot decide: whether the
 * minion lost the job, or its return was lost on the way. A few questions a second, never more.
 */
import type { Settings } from '../../config/settings.js';
import type { MinionQuestion, MinionSight } from '../../domain/minion-answer.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { Source, SourceContext, SourceDefinition } from '../source.js';
import { type Addresses, readAddresses } from './addresses.js';
import { decodeSight } from './decode.js';
import {
  ANSWER_MAX_BYTES,
  ASKED_AT_ONCE,
  ASKED_PER_SECOND,
  LIST_LOOK_MS,
  PATIENCE_MS,
  QUESTIONS_MAX,
} from './options.js';

const ERROR_REASONS = [
  'question_dropped',
  /** It could not be reached, or did not answer in time. */
  'unreachable',
  /** It answered with another status than 200. */
  'status',
  'answer_invalid',
  /** It is the exporter of another minion, or answers for another job. */
  'answer_of_another',
  'list_invalid',
] as const;
type MinionExporterError = (typeof ERROR_REASONS)[number];

export const minionExporters: SourceDefinition = {
  name: 'minion_exporters',
  errorReasons: ERROR_REASONS,
  enabled: (settings) => settings.salt.minionExporters !== undefined,
  create: (context) => new MinionExporters(context),
};

export class MinionExporters implements Source {
  readonly name = 'minion_exporters';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  readonly #questions = new Map<string, MinionQuestion>();
  readonly #ending = new AbortController();
  #list: string | undefined;
  #addresses: Addresses = new Map();
  #stamp: string | undefined;
  #problem: string | undefined;
  /** The problem that was counted: a broken list counts once. */
  #counted: string | undefined;
  #asking = 0;
  #lastFailed = false;
  #askTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#list = context.settings.salt.minionExporters;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#lookTimer = setInterval(() => void this.#look(), LIST_LOOK_MS);
    this.#askTimer = setInterval(() => this.askNext(), 1_000 / ASKED_PER_SECOND);
  }

  async reconfigure(settings: Settings): Promise<void> {
    this.#list = settings.salt.minionExporters;
    await this.#look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#askTimer);
    clearInterval(this.#lookTimer);
    this.#questions.clear();
    this.#ending.abort();
  }

  /** Of minions without an exporter nothing is asked. */
  askMinions(questions: readonly MinionQuestion[]): void {
    for (const question of questions) {
      if (!this.#addresses.has(question.minion)) continue;
      const key = `${question.minion}\n${question.jid}`;
      if (!this.#questions.has(key) && this.#questions.size >= QUESTIONS_MAX) {
        for (const oldest of this.#questions.keys()) {
          this.#questions.delete(oldest);
          break;
        }
        this.#count('question_dropped');
      }
      this.#questions.set(key, question);
    }
  }

  /** One question, when one waits; the timer calls it. */
  askNext(): void {
    if (this.#asking >= ASKED_AT_ONCE) return;
    for (const [key, question] of this.#questions) {
      this.#questions.delete(key);
      const base = this.#addresses.get(question.minion);
      if (base === undefined) continue;
      this.#asking += 1;
      // Never rejects.
      void this.#ask(base, question).finally(() => {
        this.#asking -= 1;
      });
      return;
    }
  }

  async #ask(base: string, question: MinionQuestion): Promise<void> {
    const askedMonoMs = this.#context.clock.now().monoMs;
    const sight = await this.#fetch(base, question);
    if (this.#ending.signal.aborted) return;
    this.#lastFailed = sight === undefined;
    this.#report();
    this.#context.emit({ kind: 'minion_answer', ...question, sight, askedMonoMs });
  }

  async #fetch(base: string, question: MinionQuestion): Promise<MinionSight | undefined> {
    const url = `${base}/api/v1/local/jobs/${encodeURIComponent(question.jid)}`;
    const patience = AbortSignal.timeout(PATIENCE_MS);
    try {
      const response = await fetch(url, {
        signal: AbortSignal.any([patience, this.#ending.signal]),
        // Somebody else's redirect would make us ask whom nobody named.
        redirect: 'error',
        headers: { accept: 'application/json' },
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        return this.#failed('status');
      }
      const decoded = decodeSight(await shortText(response), question);
      return decoded.ok ? decoded.sight : this.#failed(decoded.reason);
    } catch {
      return this.#ending.signal.aborted ? undefined : this.#failed('unreachable');
    }
  }

  #failed(reason: MinionExporterError): undefined {
    this.#count(reason);
    return undefined;
  }

  /** Never rejects. A broken list leaves the last good one in force. */
  async #look(): Promise<void> {
    if (this.#list === undefined) {
      this.#addresses = new Map();
      return;
    }
    const read = await readAddresses(this.#list);
    if (this.#ending.signal.aborted) return;
    if (!read.ok) {
      this.#problem = read.reason;
      if (this.#counted !== read.reason) this.#count('list_invalid');
      this.#counted = read.reason;
    } else if (read.stamp !== this.#stamp || this.#problem !== undefined) {
      this.#addresses = read.value;
      this.#stamp = read.stamp;
      this.#problem = undefined;
      this.#counted = undefined;
    }
    this.#report();
  }

  #report(): void {
    const { size } = this.#addresses;
    if (this.#problem !== undefined) this.#health.report(false, `${this.#problem}.`);
    else if (this.#lastFailed) {
      this.#health.report(false, 'The exporter that was asked last did not answer as one does.');
    } else this.#health.report(true, `Exporters of ${size} minions can be asked for single jobs.`);
  }

  #count(reason: MinionExporterError): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
  }
}

/** Rejects when the body is larger than an answer can be. */
async function shortText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > ANSWER_MAX_BYTES) throw new Error('larger than an answer');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
