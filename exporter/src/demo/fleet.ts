/** The running fleet: a master and crews of minions in processes of their own, and everything one can do to them. */
import type { ChildProcess } from 'node:child_process';
import { canPullCables } from './cable.js';
import { ended, forkChild, kill } from './child.js';
import { CREWS, type FleetPlan, isAccepted, type MinionPlan } from './plan.js';
import type { CrewOrder, CrewReport, MasterOrder, MasterReport, Ports } from './protocol.js';
import type { Truth } from './truth.js';

/** The slow minion's process runs for this long, this often; well within the master's heartbeats. */
const SLUGGISH_AWAKE_MS = 60;
const SLUGGISH_EVERY_MS = 1_500;

/** Why `unplug` cannot be done. */
export const NO_CABLES = 'pulling a cable needs root (CAP_NET_ADMIN) on this kernel';

export type Action =
  | {
      readonly do: 'connect' | 'disconnect' | 'unplug' | 'plug';
      readonly minions: readonly string[];
    }
  /** SIGSTOP and SIGCONT, SIGKILL and a new start of a whole process of minions. */
  | { readonly do: 'freeze' | 'thaw' | 'kill' | 'revive'; readonly crew: string }
  /** Salt caches the grains of these minions at last. */
  | { readonly do: 'cache_grains'; readonly minions: readonly string[] }
  | { readonly do: 'restart_publisher' }
  /** `downMs`: how long nobody listens. */
  | { readonly do: 'restart_master'; readonly downMs: number }
  | {
      readonly do: 'publish';
      /** The minion that answers; absent: all. */
      readonly target?: string;
      readonly loadBytes?: number;
      readonly count?: number;
    };

interface Crew {
  readonly name: string;
  readonly minions: readonly MinionPlan[];
  child: ChildProcess | undefined;
  /** Connections that former processes of this crew counted, by id. */
  readonly base: Map<string, number>;
}

export interface FleetContext {
  readonly plan: FleetPlan;
  readonly ports: Ports;
  readonly truth: Truth;
  readonly busPath: string;
  readonly cacheGrains: (ids: readonly string[]) => void;
  /** A child that nobody killed on purpose is gone, or the master could not bind. */
  readonly onFailure: (text: string) => void;
}

