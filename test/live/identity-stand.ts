/**
 * Ten minions, six of them behind one router, and what the exporter's own domain says of each of
 * their connections, held against the ports that the minions' hosts see.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endGroup } from '../lab/cleanup.js';
import { MASTER_ADDRESS, onHost, ROUTER_ADDRESS } from '../lab/hosts.js';
import type { Lab } from '../lab/lab.js';
import { pause, run } from '../lab/run.js';

const fileBeside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** An address on the master's network that no minion has: strangers come from there. */
const STRANGERS_ADDRESS = '10.77.0.200';
/** What a peer behind the router, or a stranger, is when it is no minion. */
const NOBODY = 'nobody';

export type Port = 'publish' | 'request';

export interface NamedLink {
  readonly port: Port;
  /** As the master sees it. */
  readonly peer: string;
  readonly who: string;
  readonly minion?: string;
  readonly basis: string;
}

interface Answer {
  readonly scans: number;
  readonly service: Readonly<Record<string, number>>;
  readonly links: readonly NamedLink[];
}

/** A child that answers each line of input with a line of output. */
class Asked {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(lab: Lab, argv: readonly string[]) {
    this.#child = lab.spawn(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('a child without output');
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async ask<T>(line: string, read: (answer: unknown) => T): Promise<T> {
    this.#child.stdin?.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`no answer to ${line}`);
    return read(JSON.parse(value));
  }

  async end(): Promise<void> {
    this.#reader.close();
    await endGroup(this.#child, 5_000);
  }
}

/** Who has which source port, as the hosts themselves list their connections. */
class Truth {
  readonly #lab: Lab;
  readonly #owners = new Map<string, Set<string>>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Looks at every host once; what was seen before stays known. */
  async look(): Promise<void> {
    const hosts = this.#lab.minions.map(({ id, host, seenAddress }) => ({
      id,
      namespace: host.namespace,
      address: seenAddress,
    }));
    await Promise.all(
      hosts.map(async ({ id, namespace, address }) => {
        for (const [local, port] of await connections(namespace)) {
          const own = local.startsWith(`${STRANGERS_ADDRESS}:`);
          const peer = own ? local : `${address}:${local.split(':').at(-1)}`;
          this.#add(port, peer, own ? NOBODY : id);
        }
      }),
    );
    const router = `${this.#lab.namespace}-nat`;
    for (const [local, port] of await connections(router)) this.#add(port, local, NOBODY);
  }

  /** Undefined = never seen by a host, or by two. */
  ownerOf(link: NamedLink): string | undefined {
    const owners = this.#owners.get(`${link.port} ${link.peer}`);
    return owners?.size === 1 ? [...owners][0] : undefined;
  }

  /** Connections of this minion that a host listed at the last look or before. */
  #add(port: string, peer: string, owner: string): void {
    const key = `${port} ${peer}`;
    const owners = this.#owners.get(key) ?? new Set();
    this.#owners.set(key, owners.add(owner));
  }
}

export class IdentityStand {
  readonly lab: Lab;
  readonly truth: Truth;
  #watch: Asked;
  readonly #pings: Asked;
  readonly #clients: ChildProcess[] = [];
  readonly #judged = new Map<string, NamedLink>();

  constructor(lab: Lab) {
    this.lab = lab;
    this.truth = new Truth(lab);
    this.#watch = this.#startWatch();
    const argv = [`${lab.bin}/python`, fileBeside('identity-pings.py'), lab.configDir];
    this.#pings = new Asked(lab, argv);
  }

  /** Ids of the minions behind the router. */
  get hidden(): readonly string[] {
    return this.lab.minions.filter(({ host }) => host.nat).map(({ id }) => id);
  }

