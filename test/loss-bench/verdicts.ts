/** What the exporter says of jobs: `GET /api/v1/jobs/{jid}`. */
import type { Lab } from '../lab/lab.js';
import { PENDING, RETURNED } from './judge.js';

const PORT = 4507;
const OK = 200;
const NOT_FOUND = 404;

interface Loss {
  readonly minion: string;
  readonly link: string;
  readonly reason: string;
  readonly confidence: string;
  readonly evidence: readonly string[];
}

interface JobAnswer {
  readonly losses: readonly Loss[];
  /** Who has not returned and has no verdict yet. */
  readonly waiting: readonly string[];
}

export interface Verdict {
  readonly verdict: string;
  readonly confidence: string;
  readonly evidence: readonly string[];
}

export class Verdicts {
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async of(jids: readonly string[]): Promise<{ verdictOf(jid: string, minion: string): Verdict }> {
    const answers = new Map<string, JobAnswer>();
    for (const jid of jids) {
      const { status, body } = await this.#lab.fetch(PORT, `/api/v1/jobs/${jid}`);
      if (status !== OK && status !== NOT_FOUND) throw new Error(`/api/v1/jobs: ${status} ${body}`);
      // `as`: the exporter's API
      if (status === OK) answers.set(jid, JSON.parse(body) as JobAnswer);
    }
    return {
      verdictOf(jid, minion): Verdict {
        const answer = answers.get(jid);
        if (answer === undefined) return bare('no such job');
        const loss = answer.losses.find((each) => each.minion === minion);
        if (loss === undefined) return bare(answer.waiting.includes(minion) ? PENDING : RETURNED);
        const { link, reason, confidence, evidence } = loss;
        return { verdict: `${link} ${reason}`, confidence, evidence };
      },
    };
  }
}

function bare(verdict: string): Verdict {
  return { verdict, confidence: '', evidence: [] };
}
