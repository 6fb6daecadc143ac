/** One lab with the built exporter beside its master, in which faults are played round by round and judged. */
import { copyFile, mkdir } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labNames } from '../lab/cleanup.js';
import type { SaltVersion } from '../lab/install.js';
import { type Lab, startLab } from '../lab/lab.js';
import { until } from '../lab/run.js';
import type { Exposition } from '../live/exposition.js';
import { WatchedExporter } from '../live/watched-exporter.js';
import { SaltClient } from './client.js';
import type { Fault, LabNeeds } from './fault.js';
import { killMinions, startMinions } from './injections.js';
import { type Line, type PairRecord, PENDING, type Phase, truthOf } from './judge.js';
import { codeOf, isKept, listen, readExecution, readTold } from './records.js';
import { Scene } from './scene.js';
import { Verdicts } from './verdicts.js';

const MODULE = fileURLToPath(new URL('salt/modules/lossbench.py', import.meta.url));
/** `timeout` and `gather_job_timeout`: a silent pair is missing 10 s after its publish. */
const WAIT = { timeout: '5', gather_job_timeout: '5' } as const;
/** A verdict, and what it rests on, is taken when it has been the same for so long … */
const SETTLED_MS = 8_000;
/** … or when it does not come to rest. */
const SETTLE_PATIENCE_MS = 90_000;
/** Until the first of them is counted. */
const COUNT_PATIENCE_MS = 20_000;
const HEALTHY_PATIENCE_MS = 150_000;
const ANSWER_PATIENCE_MS = 60_000;
/** More of it for each job of the round: on 3007 its process stays for 30 s on every minion. */
const ANSWER_PATIENCE_MS_PER_JOB = 2_000;

export interface BenchOptions {
  readonly version: SaltVersion;
  readonly needs: LabNeeds;
  readonly minions: number;
  /** Told of every step. */
  readonly say: (text: string) => void;
}

export class Bench {
  readonly lab: Lab;
  readonly exporter: WatchedExporter;
  readonly #client: SaltClient;
  readonly #verdicts: Verdicts;
  readonly #options: BenchOptions;
  #rounds = 0;

  private constructor(lab: Lab, options: BenchOptions) {
    this.lab = lab;
    this.#options = options;
    this.#client = new SaltClient(lab);
    this.exporter = new WatchedExporter(lab, ['--canary.request.interval=2s']);
    this.#verdicts = new Verdicts(lab);
  }

  static async start(options: BenchOptions): Promise<Bench> {
    const { version, needs, minions } = options;
    const name = `loss${needs.name}${version.slice(0, 4)}`;
    const { directory } = labNames(name);
    const modules = join(directory, 'modules');
    await mkdir(modules, { recursive: true });
    await copyFile(MODULE, join(modules, 'lossbench.py'));
    const lab = await startLab({
      version,
      name,
      minions,
      nat: 0,
      master: { ...WAIT, log_level_logfile: 'warning', ...needs.master },
      minion: {
        module_dirs: `[${directory}]`,
        loss_bench_dir: directory,
        log_level_logfile: 'warning',
        ...needs.minion,
      },
    });
    const bench = new Bench(lab, options);
    listen(lab);
    await bench.exporter.ready();
    await bench.#healthy();
    const hears = async () => (await readTold(lab)).size > minions || undefined;
    await until('the listener to hear the bus', hears);
    return bench;
  }

  async stop(): Promise<void> {
    await this.#client.close();
    await this.exporter.stop();
    await this.lab.stop();
  }

