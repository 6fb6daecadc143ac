/** What the runner, the publisher and the subscribers of a truth run say to one another over Node's own channel. */
import type { Publishing } from './plan.js';

export interface PublisherSetup {
  readonly port: number;
  readonly hwm: number;
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly filtering: boolean;
  readonly sendBufferBytes: number | undefined;
  readonly bus: 'none' | 'plain' | 'prefixed';
  readonly busLateMs: number;
  readonly busPath: string;
  readonly seed: number;
  readonly ids: readonly string[];
}

export type PublisherOrder =
  | { readonly do: 'open'; readonly setup: PublisherSetup }
  | {
      readonly do: 'publish';
      readonly publishing: Publishing;
      /** Stops itself behind the last message, after so many microseconds of waiting without a pause. */
      readonly freezeAfterMicros?: number;
    };

/** Of one published message, as its publisher wrote it down. */
export interface PublishedMessage {
  readonly number: number;
  /** Bytes on the wire: frames and their headers. */
  readonly wireBytes: number;
  /** Index of the minion it is for; -1: for all. */
  readonly target: number;
}

export type PublisherReport =
  | { readonly tell: 'open' }
  | { readonly tell: 'published'; readonly messages: readonly PublishedMessage[] }
  | { readonly tell: 'failed'; readonly text: string };

export interface CrewMember {
  /** Index of the subscriber in the run. */
  readonly index: number;
  readonly id: string;
  readonly address: string;
  readonly narrow: boolean;
  readonly receiveBufferBytes: number | undefined;
}

export interface CrewSetup {
  readonly port: number;
  readonly filtering: boolean;
  readonly members: readonly CrewMember[];
  /** Numbers are appended here: rows of two 32-bit words, subscriber and message. */
  readonly recordPath: string;
}

export type CrewOrder =
  | { readonly do: 'open'; readonly setup: CrewSetup }
  | { readonly do: 'connect' }
  | { readonly do: 'reconnect'; readonly subscriber: number }
  /** Undefined: as fast as it can. */
  | { readonly do: 'pace'; readonly subscriber: number; readonly perSecond: number | undefined }
  | { readonly do: 'latest' };

export type CrewReport =
  | { readonly tell: 'done' }
  /** The last number each member received, -1 before the first; all received ones are in the record. */
  | { readonly tell: 'latest'; readonly numbers: readonly (readonly [number, number])[] }
  | { readonly tell: 'failed'; readonly text: string };
