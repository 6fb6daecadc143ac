/** What the demo's processes tell one another over Node's own channel. */
import type { LinkKind, Role } from './plan.js';

export interface Ports {
  readonly publish: number;
  readonly request: number;
}

/** A minion as the process that runs it needs it. */
export interface HostedMinion {
  readonly id: string;
  readonly role: Role;
  readonly address: string;
  readonly links: readonly LinkKind[];
}

export type CrewOrder =
  | { readonly do: 'host'; readonly minions: readonly HostedMinion[]; readonly ports: Ports }
  | {
      readonly do: 'connect' | 'disconnect' | 'unplug' | 'plug';
      readonly ids: readonly string[];
    }
  | { readonly do: 'stop' };

/** A minion's publish link as its own side sees it: connections made so far, and whether one stands. */
export interface LinkCount {
  readonly id: string;
  readonly connects: number;
  readonly connected: boolean;
}

/** A return that a minion handed to its request link. */
export interface Answer {
  readonly id: string;
  readonly jid: string;
}

export type CrewReport =
  | { readonly tell: 'hosting' }
  | { readonly tell: 'answered'; readonly answers: readonly Answer[] }
  | { readonly tell: 'links'; readonly counts: readonly LinkCount[] }
  | { readonly tell: 'done'; readonly order: CrewOrder['do'] };

export type MasterOrder =
  | {
      readonly do: 'serve';
      readonly ports: Ports;
      /** Where Salt's event bus is, for the exporter. */
      readonly busPath: string;
    }
  | {
      readonly do: 'publish';
      /** Who answers; undefined: everybody. */
      readonly target: string | undefined;
      /** Whom the master expects to return; nobody for ballast. */
      readonly minions: readonly string[];
      readonly loadBytes: number;
      readonly count: number;
    }
  | { readonly do: 'restart_publisher' }
  | { readonly do: 'stop' };

export type MasterReport =
  | { readonly tell: 'serving' }
  | { readonly tell: 'publisher_restarted' }
  /** Told to somebody: who is expected to return. */
  | { readonly tell: 'published'; readonly jid: string; readonly minions: readonly string[] }
  | { readonly tell: 'failed'; readonly text: string };
