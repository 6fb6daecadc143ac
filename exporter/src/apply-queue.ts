/** Work on its way into the domain: one piece after the other, in short turns, so that the program's thread is never held for long. */
import { applySteps, type State, type Steps } from './domain/index.js';
import type { Observation } from './domain/observations.js';
import type { Clock } from './lib/clock.js';

/** A turn ends after this time and the step at hand, a millisecond or two; the thread is wanted back within 5 ms. */
const TURN_MS = 2;
/** What comes in between two turns may use this much at once: most observations take microseconds. */
const ARRIVAL_MS = 1;
/**
 * Observations that wait. The scan thread has two scans and 65,536 destroy events under way at most, other sources tell a few things a
 * second. Full: all that wait are applied at once; that holds the thread, and loses nothing.
 */
const WAITING_MAXIMUM = 4_096;

interface Waiting {
  readonly steps: Steps;
  readonly onApplied: (() => void) | undefined;
}

export class ApplyQueue {
  readonly #state: State;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  /** Work that must not see a half applied observation; done before the next one. */
  readonly #between: Waiting[] = [];
  #current: Waiting | undefined;
  #turn: NodeJS.Immediate | undefined;
  #arrivalsEndMs = 0;

  constructor(state: State, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  /** `onApplied` is called when nothing reads the observation any more. */
  add(observation: Observation, onApplied?: () => void): void {
    this.#push(this.#waiting, {
      steps: applySteps(this.#state, observation, this.#clock.now()),
      onApplied,
    });
  }

  /** Begins at once, or after what is half done; before the observations that wait. */
  between(steps: Steps): void {
    this.#push(this.#between, { steps, onApplied: undefined });
  }

  /** Resolves when all that was added before is applied. */
  applied(): Promise<void> {
    return new Promise((resolve) =>
      this.#push(this.#waiting, { steps: noSteps(), onApplied: resolve }),
    );
  }

  /** What comes in one turn of the event loop shares one allowance; the rest waits for a turn of its own. */
  #push(list: Waiting[], work: Waiting): void {
    list.push(work);
    if (this.#waiting.length > WAITING_MAXIMUM) {
      this.#run(Number.POSITIVE_INFINITY);
      return;
    }
    if (this.#turn === undefined) {
      this.#arrivalsEndMs = this.#clock.now().monoMs + ARRIVAL_MS;
      this.#turn = setImmediate(() => this.#takeTurn());
    }
    if (this.#current === undefined) this.#run(this.#arrivalsEndMs);
  }

  #takeTurn(): void {
    this.#turn = undefined;
    if (this.#isIdle()) return;
    this.#run(this.#clock.now().monoMs + TURN_MS);
    if (this.#isIdle()) return;
    // No allowance for arrivals while there is a turn to come.
    this.#arrivalsEndMs = 0;
    this.#turn = setImmediate(() => this.#takeTurn());
  }

  #isIdle(): boolean {
    return this.#current === undefined && this.#between.length === 0 && this.#waiting.length === 0;
  }

  #run(endMs: number): void {
    while (this.#clock.now().monoMs < endMs) {
      this.#current ??= this.#between.shift() ?? this.#waiting.shift();
      if (this.#current === undefined) break;
      if (this.#current.steps.next().done !== true) continue;
      const { onApplied } = this.#current;
      this.#current = undefined;
      onApplied?.();
    }
  }
}

function* noSteps(): Steps {}
