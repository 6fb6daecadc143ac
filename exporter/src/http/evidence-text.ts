/**
 * Evidence sentences name their source at the end, `… since 03:12:00 UTC. (kernel + keys)`; readers
 * show it apart.
 */

export interface EvidenceText {
  readonly text: string;
  readonly from: string | undefined;
}

/** A sentence without a source at its end stays whole. */
export function splitEvidence(sentence: string): EvidenceText {
  const parts = /^(.*\S)\s*\(([^()]{1,60})\)$/s.exec(sentence);
  const [, text, from] = parts ?? [];
  return text === undefined ? { text: sentence, from: undefined } : { text, from };
}
