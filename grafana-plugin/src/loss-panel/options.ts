/** Options of the loss path panel, and how they are offered. */
import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { t } from '@grafana/i18n';

export interface LossOptions {
  /** Job id, or a dashboard variable; empty = all jobs. */
  readonly job: string;
  /** Part of a key id, or a dashboard variable; empty = all. */
  readonly minion: string;
  readonly showToolbar: boolean;
  readonly showEvidence: boolean;
  /** Address of a minion's dashboard; `$minion` and `$master` stand for the row's. */
  readonly minionLink: string;
  /** Where the runbooks lie; the name of the alert and `.md` follow. */
  readonly runbooks: string;
}

/** `runbooks`: as in the alert rules. */
export const DEFAULTS: LossOptions = {
  job: '',
  minion: '',
  showToolbar: true,
  showEvidence: true,
  minionLink: '/d/brinescope-minion?var-minion=$minion&var-master=$master',
  runbooks: 'https://brinescope.example.net/runbooks/',
};

export function offerOptions(builder: PanelOptionsEditorBuilder<LossOptions>): void {
  builder
    .addTextInput({
      path: 'job',
      name: t('loss.option.job', 'Job'),
      description: t('loss.option.job-help', 'Job id or variable; empty shows all jobs.'),
      defaultValue: DEFAULTS.job,
    })
    .addTextInput({
      path: 'minion',
      name: t('loss.option.minion', 'Minion'),
      description: t('loss.option.minion-help', 'Part of a key id or variable; empty shows all.'),
      defaultValue: DEFAULTS.minion,
    })
    .addBooleanSwitch({
      path: 'showToolbar',
      name: t('loss.option.toolbar', 'Toolbar'),
      defaultValue: DEFAULTS.showToolbar,
    })
    .addBooleanSwitch({
      path: 'showEvidence',
      name: t('loss.option.evidence', 'Evidence below the path'),
      defaultValue: DEFAULTS.showEvidence,
    })
    .addTextInput({
      path: 'minionLink',
      name: t('loss.option.link', 'Link of a minion'),
      description: t('loss.option.link-help', '$minion and $master stand for those of the row.'),
      defaultValue: DEFAULTS.minionLink,
    })
    .addTextInput({
      path: 'runbooks',
      name: t('loss.option.runbooks', 'Address of the runbooks'),
      description: t('loss.option.runbooks-help', 'The same as in your alert rules.'),
      defaultValue: DEFAULTS.runbooks,
    });
}
