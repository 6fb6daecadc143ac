/** Wires the program together: sources into the domain, the domain into metrics and page; tests run it in process. */
import { setTimeout } from 'node:timers/promises';
import { ApplyQueue } from './apply-queue.js';
import type { Settings } from './config/settings.js';
import type { Epoch } from './domain/epoch.js';
import {
  canaryFleet,
  canaryTrouble,
  createState,
  type DomainOptions,
  describeJob,
  describeKey,
  findLosses,
  freeze,
  freezeSteps,
  isCanaryMinion,
  type LocalSight,
  listConnections,
  listJobs,
  listLossesOf,
  localSight,
  reconfigureSteps,
  type Steps,
  takeJobCacheQuestions,
  takeMinionQuestions,
  tickSteps,
} from './domain/index.js';
import type { Observation, SourceHealth } from './domain/observations.js';
import type { SourceName } from './domain/vocabulary.js';
import { EventLines } from './event-lines.js';
import type { Address } from './http/listen.js';
import { metricsRoute } from './http/metrics-route.js';
import { createHttp, type HttpServer } from './http/server.js';
import { HistoryKeeper } from './keep-history.js';
import type { Clock } from './lib/clock.js';
import { errorText } from './lib/errors.js';
import type { Logger } from './lib/log.js';
import { createExposition } from './metrics/exposition.js';
import { FAMILY_GROUPS, MINION_GROUPS } from './metrics/families/index.js';
import type { Build, ReloadStatus } from './metrics/frame.js';
import { defineSources, MINION_SOURCES } from './sources/index.js';
import { discoverMaster } from './sources/master-config/discover.js';
import { discoverMinion } from './sources/master-config/minion.js';
import type { MasterFacts, Source, SourceContext, SourceDefinition } from './sources/source.js';

/** Time moves minions from one status to another; a quarter of a second is what a person takes for "at once". */
const TICK_MS = 250;

/** The first reading of 10,000 minions' files takes two seconds. */
const START_PATIENCE_MS = 10_000;
/** What any source can fail at, counted here. */
const APP_ERROR_REASONS = ['start_failed', 'reconfigure_failed'] as const;

export interface AppDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly build: Build;
}

export interface App {
  /** Resolves when the page answers, every source was started and what they told is applied. Rejects with `listen_failed` or `config_invalid`. */
  start(): Promise<Address>;
  stop(): Promise<void>;
  /** Settings that take effect without a restart. */
  reload(settings: Settings): Promise<void>;
  /** A reload was refused; what ran goes on. */
  reloadFailed(): void;
  /** What is known now. */
  epoch(): Epoch;
}

export function createApp(settings: Settings, dependencies: AppDependencies): App {
  return new Exporter(settings, dependencies);
}

class Exporter implements App {
  readonly #dependencies: AppDependencies;
  readonly #definitions: readonly SourceDefinition[];
  readonly #state: ReturnType<typeof createState>;
  readonly #queue: ApplyQueue;
  readonly #http: HttpServer;
  readonly #keeper: HistoryKeeper;
  readonly #eventLines: EventLines;
  readonly #sources: Source[] = [];
  #settings: Settings;
  #master: MasterFacts | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #reload: ReloadStatus;
  /** One wish for a scan is under way; more messages of the same burst need no other. */
  #scanRequested = false;
  #tickWaits = false;
  #isStopping = false;
  readonly #lastUp = new Map<SourceName, boolean>();
  /** Reconfigurations run one after the other. */
  #changes: Promise<void> = Promise.resolve();

