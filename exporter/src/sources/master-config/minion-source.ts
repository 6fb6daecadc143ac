/** The configuration of the minion as a source: read again now and then, so that changed options and addresses of masters are known. */
import { errorText } from '../../lib/errors.js';
import { createHealthReporter, type HealthReporter } from '../health.js';
import type { Source, SourceContext, SourceDefinition } from '../source.js';
import { CONFIG_REJECTS } from './merge.js';
import { discoverMinion, type MinionDiscovery } from './minion.js';

/** Options change when somebody edits a file, addresses of masters when a record does. */
const INTERVAL_MS = 10_000;

export const minionConfigSource: SourceDefinition = {
  name: 'minion_config',
  errorReasons: CONFIG_REJECTS,
  enabled: (settings) => settings.role === 'minion',
  create: (context) => new MinionConfigSource(context),
};

class MinionConfigSource implements Source {
  readonly name = 'minion_config';
  readonly #context: SourceContext;
  readonly #health: HealthReporter;
  #timer: NodeJS.Timeout | undefined;
  #stamp: string | undefined;
  #told = '';
  #toldFacts: string;
  #isStopped = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#health = createHealthReporter(this.name, context.emit);
    this.#toldFacts = JSON.stringify(context.master);
  }

  async start(): Promise<void> {
    await this.#read();
    this.#schedule();
  }

  async reconfigure(): Promise<void> {}

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    // Never rejects.
    this.#timer = setTimeout(() => void this.#read().then(() => this.#schedule()), INTERVAL_MS);
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    const { settings, log } = this.#context;
    try {
      const found = await discoverMinion(settings.salt.configDir);
      if (!this.#isStopped) this.#take(found);
    } catch (error) {
      log.error('reading the configuration of the minion failed', { error: errorText(error) });
      this.#count('unreadable');
      this.#health.report(false, errorText(error));
    }
  }

  #take(found: MinionDiscovery): void {
    const { emit, onMasterFacts } = this.#context;
    if (found.files.stamp !== this.#stamp) {
      for (const { reason } of found.problems) this.#count(reason);
    }
    this.#stamp = found.files.stamp;
    const facts = JSON.stringify(found.facts);
    const { options, ...rest } = found.config;
    const all = JSON.stringify([rest, [...options]]);
    if (all !== this.#told) emit(found.config);
    this.#told = all;
    if (facts !== this.#toldFacts) onMasterFacts?.(found.facts);
    this.#toldFacts = facts;
    this.#report(found);
  }

  #report({ problems, found, limits, facts }: MinionDiscovery): void {
    const [problem] = problems;
    const where = `${facts.configDir}/minion`;
    if (problem !== undefined) this.#health.report(false, problem.text);
    else if (!found)
      this.#health.report(false, `${where} does not exist, Salt's defaults are assumed`);
    else if (limits.length > 0) this.#health.report(false, `${where}: ${limits.join('; ')}`);
    else this.#health.report(true, `minion ${facts.minion?.id}, ${where}`);
  }

  #count(reason: string): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
  }
}
