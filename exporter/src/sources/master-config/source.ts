/** The configuration of the master as a source: reads it again on change, keeps the last good one, tells both the domain and the app. */
import { DirectoryWatch } from '../../lib/directory-watch.js';
import { errorText } from '../../lib/errors.js';
import type { Source, SourceContext, SourceDefinition } from '../source.js';
import { type Discovery, discoverMaster } from './discover.js';
import { CONFIG_REJECTS, type ConfigReject } from './merge.js';
import { findSaltVersion, SYSTEM_PLACES, type VersionPlaces } from './version.js';

/** Where a watch says nothing (NFS, a bind mount that was replaced) a change is seen after this time. */
const POLL_INTERVAL_MS = 10_000;
/** Editors write a file in several steps. */
const SETTLE_MS = 200;
/** An include that matches a directory full of other things makes a problem of each. */
const PROBLEMS_LOGGED_MAX = 10;
/** An upgrade restarts the master; a version that is not known yet is one of a master that is not up yet. */
const VERSION_INTERVAL_MS = { known: 300_000, unknown: 60_000 };

export const masterConfigSource: SourceDefinition = {
  name: 'master_config',
  errorReasons: CONFIG_REJECTS,
  enabled: () => true,
  create: (context) => new MasterConfigSource(context),
};

export class MasterConfigSource implements Source {
  readonly name = 'master_config';
  readonly #context: SourceContext;
  readonly #places: VersionPlaces;
  readonly #watch: DirectoryWatch;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  /** Last discovery that is in force. */
  #current: Discovery | undefined;
  /** Whether that one had no file that does not count. */
  #isCurrentGood = false;
  /** Of the files as last read, good or not: the same problem is counted once. */
  #stamp: string | undefined;
  #told = '';
  #toldFacts: string;
  #versionCheckedMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(context: SourceContext, places: VersionPlaces = SYSTEM_PLACES) {
    this.#context = context;
    this.#places = places;
    this.#toldFacts = JSON.stringify(context.master);
    this.#watch = new DirectoryWatch({
      onChange: () => this.#soon(),
      onLost: () => this.#count('watch_lost'),
    });
  }

  async start(): Promise<void> {
    await this.#read();
    this.#poll = setInterval(() => this.#again(), POLL_INTERVAL_MS);
    this.#poll.unref();
  }

  /** Which directory to read is fixed for a run; nothing else of the settings concerns this source. */
  async reconfigure(): Promise<void> {}

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    this.#watch.close();
    await this.#reading;
  }

  #soon(): void {
    if (this.#stopped) return;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#again(), SETTLE_MS);
    this.#settle.unref();
  }

  /** One after the other: a slow disk must not make two readings overtake each other. */
  #again(): void {
    this.#reading = this.#reading.then(() => (this.#stopped ? undefined : this.#read()));
  }

  async #read(): Promise<void> {
    const { settings, emit, log } = this.#context;
    try {
      await this.#watch.verify();
      const found = await this.#discover(settings.salt.configDir);
      if (this.#stopped) return;
      await this.#watch.want(found.files.directories);
      this.#take(found);
    } catch (error) {
      log.error('reading the configuration of the master failed', { error: errorText(error) });
      this.#count('unreadable');
      emit({ kind: 'source_health', source: this.name, up: false, detail: errorText(error) });
    }
  }

  /** The version is looked for less often than the files: it means a look at every process. */
  async #discover(configDir: string): Promise<Discovery> {
    const now = this.#context.clock.now().monoMs;
    const known = this.#current?.config.version !== undefined;
    const interval = known ? VERSION_INTERVAL_MS.known : VERSION_INTERVAL_MS.unknown;
    if (this.#current !== undefined && now - this.#versionCheckedMs < interval)
      return discoverMaster(configDir, { version: this.#current.config.version });
    this.#versionCheckedMs = now;
    return discoverMaster(configDir, { version: await findSaltVersion(configDir, this.#places) });
  }

  #take(found: Discovery): void {
    const { emit, log } = this.#context;
    const broken = found.problems.filter(({ reason }) => reason !== 'value');
    const isNew = found.files.stamp !== this.#stamp;
    this.#stamp = found.files.stamp;
    if (isNew) {
      for (const { reason } of found.problems) this.#count(reason);
      for (const { text } of found.problems.slice(0, PROBLEMS_LOGGED_MAX))
        log.warn('the configuration of the master does not count as it stands', {
          problem: text,
          problems: found.problems.length,
        });
    }
    // A running master still has what it read at its start; a file that Salt would refuse now does not change that.
    const keepsOld = broken.length > 0 && this.#isCurrentGood;
    if (!keepsOld) {
      this.#current = found;
      this.#isCurrentGood = broken.length === 0;
      this.#tell(found);
    }
    const [first] = found.problems;
    const detail =
      first === undefined
        ? healthyDetail(found)
        : `${first.text}${consequence(keepsOld, broken.length > 0)}`;
    emit({
      kind: 'source_health',
      source: this.name,
      up: broken.length === 0 && found.found,
      detail,
    });
  }

  #tell(found: Discovery): void {
    const facts = JSON.stringify(found.facts);
    const all = facts + JSON.stringify({ ...found.config, options: [...found.config.options] });
    if (all === this.#told) return;
    this.#told = all;
    this.#context.emit(found.config);
    if (facts === this.#toldFacts) return;
    this.#toldFacts = facts;
    this.#context.onMasterFacts?.(found.facts);
  }

  #count(reason: ConfigReject): void {
    this.#context.emit({ kind: 'source_error', source: this.name, reason, count: 1 });
  }
}

function consequence(keepsOld: boolean, isBroken: boolean): string {
  if (keepsOld) return '; the last good configuration stays in force';
  return isBroken ? "; Salt's defaults stand for what it says: ports may be wrong" : '';
}

function healthyDetail({ facts, config, found }: Discovery): string {
  const version =
    config.version === undefined ? 'Salt of unknown version' : `Salt ${config.version}`;
  const file = found
    ? `${facts.configDir}/master`
    : `${facts.configDir}/master does not exist, Salt's defaults are assumed`;
  return `${version}, ${file}`;
}