  constructor(settings: Settings, dependencies: AppDependencies) {
    const { clock, log, build } = dependencies;
    this.#settings = settings;
    this.#dependencies = dependencies;
    const isMinion = settings.role === 'minion';
    this.#definitions = isMinion
      ? MINION_SOURCES
      : defineSources({ onPublish: () => this.#scanAfterPublish() });
    this.#state = createState(this.#domainOptions());
    this.#queue = new ApplyQueue(this.#state, clock);
    this.#keeper = new HistoryKeeper({ state: this.#state, settings, clock, log });
    this.#eventLines = new EventLines({ settings, log });
    this.#reload = { successful: true, lastSuccessWallMs: clock.now().wallMs };
    const exposition = createExposition({
      build,
      detail: () => this.#settings.metrics.detail,
      reload: () => this.#reloadStatus(),
      history: () => this.#keeper.history.status(),
      eventLines: () => this.#eventLines.figures(),
      log,
      groups: isMinion ? MINION_GROUPS : FAMILY_GROUPS,
    });
    this.#http = createHttp({
      freeze: () => this.#picture(),
      jobs: {
        list: (most) => this.#ask(() => listJobs(this.#state, most)),
        find: (jid) => this.#ask(() => describeJob(this.#state, jid)),
        losses: (filter, page) => this.#ask(() => findLosses(this.#state, filter, page)),
      },
      minions: {
        connections: (filter, { limit, offset }) =>
          this.#ask(() =>
            listConnections(this.#state, filter, { limit, offset, now: clock.now() }),
          ),
        key: (id) => this.#ask(() => describeKey(this.#state, id)),
        losses: (id, most) => this.#ask(() => listLossesOf(this.#state, id, most)),
        past: (id) => this.#keeper.past(id),
        history: () => this.#keeper.history.status(),
      },
      history: this.#keeper.history,
      settings,
      log,
      version: build.version,
      metricsHandler: metricsRoute({ exposition, freeze: () => this.#picture() }),
      clock,
      local: isMinion ? { job: (jid) => this.#localJob(jid) } : undefined,
    });
  }

  async start(): Promise<Address> {
    const { role, salt } = this.#settings;
    const discover = role === 'minion' ? discoverMinion : discoverMaster;
    const discovery = await discover(salt.configDir);
    this.#master = discovery.facts;
    this.#emit(discovery.config);
    const address = await this.#http.start();
    this.#eventLines.start(this.#keeper.history.log);
    await this.#keeper.start();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    await this.#startEnabledSources(discovery.facts);
    await this.#queue.applied();
    return address;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#ticker);
    await this.#changes;
    const sources = this.#sources.map((source) => source.stop());
    const parts = [...sources, this.#http.stop(), this.#keeper.stop()];
    // After the keeper: its last words are an event.
    const results = await Promise.allSettled(parts);
    results.push(...(await Promise.allSettled([this.#eventLines.stop()])));
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#dependencies.log.error('A part did not stop cleanly', {
          error: errorText(result.reason),
        });
      }
    }
  }

  reload(settings: Settings): Promise<void> {
    this.#settings = settings;
    this.#reload = { successful: true, lastSuccessWallMs: this.#dependencies.clock.now().wallMs };
    void this.#http.refresh();
    this.#eventLines.reopen();
    this.#keeper.reconfigure(settings);
    this.#queue.between(
      reconfigureSteps(this.#state, this.#domainOptions(), this.#dependencies.clock.now()),
    );
    return this.#reconfigureSources();
  }

  reloadFailed(): void {
    // What rotates logs sends the same signal, and knows nothing of settings.
    this.#eventLines.reopen();
    this.#reload = { ...this.#reload, successful: false };
  }

  /** The settings and the web configuration file are both a configuration; one of them wrong is a failure. */
  #reloadStatus(): ReloadStatus {
    const web = this.#http.webConfigStatus();
    if (web === undefined) return this.#reload;
    return {
      successful: this.#reload.successful && web.successful,
      lastSuccessWallMs: Math.max(this.#reload.lastSuccessWallMs, web.lastSuccessWallMs),
    };
  }

  /** What this minion knows of one job. */
  #localJob(jid: string): LocalSight | undefined {
    const { local } = this.#state;
    return local === undefined ? undefined : localSight(local, jid, this.#dependencies.clock.now());
  }

  epoch(): Epoch {
    return freeze(this.#state, this.#dependencies.clock.now());
  }

  /** The same for readers that can wait a few turns. */
  #picture(): Promise<Epoch> {
    if (this.#state.shown !== undefined) return Promise.resolve(this.#state.shown);
    return new Promise((resolve, reject) =>
      this.#queue.between(this.#pictureSteps(resolve, reject)),
    );
  }

  *#pictureSteps(taken: (epoch: Epoch) => void, failed: (error: unknown) => void): Steps {
    try {
      const epoch = yield* freezeSteps(this.#state, this.#dependencies.clock.now());
      // What the reader does with it has a turn of its own.
      setImmediate(() => taken(epoch));
    } catch (error) {
      failed(error);
    }
  }

  /** Reads the state between two observations, in one turn. */
  #ask<T>(read: () => T): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#queue.between(askSteps(read, { resolve, reject })),
    );
  }

  /** Those that the settings ask for and that do not run yet. */
  async #startEnabledSources(master: MasterFacts): Promise<void> {
    for (const definition of this.#definitions) {
      const runs = this.#sources.some(({ name }) => name === definition.name);
      if (runs || this.#isStopping || !definition.enabled(this.#settings)) continue;
      this.#declareErrors(definition);
      const source = definition.create(this.#contextFor(definition.name, master));
      this.#sources.push(source);
      const started = source
        .start()
        .catch((error) => this.#sourceFailed(source.name, 'start', error));
      // One that hangs, on a dead file server for instance, must not keep the others from starting.
      const patience = new AbortController();
      const waited = setTimeout(START_PATIENCE_MS, undefined, { signal: patience.signal }).catch(
        () => undefined,
      );
      await Promise.race([started, waited]);
      patience.abort();
      // The next one has turns of its own.
      await this.#queue.applied();
    }
  }

  #contextFor(name: SourceName, master: MasterFacts): SourceContext {
    const { clock, log } = this.#dependencies;
    return {
      settings: this.#settings,
      master,
      clock,
      log: log.child({ source: name }),
      emit: (observation, onApplied) => this.#emit(observation, onApplied),
      canarySight: {
        fleet: () => canaryFleet(this.#state),
        isMinion: (id) => isCanaryMinion(this.#state, id),
        trouble: () => canaryTrouble(this.#state, clock.now()),
      },
      onMasterFacts: (facts) => {
        this.#master = facts;
        void this.#reconfigureSources();
      },
    };
  }

  #emit(observation: Observation, onApplied?: () => void): void {
    if (observation.kind === 'link_scan') this.#scanRequested = false;
    if (observation.kind === 'link_scan' || observation.kind === 'link_deaths') {
      for (const source of this.#sources) source.flush?.();
    }
    if (observation.kind === 'source_health') this.#logHealth(observation);
    this.#queue.add(observation, () => {
      onApplied?.();
      // What the scan changed is surveyed before somebody asks for a picture.
      if (observation.kind === 'link_scan') this.#tick();
    });
  }

  /** One line when a source goes down or comes back. */
  #logHealth({ source, up, detail }: SourceHealth): void {
    if (this.#lastUp.get(source) === up) return;
    this.#lastUp.set(source, up);
    const { log } = this.#dependencies;
    if (up) log.info('A source is up', { source, detail });
    else log.warn('A source is down', { source, detail });
  }

  /** Counters of errors exist at 0: an alert on their increase sees the first one. */
  #declareErrors({ name, errorReasons }: SourceDefinition): void {
    for (const reason of [...errorReasons, ...APP_ERROR_REASONS]) {
      this.#emit({ kind: 'source_error', source: name, reason, count: 0 });
    }
  }

  /** One tick waits at most, for the end of the observation that is half applied. */
  #tick(): void {
    if (this.#tickWaits) return;
    this.#tickWaits = true;
    this.#queue.between(this.#tickSteps());
  }

  *#tickSteps(): Steps {
    this.#tickWaits = false;
    yield* tickSteps(this.#state, this.#dependencies.clock.now());
    this.#passQuestions();
    this.#keeper.pump();
  }

  /** What verdicts want to know of the job cache and of minions goes to those who can tell. */
  #passQuestions(): void {
    const jobs = takeJobCacheQuestions(this.#state);
    const pairs = takeMinionQuestions(this.#state);
    for (const source of this.#sources) {
      if (jobs.length > 0) source.lookUp?.(jobs);
      if (pairs.length > 0) source.askMinions?.(pairs);
    }
  }

  #scanAfterPublish(): void {
    if (this.#scanRequested) return;
    this.#scanRequested = true;
    for (const source of this.#sources) source.requestScan?.('publish');
  }

  #reconfigureSources(): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      const master = this.#master;
      if (master === undefined) return;
      for (const source of this.#sources) {
        await source
          .reconfigure(this.#settings, master)
          .catch((error) => this.#sourceFailed(source.name, 'reconfigure', error));
      }
      await this.#startEnabledSources(master);
    });
    return this.#changes;
  }

  #sourceFailed(source: SourceName, during: 'start' | 'reconfigure', error: unknown): void {
    const text = errorText(error);
    this.#dependencies.log.error('A source failed', { source, during, error: text });
    this.#emit({ kind: 'source_error', source, reason: `${during}_failed`, count: 1 });
    this.#emit({ kind: 'source_health', source, up: false, detail: `${during} failed: ${text}` });
  }

  #domainOptions(): DomainOptions {
    const { domain, canary, role, local, metrics } = this.#settings;
    const enabled = this.#definitions.filter(({ enabled }) => enabled(this.#settings));
    return {
      flapWindowSeconds: domain.flapWindowSeconds,
      staleAfterSeconds: domain.staleAfterSeconds,
      canarySourceAddress: canary.sourceAddress,
      enabledSources: [
        ...enabled.map(({ name }) => name),
        'salt_presence_events',
        'salt_auth_events',
      ],
      role,
      fleetSize: local.fleetSize,
      functions: metrics.functions,
    };
  }
}

function* askSteps<T>(
  read: () => T,
  asker: { readonly resolve: (answer: T) => void; readonly reject: (error: unknown) => void },
): Steps {
  // The asker's turn, not that of whoever put it in the queue.
  yield;
  try {
    asker.resolve(read());
  } catch (error) {
    asker.reject(error);
  }
}
