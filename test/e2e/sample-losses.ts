/** What the sample fleet lost in its bad night. */
import type { Epoch } from '../../exporter/src/domain/epoch.js';
import type { JobLoss } from '../../exporter/src/domain/loss-epoch.js';
import { emptyLossFigures } from '../golden/synthetic-jobs.js';

const JID = '20261121030914128822';

const LATEST: readonly Omit<JobLoss, 'jid' | 'decidedWallMs'>[] = [
  {
    minion: 'web-041.example.net',
    link: '3',
    reason: 'disconnect',
    confidence: 'proven',
    evidence: [
      'Its publish link ended 0.3 s after the publish, before its host acknowledged it. (kernel)',
    ],
  },
  {
    minion: 'db-007.example.net',
    link: '6',
    reason: 'worker',
    confidence: 'proven',
    evidence: ['Its request waits for an answer of the master since 18.2 s. (kernel)'],
  },
  {
    minion: 'app-112.example.net',
    link: '4',
    reason: 'process_stopped',
    confidence: 'proven',
    evidence: [
      'Its host acknowledged the publish. (kernel)',
      'No heartbeat was answered for 24.0 s. (kernel)',
    ],
  },
  {
    minion: 'k8s-003.example.net',
    link: '4_or_5',
    reason: 'unknown',
    confidence: 'unknown',
    evidence: [
      'Its host acknowledged the publish. (kernel)',
      'Nothing was heard of it since the publish. (bus)',
    ],
  },
];

export function nightLosses(nightMs: number): Pick<Epoch, 'losses'> {
  const { losses } = emptyLossFigures();
  const latest = LATEST.map((loss, n) => ({
    ...loss,
    jid: JID,
    decidedWallMs: nightMs - (n + 1) * 9_000,
  }));
  const verdicts = losses.verdicts.map((verdict) => ({
    ...verdict,
    count: latest.filter(
      ({ link, reason, confidence }) =>
        verdict.link === link && verdict.reason === reason && verdict.confidence === confidence,
    ).length,
  }));
  const publishes = { ...losses.publishes, abandoned: 3 };
  return { losses: { ...losses, verdicts, publishes, latest, waiting: 2 } };
}
