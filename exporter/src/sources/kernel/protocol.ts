/** What the program's thread and the scan thread say to each other. */
import type {
  KernelLoss,
  LinkDeaths,
  LinkScan,
  MasterDescriptors,
  SourceError,
  SourceHealth,
} from '../../domain/observations.js';
import type { CadenceSettings } from './cadence.js';
import type { WatchedPorts } from './request.js';

export interface ScanSettings extends CadenceSettings {
  readonly ports: WatchedPorts;
}

/** Handed over when the scan thread starts. */
export interface ScanThreadData {
  readonly settings: ScanSettings;
  /** One i32: 1 = a command waits. Wakes the thread where it has no descriptor to wait on. */
  readonly wakeFlag: Int32Array;
  /** Receive buffer of the destroy events at first; undefined = DEATH_BUFFER_BYTES. */
  readonly deathBufferBytes: number | undefined;
}

export type ScanCommand =
  | { readonly kind: 'configure'; readonly settings: ScanSettings }
  | { readonly kind: 'scan'; readonly trigger: 'publish' | 'demand' }
  /** The buffer of a scan comes back to be filled again. */
  | { readonly kind: 'returned'; readonly buffer: ArrayBuffer }
  /** So many rows of deaths were applied: more may be sent. */
  | { readonly kind: 'taken'; readonly rows: number }
  | { readonly kind: 'stop' };

export interface ScanMessage {
  readonly kind: 'scan';
  readonly scan: Omit<LinkScan, 'sockets'>;
  readonly buffer: ArrayBuffer;
  readonly count: number;
}

export interface DeathsMessage {
  readonly kind: 'deaths';
  readonly deaths: Omit<LinkDeaths, 'sockets'>;
  readonly buffer: ArrayBuffer;
  readonly count: number;
}

export type ScanReport =
  /**
   * An eventfd: writing eight bytes to it wakes the thread. Whoever receives it closes it when the
   * thread has ended.
   */
  | { readonly kind: 'wake'; readonly descriptor: number }
  /** The first scan was tried. */
  | { readonly kind: 'ready' }
  | ScanMessage
  | DeathsMessage
  | {
      readonly kind: 'observation';
      readonly observation: KernelLoss | MasterDescriptors | SourceError | SourceHealth;
    };
