/**
 * What exporters beside minions say of single pairs (job, minion): from the master alone a minion
 * that lost a job and a return that never arrived look alike. Questions that verdicts ask, and the
 * latest answers.
 */
import type { MinionAnswer, MinionQuestion } from './minion-answer.js';
import type { MinionWord } from './minion-answers-table.js';
import type { State } from './state.js';

/** Questions of one tick. Full: the oldest goes, counted; whoever still wants to know asks again. */
const QUESTIONS_MAX = 256;

/** Asks the exporter beside this minion, a slot of the minion table; the answer comes later, or never. */
export function askMinion(state: State, jid: string, minion: number): void {
  const id = state.minions.ids[minion];
  if (id === undefined) return;
  const book = state.minionAnswers;
  const key = keyOf(jid, id);
  if (!book.questions.has(key) && book.questions.size >= QUESTIONS_MAX) {
    for (const oldest of book.questions.keys()) {
      book.questions.delete(oldest);
      break;
    }
    book.droppedQuestions += 1;
  }
  book.questions.set(key, { jid, minion: id });
}

/** Hands out what was asked since the last call, each pair once, oldest first. */
export function takeMinionQuestions(state: State): readonly MinionQuestion[] {
  const { questions } = state.minionAnswers;
  if (questions.size === 0) return [];
  const taken = [...questions.values()];
  questions.clear();
  return taken;
}

/** undefined: no answer came, or it is forgotten. */
export function answerOfMinion(state: State, jid: string, minion: number): MinionWord | undefined {
  const id = state.minions.ids[minion];
  return id === undefined ? undefined : state.minionAnswers.answers.get(keyOf(jid, id));
}

export function applyMinionAnswer(state: State, told: MinionAnswer): void {
  const { answers } = state.minionAnswers;
  const key = keyOf(told.jid, told.minion);
  answers.delete(key);
  answers.set(key, wordOf(state, told));
}

function wordOf(state: State, { jid, sight, askedMonoMs }: MinionAnswer): MinionWord {
  if (sight === undefined) {
    const nothing = { received: undefined, executed: undefined, queued: undefined };
    return { answered: false, ...nothing, returned: 'unknown', askedMonoMs };
  }
  const { received, executed, queued, returned } = sight;
  const sawAll = isWatchedSincePublish(state, { jid, askedMonoMs, seconds: sight.watchedSeconds });
  const sure = (said: boolean | undefined) => (said === false && !sawAll ? undefined : said);
  return {
    answered: true,
    received: sure(received),
    // Who did not receive it did not execute it; who received it while somebody watched is seen to end it.
    executed: received === true ? executed : sure(executed),
    queued,
    returned,
    askedMonoMs,
  };
}

/** "Not received" means something only where somebody watched when it should have been received. */
function isWatchedSincePublish(
  state: State,
  at: { readonly jid: string; readonly askedMonoMs: number; readonly seconds: number },
): boolean {
  const { table } = state.jobs;
  const slot = table.slots.get(at.jid);
  if (slot === undefined) return false;
  const ageMs = at.askedMonoMs - (table.newMonoMs[slot] ?? Number.NEGATIVE_INFINITY);
  return at.seconds * 1_000 >= ageMs;
}

/** A line break stands in no id of a key and in no id of a job that Salt makes. */
function keyOf(jid: string, minion: string): string {
  return `${jid}\n${minion}`;
}
