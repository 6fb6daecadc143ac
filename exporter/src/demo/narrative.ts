/** What the demo tells people: where to look, what to expect, and now and then how the exporter sees the fleet. */
import { type FleetPlan, isAccepted, type Role } from './plan.js';

/** Sum of the samples of a family whose labels contain all of `labels` (`status="ok"`); undefined when there are none. */
export function sumSamples(
  body: string,
  family: string,
  labels: readonly string[] = [],
): number | undefined {
  let sum: number | undefined;
  for (const line of body.split('\n')) {
    if (!line.startsWith(family)) continue;
    const rest = line.slice(family.length);
    if (!/^[ {]/.test(rest) || !labels.every((label) => rest.includes(label))) continue;
    const value = Number(rest.slice(rest.lastIndexOf(' ') + 1));
    sum = (sum ?? 0) + value;
  }
  return sum;
}

/** One line: the truth and the exporter's figures beside it. */
export function statusLine(body: string, connected: number): string {
  const statuses = ['ok', 'half_open', 'absent', 'ambiguous', 'stale', 'unknown'];
  const seen = statuses.flatMap((status) => {
    const count = sumSamples(body, 'salt_minions', [`status="${status}"`]);
    return count ? [`${count} ${status}`] : [];
  });
  const flaps = sumSamples(body, 'salt_flaps_total') ?? 0;
  const storms = sumSamples(body, 'salt_reconnect_storms_total') ?? 0;
  const restarts = sumSamples(body, 'salt_master_restarts_total') ?? 0;
  const lost = sumSamples(body, 'salt_lost_returns_total') ?? 0;
  const revised = sumSamples(body, 'salt_loss_verdicts_revised_total') ?? 0;
  const counted = `${flaps} flaps, ${storms} storms, ${restarts} master restarts, ${lost - revised} returns lost`;
  return `${connected} really connected | exporter: ${seen.join(', ')} | ${counted}`;
}

export interface Introduction {
  readonly plan: FleetPlan;
  readonly url: string;
  readonly directory: string;
  readonly ports: { readonly publish: number; readonly request: number };
  readonly roundSeconds: number;
}

export function introduce({ plan, url, directory, ports, roundSeconds }: Introduction): string {
  const ids = (role: Role) =>
    plan.minions.filter((minion) => minion.role === role).map((minion) => minion.id);
  const named = (role: Role) => ids(role).slice(0, 6).join(' ');
  const accepted = plan.minions.filter(isAccepted);
  const flapping = ids('flapping')[0] ?? '';
  return `
Brinescope demo: a ZeroMQ master on 127.0.0.1:${ports.publish} and :${ports.request}, ${accepted.length} minions, one exporter.

  live page   ${url}/
  metrics     ${url}/metrics
  try         curl -s ${url}/metrics | grep '^salt_minions{'
              curl -s ${url}/metrics | grep -E '^salt_(flaps|reconnect_storms|master_restarts)_total'
              curl -s ${url}/metrics | grep 'minion="${flapping}"'
              curl -s '${url}/api/v1/losses'
              ss -tn state established '( sport = :${ports.publish} )' | head
  truth       ${directory}/truth.json, faults.jsonl (what really happens, to compare)

What to expect, in rounds of ${Math.round(roundSeconds)} s:
  flapping            ${named('flapping')}: a flap every 20 s or so
  cable pulled        ${named('unplugged')}: half_open for some 20 s
  process stopped     ${named('stopped')}: ok at first, then the master's heartbeat gives them up: absent
  killed, keys stay   ${named('vanishing')}: absent
  slow reader         ${named('slow')}: ok, but large publishes stay in its Send-Q
  behind one router   ${named('nat')}: ambiguous (Salt itself calls them absent)
  no grains cached    ${named('fresh')}: ambiguous, then ok once they are
  decommissioned      ${named('gone')}: stale
  not accepted        ${named('pending')} (pending), ${named('rejected')} (rejected), ${named('denied')} (denied)
  lost returns        a job to everybody comes soon after each of these faults: no link when a rack is out or a process was killed,
                      host gone when a cable is pulled, process stopped when it is; who returns later is taken back
  and a stranger that drops in, a rack that flaps as one, restarts of the publish daemon and of the master

Ctrl-C ends everything and removes its files.
`;
}
