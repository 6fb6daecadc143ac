/** One run of the demo from start to end: files, fleet, exporter, the script of faults, and taking all of it down again. */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../lib/errors.js';
import { canPullCables } from './cable.js';
import { readCommands } from './commands.js';
import { ExporterChild } from './exporter-child.js';
import { type Fault, planRound, playRound, ROUND_SECONDS, type Step } from './faults.js';
import { Fleet, NO_CABLES } from './fleet.js';
import { choosePort } from './free-ports.js';
import { introduce, statusLine } from './narrative.js';
import type { DemoOptions } from './options.js';
import { type FleetPlan, planFleet } from './plan.js';
import type { Ports } from './protocol.js';
import { makeScratch, writeScratch } from './scratch.js';
import { Truth } from './truth.js';

const JOB_INTERVAL_MS = 5_000;
/** Every so many jobs one goes to all. */
const JOBS_PER_BROADCAST = 6;
const STATUS_INTERVAL_MS = 20_000;

export interface DemoOutput {
  /** For people. */
  readonly say: (text: string) => void;
  /** For programs: one JSON object a line. */
  readonly tell: (fact: object) => void;
}

export class Demo {
  readonly #options: DemoOptions;
  readonly #output: DemoOutput;
  readonly #plan: FleetPlan;
  readonly #ending = new AbortController();
  #failure: string | undefined;
  #fleet: Fleet | undefined;
  #exporter: ExporterChild | undefined;
  #truth: Truth | undefined;

  constructor(options: DemoOptions, output: DemoOutput) {
    this.#options = options;
    this.#output = output;
    this.#plan = planFleet(options.minions, options.seed);
  }

  /** What was asked for, but for what this user may not do. */
  get faults(): readonly Fault[] {
    const cables = canPullCables();
    return this.#options.faults.filter((fault) => fault !== 'unplug' || cables);
  }

  /** Runs until `end`; resolves to the exit status when everything is down again. */
  async run(): Promise<number> {
    const directory = this.#makeDirectory();
    try {
      await this.#live(directory);
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#fail(errorText(error));
    } finally {
      await this.#takeDown(directory);
    }
    if (this.#failure !== undefined) this.#output.say(`brinescope demo: ${this.#failure}`);
    return this.#failure === undefined ? 0 : 1;
  }

  /** Asks for the end; the second time nothing is waited for. */
  end(): void {
    if (this.#ending.signal.aborted) {
      this.#exporter?.killNow();
      this.#fleet?.killAll();
    }
    this.#ending.abort();
  }

  /** Ctrl-C in a terminal ends the children too: what dies after the end began is no failure. */
  #fail(text: string): void {
    if (this.#ending.signal.aborted) return;
    this.#failure = text;
    this.#ending.abort();
  }

  #makeDirectory(): string {
    const { directory } = this.#options;
    if (directory === undefined) return makeScratch();
    mkdirSync(directory, { recursive: true });
    return resolve(directory);
  }

