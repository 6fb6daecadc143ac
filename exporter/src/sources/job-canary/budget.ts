/**
 * How many canary jobs there may be: one each 60 s ÷ budget, and none is saved up. So no minute, from
 * whenever to whenever, has more than the budget.
 *
 * A worked example: 10 a minute, a job at 0 s, a pause of the master's from 3 to 60 s: the next one
 * is sent at 60 s and the one after it at 66 s, not ten at once.
 */

const MINUTE_MS = 60_000;

export class JobBudget {
  #intervalMs: number;
  #lastMonoMs: number;

  /** As if a job had just been sent: a program that starts again and again keeps to the budget too. */
  constructor(jobsPerMinute: number, nowMonoMs: number) {
    this.#intervalMs = MINUTE_MS / jobsPerMinute;
    this.#lastMonoMs = nowMonoMs;
  }

  set jobsPerMinute(jobsPerMinute: number) {
    this.#intervalMs = MINUTE_MS / jobsPerMinute;
  }

  isDue(nowMonoMs: number): boolean {
    return nowMonoMs - this.#lastMonoMs >= this.#intervalMs;
  }

  spend(nowMonoMs: number): void {
    this.#lastMonoMs = nowMonoMs;
  }
}
