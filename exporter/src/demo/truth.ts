/** The record of what really happened in the fleet, for people and for tests that compare it with what the exporter says. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetPlan, Role } from './plan.js';
import type { Answer, LinkCount, Ports } from './protocol.js';

export interface MinionTruth {
  readonly id: string;
  readonly role: Role;
  readonly rack: string;
  readonly address: string;
  /** Publish connections it made since the start, by its own side's count. */
  connects: number;
  connected: boolean;
  /** Name of the fault it suffers from right now. */
  fault: string | undefined;
}

export interface Incident {
  /** Wall clock, ms. */
  readonly atMs: number;
  readonly fault: string;
  readonly phase: 'begin' | 'end';
  readonly minions: readonly string[];
}

/** A job that somebody was expected to return. */
export interface JobTruth {
  readonly jid: string;
  readonly publishedMs: number;
  readonly expected: readonly string[];
  /** Who had it and returned it, by the minions' own count. */
  readonly returned: readonly string[];
}

export interface TruthFile {
  readonly startedMs: number;
  readonly writtenMs: number;
  readonly ports: Ports;
  readonly configDir: string;
  readonly masterRestarts: number;
  readonly publisherRestarts: number;
  readonly minions: readonly MinionTruth[];
  /** The latest, oldest first. */
  readonly jobs: readonly JobTruth[];
}

const WRITE_INTERVAL_MS = 250;
/** Ten minutes of everyday traffic. */
const JOBS_KEPT = 128;

/** `truth.json` is replaced whenever something changed, `faults.jsonl` grows by a line per begin and end. */
export class Truth {
  masterRestarts = 0;
  publisherRestarts = 0;
  readonly #minions = new Map<string, MinionTruth>();
  readonly #jobs = new Map<
    string,
    { atMs: number; expected: readonly string[]; by: Set<string> }
  >();
  readonly #startedMs = Date.now();
  readonly #directory: string;
  readonly #fixed: { readonly ports: Ports; readonly configDir: string };
  readonly #timer: NodeJS.Timeout;
  #changed = true;

  constructor(
    directory: string,
    plan: FleetPlan,
    fixed: { readonly ports: Ports; readonly configDir: string },
  ) {
    this.#directory = directory;
    this.#fixed = fixed;
    for (const { id, role, rack, address } of plan.minions) {
      const start = { connects: 0, connected: false, fault: undefined };
      this.#minions.set(id, { id, role, rack, address, ...start });
    }
    this.#timer = setInterval(() => this.write(), WRITE_INTERVAL_MS);
  }

  get path(): string {
    return join(this.#directory, 'truth.json');
  }

  get connectedCount(): number {
    let count = 0;
    for (const minion of this.#minions.values()) count += minion.connected ? 1 : 0;
    return count;
  }

  /** `base`: what former processes of this minion counted. */
  count({ id, connects, connected }: LinkCount, base: number): void {
    const minion = this.#minions.get(id);
    if (minion === undefined) return;
    minion.connects = base + connects;
    minion.connected = connected;
    this.#changed = true;
  }

  connectsOf(id: string): number {
    return this.#minions.get(id)?.connects ?? 0;
  }

  /** A process died with all its links. */
  lost(ids: readonly string[]): void {
    for (const id of ids) this.count({ id, connects: 0, connected: false }, this.connectsOf(id));
  }

  published(jid: string, minions: readonly string[]): void {
    this.#jobs.set(jid, { atMs: Date.now(), expected: minions, by: new Set() });
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > JOBS_KEPT && oldest !== undefined) this.#jobs.delete(oldest);
    this.#changed = true;
  }

  /** Crews tell every quarter of a second, the master at once: jobs are known by then. */
  answered(answers: readonly Answer[]): void {
    for (const { id, jid } of answers) this.#jobs.get(jid)?.by.add(id);
    this.#changed = true;
  }

  incident(incident: Incident): void {
    for (const id of incident.minions) {
      const minion = this.#minions.get(id);
      if (minion) minion.fault = incident.phase === 'begin' ? incident.fault : undefined;
    }
    appendFileSync(join(this.#directory, 'faults.jsonl'), `${JSON.stringify(incident)}\n`);
    this.#changed = true;
  }

  write(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const content: TruthFile = {
      startedMs: this.#startedMs,
      writtenMs: Date.now(),
      ...this.#fixed,
      masterRestarts: this.masterRestarts,
      publisherRestarts: this.publisherRestarts,
      minions: [...this.#minions.values()],
      jobs: [...this.#jobs].map(([jid, { atMs, expected, by }]) => {
        return { jid, publishedMs: atMs, expected, returned: [...by].sort() };
      }),
    };
    const draft = `${this.path}.new`;
    writeFileSync(draft, `${JSON.stringify(content)}\n`);
    renameSync(draft, this.path);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.write();
  }
}
