/** What is kept of exporters beside minions: open questions, and their latest words by pair. */
import { BoundedMap } from '../lib/bounded-map.js';
import type { MinionQuestion, ReturnFate } from './minion-answer.js';

/** Pairs whose answers are kept. Full: the oldest goes, counted. */
const ANSWERS_MAX = 4_096;

/** The latest word of the exporter beside a minion on one job. */
export interface MinionWord {
  /** False: it was asked and did not answer; then nothing else is known. */
  readonly answered: boolean;
  /**
   * The publish reached the minion's process. `false` is only said by an exporter that has seen
   * everything since before the job was published.
   */
  readonly received: boolean | undefined;
  /** Executed to its end; then a missing return was lost on its way, not by the minion. */
  readonly executed: boolean | undefined;
  readonly queued: boolean | undefined;
  readonly returned: ReturnFate;
  /** CLOCK_MONOTONIC when it was asked. */
  readonly askedMonoMs: number;
}

export interface MinionAnswerBook {
  readonly questions: Map<string, MinionQuestion>;
  readonly answers: BoundedMap<string, MinionWord>;
  droppedQuestions: number;
}

export function createMinionAnswers(): MinionAnswerBook {
  return {
    questions: new Map(),
    answers: new BoundedMap('minion_answers', ANSWERS_MAX),
    droppedQuestions: 0,
  };
}
