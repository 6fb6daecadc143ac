/** Tables as our data source hands them to a panel: one large job that lost returns at every link. */
import type { FrameInput } from '../grafana-host/host-api.js';

export const LOSSES_END_MS = Date.UTC(2026, 10, 21, 3, 12, 0);
export const JOB = '20261121021922114529';
const OTHER_JOB = '20261121020631000100';
const DECIDED_MS = LOSSES_END_MS - 48 * 60_000;

interface Kind {
  readonly link: string;
  readonly reason: string;
  readonly confidence: string;
  readonly many: number;
  readonly evidence: string;
}

const KINDS: readonly Kind[] = [
  {
    link: '2',
    reason: 'no_link',
    confidence: 'proven',
    many: 31,
    evidence: 'No publish link at 02:19:22: its link ended at 02:19:20. (kernel)',
  },
  {
    link: '3',
    reason: 'hwm',
    confidence: 'proven',
    many: 19,
    evidence:
      'The publication ended at stream offset 24,188,863; this link acknowledged later offsets but never those 472 bytes. (delivery ledger)',
  },
  {
    link: '3',
    reason: 'disconnect',
    confidence: 'likely',
    many: 4,
    evidence: 'The link died while the publication waited in the queue. (destroy event)',
  },
  {
    link: '4',
    reason: 'process_stopped',
    confidence: 'proven',
    many: 9,
    evidence: 'Its host acknowledged the publication; no pong from 02:11:10 to 02:40:20. (kernel)',
  },
  {
    link: '4',
    reason: 'host_only',
    confidence: 'likely',
    many: 8,
    evidence: 'Its host acknowledged; nothing came on its request link since. (both ledgers)',
  },
  {
    link: '4_or_5',
    reason: 'unknown',
    confidence: 'unknown',
    many: 8,
    evidence: 'Acknowledged, then silent on both links. (both ledgers)',
  },
  {
    link: '5',
    reason: 'reconnect',
    confidence: 'proven',
    many: 3,
    evidence: 'A request of 613 bytes was cut off when its link ended. (request ledger)',
  },
  {
    link: '6',
    reason: 'worker',
    confidence: 'proven',
    many: 2,
    evidence: 'A request of 613 bytes arrived and was never answered. (request ledger)',
  },
  {
    link: 'unknown',
    reason: 'unknown',
    confidence: 'unknown',
    many: 5,
    evidence: 'Its address is shared by 12 minions; no return has told which link is whose.',
  },
];

function frame(columns: Readonly<Record<string, readonly unknown[]>>, times: readonly string[]) {
  const typeOf = (name: string, values: readonly unknown[]) => {
    if (times.includes(name)) return 'time';
    return values.some((value) => typeof value === 'number') ? 'number' : 'string';
  };
  const fields = Object.entries(columns).map(([name, values]) => {
    return { name, type: typeOf(name, values), values };
  });
  return { fields };
}

/** 507 expected, 418 returned, 89 missing; a second job misses one. */
export function lossFrames(firstMinion = 'app-r17-001.fleet.example.net'): FrameInput[] {
  const rows = KINDS.flatMap((kind) =>
    Array.from({ length: kind.many }, () => ({ ...kind, jid: JOB })),
  ).map((row, index) => {
    const id = `app-r17-${String(index + 1).padStart(3, '0')}.fleet.example.net`;
    return { ...row, minion: index === 0 ? firstMinion : id };
  });
  const [first] = KINDS;
  if (first !== undefined) rows.push({ ...first, jid: OTHER_JOB, minion: 'db-r02-7' });
  const losses = {
    decided: rows.map(() => DECIDED_MS),
    minion: rows.map((row) => row.minion),
    jid: rows.map((row) => row.jid),
    link: rows.map((row) => row.link),
    reason: rows.map((row) => row.reason),
    confidence: rows.map((row) => row.confidence),
    evidence: rows.map((row) => row.evidence),
  };
  const jobs = {
    began: [DECIDED_MS - 300_000, DECIDED_MS - 900_000],
    jid: [JOB, OTHER_JOB],
    function: ['state.apply', 'grains.items'],
    state: ['app.deploy', ''],
    phase: ['closed', 'closed'],
    expected: [507, 400],
    returned: [418, 399],
    missing: [89, 1],
    pending: [0, 0],
  };
  const statuses = [...Array(390).fill('ok'), ...Array(10).fill('absent'), 'half_open'];
  const minions = {
    minion: statuses.map((_, index) => `m${index}`),
    status: [...statuses, ...Array(4).fill('stalled')].slice(0, statuses.length),
    pressure: statuses.map((_, index) => (index === 3 ? 0.82 : 0)),
    wait: statuses.map((_, index) => (index < 2 ? 1.5 : null)),
    evidence: statuses.map(() => ''),
  };
  return [frame(losses, ['decided']), frame(jobs, ['began']), frame(minions, [])];
}

/** Counters of Prometheus, each with two samples; the second is after a restart where `fell`. */
export function lossSeries(): FrameInput[] {
  const one = (name: string, values: readonly number[], labels: Record<string, string> = {}) => ({
    fields: [
      {
        name: 'Time',
        type: 'time',
        values: values.map((_, k) => LOSSES_END_MS - (9 - k) * 60_000),
      },
      {
        name: 'Value',
        type: 'number',
        labels: { __name__: name, master: 'master-a', ...labels },
        values,
      },
    ],
  });
  const lost = (verdict: string, values: readonly number[]) => {
    const [link = '', reason = '', confidence = ''] = verdict.split(' ');
    return one('salt_lost_returns_total', values, { link, reason, confidence });
  };
  return [
    lost('2 no_link proven', [4, 10, 3]),
    lost('3 hwm likely', [0, 5, 5]),
    lost('3 hwm proven', [0, 7, 7]),
    one('salt_loss_verdicts_revised_total', [0, 2, 2], {
      link: '3',
      reason: 'hwm',
      to: 'returned',
    }),
    one('salt_publishes_lost_total', [1, 3, 3], { reason: 'abandoned' }),
    one('salt_expected_returns_total', [100, 400, 500]),
    one('salt_returned_total', [90, 372, 471]),
    one('salt_missing_returns_total', [10, 28, 29]),
    one('salt_minion_lost_returns_total', [0, 3, 3], { minion: 'web-1', link: '2' }),
    one('salt_minions', [0, 2, 3], { status: 'absent' }),
    one('salt_wedged_workers', [0, 0, 1]),
  ];
}
