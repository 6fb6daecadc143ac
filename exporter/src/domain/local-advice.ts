/**
 * Whether the reconnect settings of this minion invite a storm when a whole fleet has them. Pure
 * arithmetic on the options in force; nothing is measured.
 *
 * A worked example: 5,000 minions with `recon_max: 10000` come back within 10 s of a restart of the
 * master, 500 a second; with 50000 it would be 100 a second.
 */

/**
 * Minions a second that a master takes without falling behind: each that comes back authenticates
 * (3007 always, 3008 mostly), a private-key operation of 5 to 10 ms for one worker, and one core is
 * all that these five workers may count on. Salt's own guide for thousands of minions
 * (`recon_max: 59000`, `random_reauth_delay: 60`) comes to the same at 6,000.
 */
const MINIONS_PER_SECOND = 100;

export interface StormAdvice {
  /** undefined: the size of the fleet was not given, or an option is not known. */
  readonly invites: boolean | undefined;
  /** One sentence for each cause, for people. */
  readonly sentences: readonly string[];
}

/** `fleetSize`: minions that are set up alike; undefined = not known. */
export function stormAdvice(
  options: ReadonlyMap<string, number>,
  fleetSize: number | undefined,
): StormAdvice {
  if (fleetSize === undefined) {
    const sentence =
      'Whether these settings invite a storm depends on how many minions have them: --local.fleet-size is not set.';
    return { invites: undefined, sentences: [sentence] };
  }
  const judged = [judgeReconnect(options, fleetSize), judgeAuthentication(options, fleetSize)];
  const known = judged.filter((each) => each !== undefined);
  return {
    invites: known.length === 0 ? undefined : known.some(({ invites }) => invites),
    sentences: known.map(({ sentence }) => sentence),
  };
}

interface Judged {
  readonly invites: boolean;
  readonly sentence: string;
}

/** Salt draws each minion's interval from recon_default … recon_default + recon_max, ms. */
function judgeReconnect(options: ReadonlyMap<string, number>, minions: number): Judged | undefined {
  const maxMs = options.get('recon_max');
  if (maxMs === undefined) return undefined;
  const fleet = `After a restart of the master ${grouped(minions)} minions like this one come back`;
  const wantedMs = Math.ceil(minions / MINIONS_PER_SECOND) * 1_000;
  if (options.get('recon_randomize') === 0) {
    const invites = minions > MINIONS_PER_SECOND;
    const spread = invites
      ? `; recon_randomize: True with recon_max: ${wantedMs} spreads them`
      : '';
    const sentence = `${fleet} all at once (recon_randomize: False): ${verdict(invites)}${spread}.`;
    return { invites, sentence };
  }
  const perSecond = minions / Math.max(maxMs / 1_000, 1e-3);
  const invites = perSecond > MINIONS_PER_SECOND;
  const spread = invites ? `; recon_max: ${wantedMs} makes it ${MINIONS_PER_SECOND} a second` : '';
  const sentence = `${fleet} within ${seconds(maxMs / 1_000)}, ${rate(perSecond)} (recon_max: ${maxMs}): ${verdict(invites)}${spread}.`;
  return { invites, sentence };
}

/** After the AES key of the master changed every minion authenticates at its next publish, within random_reauth_delay seconds. */
function judgeAuthentication(
  options: ReadonlyMap<string, number>,
  minions: number,
): Judged | undefined {
  const delay = options.get('random_reauth_delay');
  if (delay === undefined) return undefined;
  const perSecond = minions / Math.max(delay, 1);
  const invites = perSecond > MINIONS_PER_SECOND;
  const wanted = Math.ceil(minions / MINIONS_PER_SECOND);
  const spread = invites
    ? `; random_reauth_delay: ${wanted} makes it ${MINIONS_PER_SECOND} a second`
    : '';
  const sentence = `When the key of the master changes they authenticate within ${seconds(Math.max(delay, 1))}, ${rate(perSecond)} (random_reauth_delay: ${delay}): ${verdict(invites)}${spread}.`;
  return { invites, sentence };
}

function verdict(invites: boolean): string {
  return invites ? 'that invites a storm' : 'no storm';
}

function rate(perSecond: number): string {
  return `${grouped(Math.max(1, Math.round(perSecond)))} a second`;
}

function seconds(value: number): string {
  return `${Math.round(value * 10) / 10} s`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
