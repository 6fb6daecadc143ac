/** What a frozen picture holds of a minion's own view. */
import type { StormAdvice } from './local-advice.js';

export interface LocalMasterFigures {
  readonly name: string;
  /** undefined until the links were seen. */
  readonly publishLinks: number | undefined;
  readonly requestLinks: number | undefined;
  /** Bytes that the minion's process has not read; undefined: there is no publish link. */
  readonly receiveQueueBytes: number | undefined;
  readonly answered: number;
  readonly abandoned: number;
  readonly refused: number;
  /** Age of the oldest request without an answer; undefined = none waits. */
  readonly requestWaitSeconds: number | undefined;
}

export interface LocalFigures {
  readonly minionId: string | undefined;
  readonly version: string | undefined;
  readonly masters: readonly LocalMasterFigures[];
  readonly options: ReadonlyMap<string, number>;
  readonly advice: StormAdvice;
  readonly executed: number;
  readonly queued: number;
  readonly rejectedSerial: number;
  readonly rejectedDecrypt: number;
  readonly notReturned: number;
}
