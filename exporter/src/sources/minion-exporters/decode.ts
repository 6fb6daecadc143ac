/** What an exporter beside a minion answers, from its JSON: pure, never throws. */
import { type MinionSight, RETURN_FATES } from '../../domain/minion-answer.js';

export type DecodedSight =
  | { readonly ok: true; readonly sight: MinionSight }
  | { readonly ok: false; readonly reason: 'answer_invalid' | 'answer_of_another' };

/** The answer must be about the job and the minion that were asked for. */
export function decodeSight(
  text: string,
  asked: { readonly jid: string; readonly minion: string },
): DecodedSight {
  const body = parse(text);
  if (body === undefined) return { ok: false, reason: 'answer_invalid' };
  if (body.jid !== asked.jid || body.minion !== asked.minion) {
    return { ok: false, reason: 'answer_of_another' };
  }
  const returned = RETURN_FATES.find((fate) => fate === body.returned);
  const { watchedSeconds } = body;
  if (returned === undefined || typeof watchedSeconds !== 'number' || !(watchedSeconds >= 0)) {
    return { ok: false, reason: 'answer_invalid' };
  }
  return {
    ok: true,
    sight: {
      received: truth(body.received),
      executed: truth(body.executed),
      queued: truth(body.queued),
      returned,
      watchedSeconds,
    },
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? { ...body } : undefined;
  } catch {
    return undefined;
  }
}

/** null and anything else: it cannot tell. */
function truth(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
