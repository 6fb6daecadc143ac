/** Compares what the exporter claims with the truth of one settlement: finished, still on its way, or wrong. */
import { isWithin, type Losses } from './oracle.js';
import type { Claim, MinionClaim } from './snapshot.js';

export interface Settlement {
  /** Claims when the interval began; what grew since is judged. */
  readonly before: Claim;
  readonly losses: readonly Losses[];
  /** Messages published since the exporter's subscription began that it never received, whole run. */
  readonly gapsTotal: number;
  /** Of them in this interval. */
  readonly gapsNew: number;
  /** Every publish was announced on the bus. */
  readonly announced: boolean;
  /** Some link received more than the exporter did: that alone gives a gap away. */
  readonly outrun: boolean;
  /** Links whose figures were known when the interval began; the others may book less than the truth. */
  readonly wasKnown: readonly boolean[];
  /** Links whose ledger broke off meanwhile, and said so: they may book less than the truth. */
  readonly gaveUp: readonly boolean[];
}

export interface Judgement {
  /** Figures that no waiting can mend: counters never go down. */
  readonly wrong: readonly string[];
  /** Figures that are short of the truth, or not known yet. */
  readonly open: readonly string[];
}

export function judge(settlement: Settlement, claim: Claim): Judgement {
  const wrong: string[] = [];
  const open: string[] = [];
  judgeGaps(settlement, claim, { wrong, open });
  const gap = settlement.gapsNew > 0 || claim.gaps > settlement.before.gaps;
  claim.minions.forEach((minion, index) => {
    const before = settlement.before.minions[index];
    const losses = settlement.losses[index];
    if (before === undefined || losses === undefined) return;
    const exact = !gap && settlement.wasKnown[index] === true && settlement.gaveUp[index] !== true;
    judgeMinion({ index, minion, before, losses, exact }, { wrong, open });
  });
  judgeSums(claim, wrong);
  return { wrong, open };
}

interface Row {
  readonly index: number;
  readonly minion: MinionClaim;
  readonly before: MinionClaim;
  readonly losses: Losses;
  readonly exact: boolean;
}

type Findings = { readonly wrong: string[]; readonly open: string[] };

function judgeMinion(
  { index, minion, before, losses, exact }: Row,
  { wrong, open }: Findings,
): void {
  const grown = { hwm: minion.hwm - before.hwm, disconnect: minion.disconnect - before.disconnect };
  const figures = [
    ['hwm', grown.hwm, losses.hwm],
    ['disconnect', grown.disconnect, losses.disconnect],
    ['hwm + disconnect', grown.hwm + grown.disconnect, losses.total],
  ] as const;
  for (const [name, value, truth] of figures) {
    const text = `minion-${index} ${name}: reported ${value}, lost ${rangeText(truth)}`;
    if (value > truth.most || value < 0) wrong.push(text);
    else if (exact && !isWithin(value, truth)) open.push(text);
  }
  if (minion.known !== true) open.push(`minion-${index}: its ledger is not known`);
  else {
    if (minion.lagMessages !== 0)
      open.push(`minion-${index}: lag of ${minion.lagMessages} messages, truth 0`);
    if (minion.queueBytes !== 0)
      open.push(`minion-${index}: queue of ${minion.queueBytes} bytes, truth 0`);
  }
}

function judgeGaps(settlement: Settlement, claim: Claim, { wrong, open }: Findings): void {
  const { gapsTotal, announced, outrun } = settlement;
  const text = `gaps: flagged ${claim.gaps}, real ${gapsTotal}`;
  if (claim.gaps > gapsTotal) wrong.push(text);
  else if (announced && claim.gaps < gapsTotal) open.push(text);
  else if (outrun && settlement.gapsNew > 0 && claim.gaps === settlement.before.gaps)
    open.push(text);
  if (claim.fleet.allLinks > claim.gaps) {
    wrong.push(`all_links ${claim.fleet.allLinks}, gaps ${claim.gaps}`);
  }
}

/** The fleet's figures are the sums of the minions' in the same body. */
function judgeSums({ minions, fleet, strangers }: Claim, wrong: string[]): void {
  for (const key of ['hwm', 'disconnect'] as const) {
    const sum = minions.reduce((total, minion) => total + minion[key], 0);
    if (fleet[key] !== sum) wrong.push(`fleet ${key} ${fleet[key]}, sum of the minions ${sum}`);
  }
  if (strangers.hwm + strangers.disconnect > 0) {
    wrong.push(`drops of nobody: ${strangers.hwm} hwm, ${strangers.disconnect} disconnect`);
  }
}

function rangeText({ least, most }: { least: number; most: number }): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
