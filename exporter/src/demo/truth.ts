/** The record of what really happened in the fleet, for people and for tests that compare it with what the exporter says. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetPlan, Role } from './plan.js';
import type { LinkCount, Ports } from './protocol.js';

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

export interface TruthFile {
  readonly startedMs: number;
  readonly writtenMs: number;
  readonly ports: Ports;
  readonly configDir: string;
  readonly masterRestarts: number;
  readonly publisherRestarts: number;
  readonly minions: readonly MinionTruth[];
}

const WRITE_INTERVAL_MS = 250;

/** `truth.json` is replaced whenever something changed, `faults.jsonl` grows by a line per begin and end. */
export class Truth {
  masterRestarts = 0;
  publisherRestarts = 0;
  readonly #minions = new Map<string, MinionTruth>();
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