  /** Plays so many jobs under the fault; a round that breaks is a line too. */
  async play(fault: Fault, jobs: number): Promise<readonly Line[]> {
    const lines: Line[] = [];
    const { perRound, wholeRounds = false, roundsMost = Number.POSITIVE_INFINITY } = fault.jobs;
    let left = jobs;
    let published = 0;
    const suspectsBefore = await this.#suspects();
    for (let round = 1; left > 0 && round <= roundsMost; round += 1) {
      const count = wholeRounds ? perRound : Math.min(perRound, left);
      left -= count;
      published += count;
      const started = Date.now();
      try {
        lines.push(...(await this.#round(fault, { round, count })));
      } catch (error) {
        const why = `round ${round}: ${error instanceof Error ? error.message : String(error)}`;
        const { version } = this.#options;
        lines.push({ kind: 'failure', version, fault: fault.name, round, why });
        this.#options.say(`${fault.name} ${why}`);
      }
      const seconds = ((Date.now() - started) / 1_000).toFixed(0);
      this.#options.say(`${fault.name} round ${round}: ${count} jobs in ${seconds} s`);
    }
    const suspects = (await this.#suspects()) - suspectsBefore;
    lines.unshift(await this.#runLine(fault, { jobs: published, suspects }));
    return lines;
  }

  async #round(
    fault: Fault,
    { round, count }: { readonly round: number; readonly count: number },
  ): Promise<Line[]> {
    const scene = new Scene({
      lab: this.lab,
      client: this.#client,
      version: this.#options.version,
      shape: fault.jobs,
      jobs: count,
      function: `job_${this.#rounds}`,
      victims: this.#victims(fault),
    });
    this.#rounds += 1;
    const at = { fault, round, scene };
    const before = await this.exporter.scrape();
    const lines: Line[] = [];
    try {
      await fault.before?.(scene);
      await (fault.publish?.(scene) ?? scene.publish());
      await fault.after?.(scene);
      if (fault.judgedWhileHeld) lines.push(...(await this.#pairs(at, 'held')));
    } finally {
      await fault.heal?.(scene);
    }
    const lost = fault.publishesLost?.(scene);
    // before anybody else asks a master that may not be ready to answer
    if (lost !== undefined) lines.push(await this.#publishes(at, { before, lost }));
    await this.#healthy(count);
    lines.push(...(await this.#settled(at)));
    return lines;
  }

  /** Takes turns, so that every minion is a victim and a bystander. */
  #victims({ victims = 'some' }: Fault): string[] {
    const ids = this.lab.minions.map(({ id }) => id);
    if (victims === 'none') return [];
    if (victims === 'all') return ids;
    const count = Math.max(1, Math.round(ids.length * 0.4));
    const first = (this.#rounds * count) % ids.length;
    return [...ids, ...ids].slice(first, first + count);
  }

  /** Everybody answers, and the exporter knows everybody's links and ledger again. */
  async #healthy(jobs = 0): Promise<void> {
    const ids = this.lab.minions.map(({ id }) => id);
    await this.#answering(ids, jobs);
    let last: Exposition | undefined;
    const isWell = (id: string) =>
      last?.all('salt_minion_status', { minion: id, status: 'ok' }).length === 1 &&
      last?.value('salt_minion_ledger_known', { minion: id }) === 1;
    const look = async () => {
      last = await this.exporter.scrape();
      return ids.every(isWell) ? true : undefined;
    };
    const hint = () => ids.filter((id) => !isWell(id));
    const patience = { timeoutMs: HEALTHY_PATIENCE_MS, everyMs: 500, hint };
    await until('the exporter to see every minion well', look, patience);
  }

  /** A minion of 3007 may not find back to a publisher that came and went: then it is started anew. */
  async #answering(ids: readonly string[], jobs: number): Promise<void> {
    const later = ANSWER_PATIENCE_MS + jobs * ANSWER_PATIENCE_MS_PER_JOB;
    const patience = this.#rounds === 0 ? HEALTHY_PATIENCE_MS : later;
    try {
      await this.lab.awaitAnswers(ids, patience);
    } catch (error) {
      this.#options.say(`all minions are started anew: ${String(error).slice(0, 200)}`);
      await killMinions(this.lab, ids);
      startMinions(this.lab, ids);
      await this.lab.awaitAnswers(ids, HEALTHY_PATIENCE_MS);
    }
  }

  /** The pairs once neither side has changed its word for a while. */
  async #settled(at: Played): Promise<readonly PairRecord[]> {
    if (at.scene.jids.length === 0) return [];
    let text = '';
    let since = Date.now();
    const end = since + SETTLE_PATIENCE_MS;
    const look = async () => {
      const pairs = await this.#pairs(at, 'end');
      const now = JSON.stringify(pairs.map(({ kept, ended, verdict }) => [kept, ended, verdict]));
      if (now !== text) since = Date.now();
      text = now;
      const rests = Date.now() - since >= SETTLED_MS;
      const isOpen = pairs.some(({ verdict }) => verdict === PENDING);
      return (rests && !isOpen) || Date.now() > end ? pairs : undefined;
    };
    const patience = { timeoutMs: 2 * SETTLE_PATIENCE_MS, everyMs: 1_000 };
    return until('verdicts at rest', look, patience);
  }

  async #pairs({ fault, round, scene }: Played, phase: Phase): Promise<PairRecord[]> {
    const said = await this.#verdicts.of(scene.jids);
    const told = await readTold(this.lab);
    const records: PairRecord[] = [];
    for (const minion of scene.all) {
      const execution = await readExecution(this.lab, minion);
      for (const [index, jid] of scene.jids.entries()) {
        const facts = {
          jid,
          minion,
          index,
          victim: scene.victims.includes(minion),
          started: execution.started.has(jid),
          ended: execution.ended.has(jid),
          kept: isKept(this.lab, jid, minion),
          told: told.has(`${jid} ${minion}`),
        };
        const cause = facts.kept ? fault.untold?.(facts, scene) : fault.lost?.(facts, scene);
        const { started, ended, kept } = facts;
        const { version } = this.#options;
        records.push({
          ...{ kind: 'pair', version, fault: fault.name, round, phase, jid, minion },
          ...{ started, ended, kept, told: facts.told, truth: truthOf(facts, cause) },
          ...said.verdictOf(jid, minion),
        });
      }
    }
    return records;
  }

  /** Lost publishes as they are counted when the count has not grown for a while. */
  async #publishes({ fault, round }: Played, { before, lost }: PublishFigures): Promise<Line> {
    const name = 'salt_publishes_lost_total';
    const grown = async (isOwn: boolean) => {
      const samples = (await this.exporter.scrape()).all(name);
      const own = samples.filter(({ labels }) => (labels.reason === lost.reason) === isOwn);
      const growth = own.map(({ labels, value }) => value - (before.value(name, labels) ?? 0));
      return growth.reduce((total, count) => total + count, 0);
    };
    let counted = 0;
    let since = Date.now();
    await until('a count of lost publishes at rest', async () => {
      const now = await grown(true);
      if (now !== counted) since = Date.now();
      counted = now;
      return Date.now() - since >= (counted > 0 ? SETTLED_MS : COUNT_PATIENCE_MS) || undefined;
    });
    const { version } = this.#options;
    return {
      ...{ kind: 'publish', version, fault: fault.name, round },
      ...{ reason: lost.reason, lost: lost.count, counted, others: await grown(false) },
    };
  }

  async #suspects(): Promise<number> {
    const samples = (await this.exporter.scrape()).all('salt_suspect_returns_total');
    return samples.reduce((total, { value }) => total + value, 0);
  }

  async #runLine(
    { name: fault, jobs: { seconds } }: Fault,
    counts: { readonly jobs: number; readonly suspects: number },
  ): Promise<Line> {
    const { version, minions } = this.#options;
    const [kernel = ''] = /^\d+\.\d+/.exec(release()) ?? [];
    return {
      ...{ kind: 'run', version, fault, at: new Date().toISOString(), ...counts, seconds },
      ...{ minions, kernel: `Linux ${kernel}`, node: process.versions.node, code: await codeOf() },
    };
  }
}

interface Played {
  readonly fault: Fault;
  readonly round: number;
  readonly scene: Scene;
}

interface PublishFigures {
  readonly before: Exposition;
  readonly lost: { readonly reason: string; readonly count: number };
}