export class Fleet {
  readonly #context: FleetContext;
  readonly #crews = new Map<string, Crew>();
  readonly #accepted: readonly string[];
  #master: ChildProcess | undefined;
  #dawdle: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(context: FleetContext) {
    this.#context = context;
    this.#accepted = context.plan.minions.filter(isAccepted).map(({ id }) => id);
    for (const minion of context.plan.minions) {
      if (minion.crew === undefined) continue;
      const known = this.#crews.get(minion.crew);
      const minions = [...(known?.minions ?? []), minion];
      this.#crews.set(minion.crew, {
        name: minion.crew,
        minions,
        child: undefined,
        base: new Map(),
      });
    }
  }

  /** Resolves when the master listens and every process of minions runs; links follow within seconds. */
  async start(): Promise<void> {
    await this.#startMaster();
    await Promise.all([...this.#crews.values()].map((crew) => this.#startCrew(crew)));
    this.#dawdle = setInterval(() => this.#wakeSluggish(), SLUGGISH_EVERY_MS);
  }

  async perform(action: Action): Promise<void> {
    switch (action.do) {
      case 'connect':
      case 'disconnect':
      case 'unplug':
      case 'plug':
        if (action.do === 'unplug' && !canPullCables()) throw new Error(NO_CABLES);
        return this.#tellCrews(action.do, action.minions);
      case 'cache_grains':
        this.#context.cacheGrains(action.minions);
        return;
      case 'freeze':
      case 'thaw':
        this.#crew(action.crew).child?.kill(action.do === 'freeze' ? 'SIGSTOP' : 'SIGCONT');
        return;
      case 'kill':
        return this.#killCrew(this.#crew(action.crew));
      case 'revive':
        return this.#startCrew(this.#crew(action.crew));
      case 'restart_publisher':
        return this.#restartPublisher();
      case 'restart_master':
        return this.#restartMaster(action.downMs);
      case 'publish':
        return this.#publish(action);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#dawdle);
    const children = [...this.#crews.values()].map((crew) => crew.child);
    for (const child of children) {
      child?.kill('SIGCONT');
      order<CrewOrder>(child, { do: 'stop' });
    }
    order<MasterOrder>(this.#master, { do: 'stop' });
    await Promise.all([...children, this.#master].map((child) => child && ended(child)));
  }

  /** Nothing may survive a second Ctrl-C. */
  killAll(): void {
    this.#stopping = true;
    for (const { child } of this.#crews.values()) child?.kill('SIGKILL');
    this.#master?.kill('SIGKILL');
  }

  /** A reader that the scheduler rarely lets run: what it does not take in its moments waits with the master. */
  #wakeSluggish(): void {
    const child = this.#crews.get(CREWS.sluggish)?.child;
    child?.kill('SIGCONT');
    setTimeout(() => {
      if (!this.#stopping) child?.kill('SIGSTOP');
    }, SLUGGISH_AWAKE_MS);
  }

  #crew(name: string): Crew {
    const crew = this.#crews.get(name);
    if (crew === undefined) {
      const known = [...this.#crews.keys()].join(', ');
      throw new Error(`there is no crew ${name}; there are ${known}`);
    }
    return crew;
  }

  async #startMaster(): Promise<void> {
    const child = forkChild('master-process');
    this.#master = child;
    this.#watch(child, 'the master', () => this.#master === child);
    const { ports, busPath } = this.#context;
    order<MasterOrder>(child, { do: 'serve', ports, busPath });
    await this.#report<MasterReport>(child, (report) => report.tell === 'serving');
    child.on('message', (message) => {
      // `as`: master-process.ts sends nothing else.
      const report = message as MasterReport;
      if (report.tell === 'published') this.#context.truth.published(report.jid, report.minions);
      if (report.tell === 'failed') this.#context.onFailure(`the master failed: ${report.text}`);
    });
  }

  async #startCrew(crew: Crew): Promise<void> {
    if (crew.child !== undefined) return;
    const child = forkChild('crew-process');
    crew.child = child;
    for (const { id } of crew.minions) crew.base.set(id, this.#context.truth.connectsOf(id));
    this.#watch(child, `crew ${crew.name}`, () => crew.child === child);
    child.on('message', (message) => {
      // `as`: crew-process.ts sends nothing else.
      const report = message as CrewReport;
      if (report.tell === 'answered') this.#context.truth.answered(report.answers);
      if (report.tell !== 'links' || crew.child !== child) return;
      for (const count of report.counts) {
        this.#context.truth.count(count, crew.base.get(count.id) ?? 0);
      }
    });
    const minions = crew.minions.map(({ id, role, address, links }) => {
      return { id, role, address, links };
    });
    order<CrewOrder>(child, { do: 'host', minions, ports: this.#context.ports });
    await this.#report<CrewReport>(child, (report) => report.tell === 'hosting');
  }

  async #killCrew(crew: Crew): Promise<void> {
    const { child } = crew;
    if (child === undefined) return;
    crew.child = undefined;
    await kill(child);
    this.#context.truth.lost(crew.minions.map((minion) => minion.id));
  }

  #tellCrews(action: 'connect' | 'disconnect' | 'unplug' | 'plug', ids: readonly string[]): void {
    for (const crew of this.#crews.values()) {
      const own = ids.filter((id) => crew.minions.some((minion) => minion.id === id));
      if (own.length > 0) order<CrewOrder>(crew.child, { do: action, ids: own });
    }
  }

  #publish(action: Extract<Action, { do: 'publish' }>): void {
    const { target, loadBytes = 0, count = 1 } = action;
    const isBallast = loadBytes > 0;
    const minions = isBallast
      ? []
      : this.#accepted.filter((id) => target === undefined || id === target);
    order<MasterOrder>(this.#master, { do: 'publish', target, minions, loadBytes, count });
  }

  async #restartPublisher(): Promise<void> {
    if (this.#master === undefined) return;
    this.#context.truth.publisherRestarts += 1;
    order<MasterOrder>(this.#master, { do: 'restart_publisher' });
    await this.#report<MasterReport>(
      this.#master,
      (report) => report.tell === 'publisher_restarted',
    );
  }

  async #restartMaster(downMs: number): Promise<void> {
    const child = this.#master;
    if (child === undefined) return;
    this.#context.truth.masterRestarts += 1;
    this.#master = undefined;
    await kill(child);
    await new Promise((wake) => setTimeout(wake, downMs));
    if (!this.#stopping) await this.#startMaster();
  }

  /** Rejects when the child ends before it said what was expected. */
  #report<Report>(child: ChildProcess, expected: (report: Report) => boolean): Promise<void> {
    return new Promise((done, fail) => {
      const onExit = () => fail(new Error('a process of the fleet ended before it was ready'));
      const onMessage = (message: unknown) => {
        // `as`: each child sends its own kind of report only.
        if (!expected(message as Report)) return;
        child.off('exit', onExit);
        child.off('message', onMessage);
        done();
      };
      child.on('exit', onExit);
      child.on('message', onMessage);
    });
  }

  #watch(child: ChildProcess, name: string, current: () => boolean): void {
    child.on('error', (error) => this.#context.onFailure(`${name}: ${error.message}`));
    child.on('exit', (code, signal) => {
      if (this.#stopping || !current()) return;
      this.#context.onFailure(`${name} ended unexpectedly (${signal ?? `exit status ${code}`})`);
    });
  }
}

/** Orders to a child that is gone are lost, as in life. */
function order<Order extends object>(child: ChildProcess | undefined, what: Order): void {
  if (child?.connected) child.send(what, ignoreClosed);
}

function ignoreClosed(): undefined {
  // The child ended between our look and the send; its exit event tells the rest.
  return undefined;
}
