/** What is set up once per Salt release, and the questions every step asks of both sides. */
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { SaltOptions } from '../lab/daemon.js';
import type { SaltVersion } from '../lab/install.js';
import { type Lab, type LabOptions, startLab } from '../lab/lab.js';
import { until } from '../lab/run.js';
import type { Exposition } from './exposition.js';
import { complaints } from './master-log.js';
import { WatchedExporter } from './watched-exporter.js';
import { DisconnectWitness } from './witness.js';

export interface Scenario {
  readonly version: SaltVersion;
  /** Extra options of the master. */
  readonly master: SaltOptions;
  /** Address under which a minion on the master's own host reaches it. */
  readonly localMaster: string;
  /**
   * Whether its publisher sends ZMTP heartbeats: only then a vanished host's link ends by itself
   * within 36 s.
   */
  readonly heartbeats: boolean;
}

export class Run {
  readonly scenario: Scenario;
  readonly lab: Lab;
  /** Where the master's log ended before the exporter started. */
  readonly logStart: number;
  readonly exporter: WatchedExporter;
  readonly witness: DisconnectWitness;
  readonly #notes: string[] = [];
  readonly #natMap: string;

  constructor(scenario: Scenario, lab: Lab, logStart: number) {
    this.scenario = scenario;
    this.logStart = logStart;
    this.lab = lab;
    this.witness = new DisconnectWitness(lab);
    this.#natMap = join(lab.directory, 'nat.yaml');
    writeFileSync(this.#natMap, '');
    const flags = ['--canary.request.interval=2s', `--salt.nat-map=${this.#natMap}`];
    // a slow machine starts a minion in minutes, and it is a flap all the same
    flags.push('--links.flap-window=30m');
    this.exporter = new WatchedExporter(lab, flags);
  }

  /** The exporter reads it again by itself. */
  async writeNatMap(yaml: string): Promise<void> {
    await writeFile(this.#natMap, yaml);
  }

  /** A figure for the reader of the test's output. */
  note(text: string): void {
    this.#notes.push(`  Salt ${this.scenario.version}: ${text}`);
  }

  get notes(): string {
    return this.#notes.join('\n');
  }

  /** Waits until each of these minions has that status in one body; returns it. */
  async statuses(wanted: Readonly<Record<string, string>>): Promise<Exposition> {
    const started = Date.now();
    const what = `the exporter to say ${JSON.stringify(wanted)}`;
    const holds = (metrics: Exposition) =>
      Object.entries(wanted).every(([id, status]) => statusOf(metrics, id) === status);
    const see = (metrics: Exposition) => metrics.all('salt_minion_status');
    const body = await this.exporter.scrapeUntil(what, holds, see);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    this.note(`${Object.entries(wanted).join(' ').replaceAll(',', ' ')} seen after ${seconds} s`);
    return body;
  }

  /**
   * Salt's `salt-run manage.present` and our `salt_minion_presence{source="salt"}` name the same
   * minions.
   */
  async expectSaltsPresence(expected: readonly string[]): Promise<void> {
    const [present, absent] = await Promise.all([
      this.lab.saltRun('manage.present'),
      this.lab.saltRun('manage.not_present'),
    ]);
    expect(present, 'salt-run manage.present').toEqual(expected);
    const ours = (metrics: Exposition) => [
      presentIds(metrics, 'salt', 1),
      presentIds(metrics, 'salt', 0),
    ];
    const same = (metrics: Exposition) =>
      JSON.stringify(ours(metrics)) === JSON.stringify([present, absent]);
    const what = `our salt presence to equal Salt's ${JSON.stringify([present, absent])}`;
    await this.exporter.scrapeUntil(what, same, ours);
  }
}

export function statusOf(metrics: Exposition, id: string): string | undefined {
  return metrics.all('salt_minion_status', { minion: id })[0]?.labels.status;
}

/** Ids, sorted, for which a source says present (1) or not (0). */
export function presentIds(metrics: Exposition, source: string, value: number): string[] {
  const samples = metrics.all('salt_minion_presence', { source });
  const ids = samples.filter((sample) => sample.value === value);
  return ids.map(({ labels }) => labels.minion ?? '').sort();
}

/** Which minions a lab has; `name` tells labs apart that run at the same time. */
export type Layout = Omit<LabOptions, 'version' | 'master' | 'name'> & { readonly name?: string };
const FOUR: Layout = { minions: 4, nat: 2 };

/** Four minions, two behind NAT, unless laid out otherwise, and the exporter, for all tests of the surrounding `describe`. */
export function useRun(scenario: Scenario, layout: Layout = FOUR): () => Run {
  let run: Run | undefined;
  beforeAll(async () => {
    const started = Date.now();
    const { version, master } = scenario;
    const { name = 'live' } = layout;
    const lab = await startLab({ version, master, ...layout, name: `${name}${version}` });
    const { end } = await complaints(lab);
    run = new Run(scenario, lab, end);
    run.note(`all minions answer ${((Date.now() - started) / 1000).toFixed(1)} s after the start`);
    await run.exporter.ready();
  });
  afterAll(async () => {
    if (run === undefined) return;
    console.log(run.notes);
    await run.exporter.stop();
    await run.lab.stop();
  });
  return () => {
    if (run === undefined) throw new Error('the lab did not start');
    return run;
  };
}

/**
 * A subscriber as anybody might start one on the master's host: libzmq, no source address. Returns
 * what ends it.
 */
export async function plainLoopbackSubscriber(lab: Lab, address: string): Promise<() => void> {
  const code = [
    'import sys, zmq',
    's = zmq.Context().socket(zmq.SUB)',
    `s.connect("tcp://${address}:4505")`,
    's.setsockopt(zmq.SUBSCRIBE, b"")',
    'sys.stdin.read()',
  ];
  const before = await connectionsFrom(lab, address);
  const argv = [`${lab.bin}/python`, '-c', code.join('\n')];
  const child = lab.spawn(argv, { stdio: ['pipe', 'inherit', 'inherit'] });
  const joined = async () => ((await connectionsFrom(lab, address)) > before ? true : undefined);
  await until('the plain subscriber to connect', joined);
  return () => child.stdin?.end();
}

/** Established publish links of one peer address, as `ss` on the master's host lists them. */
export async function connectionsFrom(lab: Lab, address: string): Promise<number> {
  const argv = ['ss', '-tnH', 'state', 'established', 'sport', '=', ':4505', 'and', 'dst', address];
  return (await lab.exec(argv)).stdout.split('\n').filter(Boolean).length;
}
