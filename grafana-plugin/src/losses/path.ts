/** The path of a job from client to job cache: what each of its links lost, how sure that is, and what is in its way now. */
import type {
  Confidence,
  LossLink,
  LossReason,
  PublishLoss,
} from '../../../exporter/src/domain/loss-vocabulary';

/** `1`: publishes that never became a job. The others lose returns. */
export type PathLink = '1' | LossLink;

/** In the order in which a job meets them. */
export const PATH_LINKS: readonly PathLink[] = ['1', '2', '3', '4', '4_or_5', '5', '6', 'unknown'];

/** Surest first. `untold`: the figures come without it. */
export const SURENESS = ['proven', 'likely', 'unknown', 'untold'] as const;
export type Sureness = Confidence | 'untold';

/** One missing return. */
export interface Verdict {
  readonly minion: string;
  readonly jid: string;
  readonly link: LossLink;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly evidence: string;
  readonly decidedMs: number | null;
  readonly master: string;
}

export interface Job {
  readonly jid: string;
  readonly name: string;
  readonly beganMs: number | null;
  readonly expected: number;
  readonly returned: number;
  readonly missing: number;
  readonly pending: number;
}

/** A number of losses of one kind. */
export interface Tally {
  readonly link: PathLink;
  readonly reason: LossReason | PublishLoss | string;
  readonly sureness: Sureness;
  readonly losses: number;
  /** null: of the whole fleet. */
  readonly minion: string | null;
}

/** Present of what the links depend on; null = not asked, or not known. */
export interface Present {
  readonly waiting: number | null;
  readonly absent: number | null;
  readonly pressureMax: number | null;
  readonly hwm: number | null;
  readonly stalled: number | null;
  readonly halfOpen: number | null;
  readonly wedged: number | null;
  readonly unclear: number | null;
}

export interface Totals {
  readonly expected: number;
  readonly returned: number;
  readonly missing: number;
}

/** All that was told; a view of it is made for what the reader chose. */
export interface LossBook {
  /** Single verdicts; null: only figures are known (Prometheus). */
  readonly verdicts: readonly Verdict[] | null;
  readonly jobs: readonly Job[] | null;
  readonly tallies: readonly Tally[];
  readonly totals: Totals | null;
  readonly late: number | null;
  readonly revised: number | null;
  readonly present: Present;
}

export interface LinkLoss {
  readonly link: PathLink;
  readonly losses: number;
  readonly bySureness: Readonly<Record<Sureness, number>>;
  /** Most first. */
  readonly reasons: readonly (readonly [reason: string, losses: number])[];
  /** Missing returns that got over this link; null for link 1, which loses publishes. */
  readonly goOn: number | null;
}

export interface PathView {
  readonly totals: Totals | null;
  /** Verdicts on returns. */
  readonly judged: number;
  readonly links: readonly LinkLoss[];
  /** Newest first; null as in the book. */
  readonly verdicts: readonly Verdict[] | null;
}

export interface Choice {
  /** Job id; empty = all jobs. */
  readonly job: string;
  /** Part of a key id; empty = all minions. */
  readonly minion: string;
}

function tallyOf({ link, reason, confidence, minion }: Verdict): Tally {
  return { link, reason, sureness: confidence, losses: 1, minion };
}

function linkLoss(link: PathLink, tallies: readonly Tally[]): LinkLoss {
  const bySureness = { proven: 0, likely: 0, unknown: 0, untold: 0 };
  const reasons = new Map<string, number>();
  let losses = 0;
  for (const one of tallies) {
    if (one.link !== link || one.losses <= 0) continue;
    losses += one.losses;
    bySureness[one.sureness] += one.losses;
    reasons.set(one.reason, (reasons.get(one.reason) ?? 0) + one.losses);
  }
  const sorted = [...reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { link, losses, bySureness, reasons: sorted, goOn: null };
}

function totalsOf(book: LossBook, choice: Choice): Totals | null {
  // How many returns a minion owed is told nowhere.
  if (choice.minion !== '') return null;
  if (choice.job === '') return book.totals;
  return book.jobs?.find(({ jid }) => jid === choice.job) ?? null;
}

function talliesOf(book: LossBook, choice: Choice, verdicts: readonly Verdict[] | null) {
  const whole = choice.job === '' && choice.minion === '';
  if (verdicts !== null) {
    const publishes = whole ? book.tallies.filter(({ link }) => link === '1') : [];
    return [...verdicts.map(tallyOf), ...publishes];
  }
  const { minion } = choice;
  return book.tallies.filter((one) =>
    minion === '' ? one.minion === null : one.minion?.includes(minion),
  );
}

/** What the book says of the chosen job and minion. */
export function pathOf(book: LossBook, choice: Choice): PathView {
  const verdicts =
    book.verdicts?.filter(
      ({ jid, minion }) =>
        (choice.job === '' || jid === choice.job) && minion.includes(choice.minion),
    ) ?? null;
  const tallies = talliesOf(book, choice, verdicts);
  const each = PATH_LINKS.map((link) => linkLoss(link, tallies));
  const judged = each.reduce((sum, { link, losses }) => sum + (link === '1' ? 0 : losses), 0);
  let left = judged;
  const links = each.map((one) => {
    if (one.link === '1') return one;
    left -= one.losses;
    return { ...one, goOn: left };
  });
  return { totals: totalsOf(book, choice), judged, links, verdicts };
}

/** The alert whose runbook speaks of that link. */
export const RUNBOOKS: Readonly<Record<PathLink, string>> = {
  '1': 'SaltPublishAbandoned',
  '2': 'SaltReturnsLostNoLink',
  '3': 'SaltReturnsLostPublisher',
  '4': 'SaltReturnsLostMinion',
  '4_or_5': 'SaltReturnsLostUnexplained',
  '5': 'SaltReturnsLostReturnPath',
  '6': 'SaltReturnsLostMaster',
  unknown: 'SaltReturnsLostUnexplained',
};
