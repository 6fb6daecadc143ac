/**
 * A real Salt master and real minions on one machine, each on a host of its own (a network
 * namespace), some behind a NAT router. Ports are Salt's own, 4505 and 4506, on 10.77.0.1: every
 * lab is its own network, so labs run side by side. Needs root, iproute2, nftables and Python;
 * `labMissing` says what is not there.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { endGroup, hireUndertaker, labNames, sweepStaleLabs } from './cleanup.js';
import { Daemon, type SaltOptions, writeConfig } from './daemon.js';
import { type Answer, Forwarder } from './forward.js';
import * as hosts from './hosts.js';
import { findPython, installSalt, type SaltVersion } from './install.js';
import { type RunOptions, type RunResult, run, until } from './run.js';

export interface LabOptions {
  readonly version: SaltVersion;
  /** Tells this lab from others of the same process; short, it is part of paths of Unix sockets. */
  readonly name: string;
  /** m1 … mN; default 4. */
  readonly minions?: number;
  /** The last so many of them are behind the router; default 2. */
  readonly nat?: number;
  /** These of them, none behind the router, reach the master over IPv6. */
  readonly ipv6?: readonly string[];
  /** Extra options of the master's and of every minion's configuration. */
  readonly master?: SaltOptions;
  readonly minion?: SaltOptions;
}

/** How long all minions may take to answer their first ping: two labs may start at once on two slow cores. */
const ANSWER_TIMEOUT_MS = 900_000;

/** What this machine lacks for a lab, in words for whoever ran the tests; empty = nothing. */
export async function labMissing(): Promise<string[]> {
  const missing: string[] = [];
  if (process.platform !== 'linux') return ['Linux (network namespaces)'];
  if (process.getuid?.() !== 0) missing.push('root (network namespaces): run the tests with sudo');
  const programs = {
    ip: 'iproute2',
    ss: 'iproute2',
    nft: 'nftables',
    sysctl: 'procps',
  };
  for (const [program, debianPackage] of Object.entries(programs)) {
    const found = await run(['sh', '-c', `command -v ${program}`], {
      allow: [0, 1, 127],
    });
    if (found.code !== 0) missing.push(`${program} (Debian package ${debianPackage})`);
  }
  if ((await findPython()) === undefined) {
    missing.push('Python 3.10 … 3.12 with venv (Debian packages python3 and python3-venv)');
  }
  return missing;
}

/**
 * Resolves when every minion has answered `test.ping`; cleans up after itself when one does not.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const missing = await labMissing();
  if (missing.length > 0) throw new Error(`a Salt lab needs: ${missing.join('; ')}`);
  const venv = await installSalt(options.version);
  await sweepStaleLabs();
  const lab = new Lab(options, join(venv, 'bin'));
  try {
    await lab.start();
  } catch (error) {
    await lab.stop();
    throw error;
  }
  return lab;
}

export interface LabMinion {
  readonly id: string;
  readonly host: hosts.Host;
  /** Address of its connections as the master sees them. */
  readonly seenAddress: string;
  readonly daemon: Daemon;
}

export class Lab {
  readonly version: SaltVersion;
  readonly directory: string;
  /** The master's: the exporter under test runs there. */
  readonly namespace: string;
  /** Directory of the master's configuration file, for `--salt.config-dir`. */
  readonly configDir: string;
  /** Where Salt's programs and its Python are. */
  readonly bin: string;
  readonly master: Daemon;
  readonly #options: LabOptions;
  readonly #minions = new Map<string, LabMinion>();
  readonly #children = new Set<ChildProcess>();
  readonly #forwarders = new Map<number, Forwarder>();
  readonly #undertaker: { bury(): Promise<void> };

  /** Use `startLab`. */
  constructor(options: LabOptions, bin: string) {
    const names = labNames(options.name);
    this.version = options.version;
    this.bin = bin;
    this.directory = names.directory;
    this.namespace = names.namespace;
    this.configDir = join(names.directory, 'master');
    this.#options = options;
    const where = { configDir: this.configDir, bin, namespace: this.namespace };
    this.master = new Daemon('master', where);
    this.#undertaker = hireUndertaker(names);
  }