  async #live(directory: string): Promise<void> {
    const { signal } = this.#ending;
    const ports = await this.#choosePorts();
    const { layout } = this.#options;
    const scratch = writeScratch(directory, this.#plan, { ports, layout });
    const { configDir, natMap, busPath, cacheGrains } = scratch;
    const truth = new Truth(directory, this.#plan, { ports, configDir });
    this.#truth = truth;
    const fail = (text: string) => this.#fail(text);
    const parts = { ports, truth, busPath, cacheGrains, onFailure: fail };
    const fleet = new Fleet({ plan: this.#plan, ...parts });
    this.#fleet = fleet;
    await fleet.start();
    if (signal.aborted) return;
    if (this.#options.fleetOnly) {
      truth.write();
      this.#output.tell({ ready: true, directory, configDir, natMap, ports, truth: truth.path });
    } else {
      await this.#startExporter({ directory, configDir, natMap, ports });
    }
    if (this.#options.commands) {
      const answer = this.#output.tell;
      const onEnd = () => this.end();
      readCommands(process.stdin, (action) => fleet.perform(action), { answer, onEnd });
    }
    await Promise.all([this.#playFaults(fleet), this.#publishJobs(fleet), this.#tellStatus()]);
  }

  async #choosePorts(): Promise<Ports> {
    const { publishPort, requestPort } = this.#options;
    const publish = await choosePort({
      asked: publishPort,
      usual: 4505,
      fallback: 14_505,
      taken: [requestPort],
      name: 'publishing',
    });
    const request = await choosePort({
      asked: requestPort,
      usual: 4506,
      fallback: 14_605,
      taken: [publish],
      name: 'requests',
    });
    return { publish, request };
  }

  async #startExporter(at: {
    readonly directory: string;
    readonly configDir: string;
    readonly natMap: string;
    readonly ports: Ports;
  }): Promise<void> {
    const { ports } = at;
    const { webHost, webPort, tempo } = this.#options;
    const taken = [ports.publish, ports.request];
    const port = await choosePort({
      asked: webPort,
      usual: 4507,
      fallback: 4508,
      taken,
      name: 'the exporter',
    });
    const exporter = new ExporterChild({
      configDir: at.configDir,
      natMap: at.natMap,
      historyPath: join(at.directory, 'history'),
      host: webHost,
      port,
      extraArguments: this.#options.exporterArguments,
      onDeath: (text) => this.#fail(text),
    });
    this.#exporter = exporter;
    const ready = await exporter.waitReady(this.#ending.signal);
    if (this.#ending.signal.aborted) return;
    const roundSeconds = ROUND_SECONDS / tempo;
    const { directory } = at;
    this.#output.say(
      introduce({ plan: this.#plan, url: exporter.url, directory, ports, roundSeconds }),
    );
    if (!canPullCables()) this.#output.say(`(no cable is pulled: ${NO_CABLES})\n`);
    if (!ready) this.#output.say('(the exporter is not ready yet; /-/ready says why)');
  }

  async #playFaults(fleet: Fleet): Promise<void> {
    const { signal } = this.#ending;
    const { seed, tempo } = this.#options;
    const { faults } = this;
    for (let round = 0; !signal.aborted; round += 1) {
      const steps = planRound(this.#plan, faults, seed + round);
      const options = { tempo, signal, seconds: ROUND_SECONDS };
      await playRound(steps, options, (step) => this.#perform(fleet, step));
    }
  }

  async #perform(fleet: Fleet, step: Step): Promise<void> {
    const { fault, phase, minions, text } = step;
    if (text !== undefined && !this.#options.fleetOnly) this.#output.say(`${clock()} ${text}`);
    if (phase) this.#truth?.incident({ atMs: Date.now(), fault, phase, minions });
    await fleet.perform(step.action);
  }

  /** Salt's everyday traffic: a test.ping to one minion now and then, sometimes to all. */
  async #publishJobs(fleet: Fleet): Promise<void> {
    const { signal } = this.#ending;
    const ids = this.#plan.minions.map((minion) => minion.id);
    for (let job = 0; ; job += 1) {
      await sleep(JOB_INTERVAL_MS, undefined, { signal });
      const toAll = job % JOBS_PER_BROADCAST === JOBS_PER_BROADCAST - 1;
      const target = ids[job % ids.length];
      await fleet.perform({
        do: 'publish',
        ...(toAll || target === undefined ? {} : { target }),
      });
    }
  }

  async #tellStatus(): Promise<void> {
    const exporter = this.#exporter;
    if (exporter === undefined) return;
    for (;;) {
      await sleep(STATUS_INTERVAL_MS, undefined, { signal: this.#ending.signal });
      const body = await exporter.metrics();
      const connected = this.#truth?.connectedCount ?? 0;
      const line =
        body === undefined ? 'the exporter does not answer' : statusLine(body, connected);
      this.#output.say(`${clock()} ${line}`);
    }
  }

  async #takeDown(directory: string): Promise<void> {
    await Promise.all([this.#exporter?.stop(), this.#fleet?.stop()]);
    this.#truth?.stop();
    if (this.#options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

function clock(): string {
  return new Date().toISOString().slice(11, 19);
}