  #startWatch(): Asked {
    const argv = [process.execPath, fileBeside('identity-watch.mjs'), this.lab.configDir];
    return new Asked(this.lab, argv);
  }

  /** The exporter starts anew and has learned nothing. */
  async forget(): Promise<void> {
    await this.#watch.end();
    this.#watch = this.#startWatch();
    await this.scans(2);
  }

  async ping(target: string): Promise<readonly string[]> {
    return this.#pings.ask(target, (answer) => (Array.isArray(answer) ? answer.map(String) : []));
  }

  /** Waits until the kernel was read so many times. */
  async scans(count: number): Promise<void> {
    const first = (await this.#look()).scans;
    while ((await this.#look()).scans < first + count) await pause(100);
  }

  /** Every connection, and who has it as far as the exporter knows. */
  async links(): Promise<readonly NamedLink[]> {
    await this.truth.look();
    const { links } = await this.#look();
    await this.truth.look();
    return links;
  }

  /** How long the master took to answer, as far as the exporter could date it: `0.008:5 0.016:12`. */
  async serviceTimes(): Promise<string> {
    const { service } = await this.#look();
    const taken = Object.entries(service).filter(([, count]) => count > 0);
    return taken.map((entry) => entry.join(':')).join(' ');
  }

  async #look(): Promise<Answer> {
    const told = await this.#watch.ask('', readAnswer);
    for (const link of told.links) {
      if (link.minion !== undefined) {
        this.#judged.set(`${link.port} ${link.peer} ${link.minion} ${link.basis}`, link);
      }
    }
    return told;
  }

  /** All names that were ever given against what the hosts say: `wrong` must stay empty. */
  verdict(): { right: number; wrong: readonly string[]; unseen: number } {
    const wrong: string[] = [];
    let right = 0;
    let unseen = 0;
    for (const link of this.#judged.values()) {
      const owner = this.truth.ownerOf(link);
      if (owner === undefined) unseen += 1;
      else if (owner === link.minion) right += 1;
      else wrong.push(`${link.port} ${link.peer} is ${owner}'s, not ${link.minion}'s`);
    }
    return { right, wrong, unseen };
  }

  /** Hidden minions one of whose links of this port has its name, with the basis. */
  async named(port: Port): Promise<ReadonlyMap<string, string>> {
    const named = new Map<string, string>();
    for (const link of await this.links()) {
      const { minion = '' } = link;
      if (link.port === port && this.hidden.includes(minion)) named.set(minion, link.basis);
    }
    return named;
  }

  /** Strangers: half from the router's address, half from an address of nobody. */
  async strangers(count: number, perSecond: number): Promise<void> {
    const [outside] = this.lab.minions;
    if (outside === undefined) throw new Error('a lab without minions');
    const { namespace } = outside.host;
    const address = `${STRANGERS_ADDRESS}/24`;
    await run(['ip', '-n', namespace, 'addr', 'replace', address, 'dev', 'eth0']);
    const python = `${this.lab.bin}/python`;
    const from = [
      [`${this.lab.namespace}-nat`, ROUTER_ADDRESS],
      [namespace, STRANGERS_ADDRESS],
    ] as const;
    for (const [host, source] of from) {
      const half = [String(count / 2), String(perSecond / 2)];
      const argv = [python, fileBeside('identity-clients.py'), MASTER_ADDRESS, source, ...half];
      const child = this.lab.spawn(onHost(host, argv), { stdio: ['ignore', 'pipe', 'inherit'] });
      this.#clients.push(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
    }
  }

  async endStrangers(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((child) => endGroup(child, 2_000)));
  }

  /** Its connections break as when a router forgets them; the process goes on. */
  async breakLinks(id: string): Promise<void> {
    const { namespace } = this.lab.minion(id).host;
    await run(onHost(namespace, ['ss', '-K', 'dst', MASTER_ADDRESS]));
  }

  async stop(): Promise<void> {
    await this.endStrangers();
    await this.#pings.end();
    await this.#watch.end();
    await this.lab.stop();
  }
}

/** Established connections of a host to the master: local address and port, and which port there. */
async function connections(namespace: string): Promise<[local: string, port: string][]> {
  const argv = ['ss', '-tnHO', 'state', 'established', 'dst', MASTER_ADDRESS];
  const lines = (await run(onHost(namespace, argv))).stdout.split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const [, , local = '', remote = ''] = line.trim().split(/\s+/);
    const port = remote.endsWith(':4505') ? 'publish' : 'request';
    return [[local, port]];
  });
}

/** The watcher is ours: its shape is trusted. */
function readAnswer(answer: unknown): Answer {
  return answer as Answer;
}