  get minions(): readonly LabMinion[] {
    return [...this.#minions.values()];
  }

  minion(id: string): LabMinion {
    const found = this.#minions.get(id);
    if (found === undefined) throw new Error(`no minion ${id} in this lab`);
    return found;
  }

  async start(): Promise<void> {
    const { minions = 4, nat = 2 } = this.#options;
    const master = await hosts.addMasterHost(this.namespace);
    if (this.#options.ipv6 !== undefined) await hosts.addMasterIpv6(master);
    const router = nat > 0 ? `${this.namespace}-nat` : undefined;
    if (router !== undefined) await hosts.addRouter(router, master);
    await this.configureMaster({});
    this.master.start();
    for (let number = 1; number <= minions; number += 1) {
      const where = {
        master,
        router: number > minions - nat ? router : undefined,
      };
      const namespace = `${this.namespace}-m${number}`;
      const id = `m${number}`;
      const host = await hosts.addMinionHost(namespace, number, where);
      const isOnIpv6 = this.#options.ipv6?.includes(id) ?? false;
      if (isOnIpv6) await hosts.addIpv6(host, number);
      const options = isOnIpv6 ? { master: `'${hosts.MASTER_IPV6}'`, ipv6: 'True' } : {};
      await this.#addMinion(id, host, options);
    }
    await this.awaitAnswers(this.minions.map(({ id }) => id));
  }

  /** Writes the master's configuration anew, with these options more; its next start reads them. */
  async configureMaster(options: SaltOptions): Promise<void> {
    const files = join(this.directory, 'files');
    await mkdir(files, { recursive: true });
    await writeConfig(this.configDir, 'master', {
      interface: hosts.MASTER_ADDRESS,
      file_roots: `{base: [${files}]}`,
      log_level_logfile: 'info',
      auto_accept: 'True',
      worker_threads: '3',
      presence_events: 'True',
      loop_interval: '2',
      timeout: '10',
      ...this.#options.master,
      ...options,
    });
  }

  /** A minion on the master's own host, as many masters have one. */
  async addLocalMinion(id: string, options: SaltOptions = {}): Promise<LabMinion> {
    const { namespace } = this;
    const host = { namespace, address: hosts.MASTER_ADDRESS, nat: false };
    const minion = await this.#addMinion(id, host, options);
    await this.awaitAnswers([id]);
    return minion;
  }

  async #addMinion(id: string, host: hosts.Host, options: SaltOptions = {}): Promise<LabMinion> {
    const configDir = join(this.directory, id);
    const where = { configDir, bin: this.bin, namespace: host.namespace };
    const daemon = new Daemon('minion', where);
    const seenAddress = host.nat ? hosts.ROUTER_ADDRESS : host.address;
    const minion = { id, host, seenAddress, daemon };
    await writeConfig(configDir, 'minion', {
      id,
      master: hosts.MASTER_ADDRESS,
      mine_enabled: 'False',
      enable_fqdns_grains: 'False',
      metadata_server_grains: 'False',
      acceptance_wait_time: '2',
      log_level_logfile: 'info',
      ...this.#options.minion,
      ...options,
    });
    this.#minions.set(id, minion);
    daemon.start();
    return minion;
  }

  /** Publishes `test.ping` to these minions until each has answered. */
  async awaitAnswers(ids: readonly string[], timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
    const accepted = (id: string) => existsSync(join(this.configDir, 'pki/minions', id));
    let waiting = [...ids];
    const hint = () => waiting;
    const settings = { timeoutMs, everyMs: 500, hint };
    const look = async () => {
      if (!ids.every(accepted)) return undefined;
      const answers = await this.salt('-L', waiting.join(','), 'test.ping', '-t', '5');
      waiting = waiting.filter((id) => answers[id] !== true);
      return waiting.length === 0 ? true : undefined;
    };
    await until('an answer of every minion', look, settings);
  }

  /** Runs a program on the master's host. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return run(hosts.onHost(this.namespace, argv), options);
  }

  /**
   * Starts a program on the master's host; it leads its own process group and ends with the lab at
   * the latest.
   */
  spawn(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const words = hosts.onHost(this.namespace, argv).slice(1);
    const child = spawn('ip', words, { ...options, detached: true });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** `salt …`: what each minion returned; who did not answer is missing or `false`. */
  async salt(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const argv = [join(this.bin, 'salt'), '-c', this.configDir, ...args];
    const json = ['--out=json', '--static'];
    // exit code 1: a minion did not answer, 2: none matched; both are answers here
    const { stdout } = await this.exec([...argv, ...json], {
      allow: [0, 1, 2],
    });
    const answers = parseJson(stdout);
    return typeof answers === 'object' && answers !== null ? { ...answers } : {};
  }

  /** Publishes a job and waits for nobody: `salt --async`. */
  async publish(...args: readonly string[]): Promise<void> {
    await this.exec([join(this.bin, 'salt'), '-c', this.configDir, '--async', ...args]);
  }

  /** `salt-run …`, its answer decoded. */
  async saltRun(...args: readonly string[]): Promise<unknown> {
    const argv = [join(this.bin, 'salt-run'), '-c', this.configDir, '--out=json', ...args];
    return parseJson((await this.exec(argv)).stdout);
  }

  async saltKey(...args: readonly string[]): Promise<string> {
    return (await this.exec([join(this.bin, 'salt-key'), '-c', this.configDir, ...args])).stdout;
  }

  /** Pulls the cable of a minion's host: no FIN, no RST, nothing arrives any more. */
  unplug(id: string): Promise<void> {
    return hosts.unplug(this.minion(id).host);
  }

  plug(id: string): Promise<void> {
    return hosts.plug(this.minion(id).host);
  }

  async restartMaster(): Promise<void> {
    await this.master.stop();
    this.master.start();
  }

  /** GET from a TCP port of the master's host, 127.0.0.1 there. */
  fetch(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    let forwarder = this.#forwarders.get(port);
    if (forwarder === undefined) {
      const to = {
        path: join(this.directory, `${port}.sock`),
        host: '127.0.0.1',
        port,
      };
      forwarder = new Forwarder(this.namespace, to);
      this.#forwarders.set(port, forwarder);
    }
    return forwarder.get(path, headers);
  }

  /** Ends everything and removes every trace; never throws because something was gone already. */
  async stop(): Promise<void> {
    const started = [...this.#children].map((child) => endGroup(child, 5_000));
    const forwarders = [...this.#forwarders.values()].map((forwarder) => forwarder.close());
    await Promise.all([...started, ...forwarders]);
    await Promise.all(this.minions.map(({ daemon }) => daemon.kill()));
    await this.master.stop();
    await this.#undertaker.bury();
  }
}

/** Salt prints nothing at all when no minion matched. */
function parseJson(text: string): unknown {
  const body = text.trim();
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`Salt printed no JSON: ${body.slice(0, 400)}`);
  }
}
