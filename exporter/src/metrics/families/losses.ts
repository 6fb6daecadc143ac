/** Returns and publishes that were lost, by the link of the path that lost them. */
import { LOSS_LINKS, PUBLISH_LOSSES } from '../../domain/loss-vocabulary.js';
import { defineMinion, defineScalar, type FamilyGroup } from '../family.js';

export const losses: FamilyGroup = {
  name: 'losses',
  heading: 'Jobs, events, losses',
  families: [
    defineScalar({
      name: 'salt_lost_returns_total',
      help: 'Verdicts on returns that never came: the link of the path that lost it (4_or_5, unknown: nothing decides), why, and how sure that is.',
      type: 'counter',
      unit: 'none',
      labels: ['link', 'reason', 'confidence'],
      sample: ({ epoch }, emit) => {
        for (const { link, reason, confidence, count } of epoch.losses.verdicts) {
          emit(count, link, reason, confidence);
        }
      },
    }),
    defineScalar({
      name: 'salt_loss_verdicts_revised_total',
      help: 'Verdicts that later evidence took back: the return came (returned), or another verdict took its place; net losses = lost − revised.',
      type: 'counter',
      unit: 'none',
      labels: ['link', 'reason', 'to'],
      sample: ({ epoch }, emit) => {
        for (const { link, reason, to, count } of epoch.losses.revised) {
          emit(count, link, reason, to);
        }
      },
    }),
    defineScalar({
      name: 'salt_publishes_lost_total',
      help: 'Publishes of clients that never became a job (link 1): the client gave up unanswered (abandoned), the handler raised (failed), the master refused it.',
      type: 'counter',
      unit: 'none',
      labels: ['reason'],
      sample: ({ epoch }, emit) => {
        for (const reason of PUBLISH_LOSSES) emit(epoch.losses.publishes[reason], reason);
      },
    }),
  ],
};

export const minionLosses: FamilyGroup = {
  name: 'minion_losses',
  heading: 'Jobs, events, losses',
  families: [
    defineMinion({
      name: 'salt_minion_lost_returns_total',
      help: 'Verdicts on returns of this minion that never came, by link; absent before the first.',
      type: 'counter',
      unit: 'none',
      labels: ['minion', 'link'],
      block: 'jobs',
      variants: LOSS_LINKS.map((link) => [link]),
      value: ({ epoch: { minions } }, row, variant) =>
        minions.lostReturns[row * LOSS_LINKS.length + variant] || Number.NaN,
    }),
    defineMinion({
      name: 'salt_minion_starts_total',
      help: 'Times that this minion said it started: its process was new (start), or only its links were (reconnect).',
      type: 'counter',
      unit: 'none',
      labels: ['minion', 'kind'],
      block: 'jobs',
      variants: [['start'], ['reconnect']],
      value: ({ epoch: { minions } }, row, variant) =>
        (variant === 0 ? minions.starts : minions.reconnects)[row] ?? Number.NaN,
    }),
  ],
};
