/** Under the picture: of each link its losses, the reasons, what is in its way now, and its runbook. */
import { textUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Tooltip } from '@grafana/ui';
import { count } from '../fleet/time-text';
import { PLAIN } from '../look/plain-text';
import {
  type LinkLoss,
  type PathLink,
  type PathView,
  type Present,
  SURENESS,
} from '../losses/path';
import type { Styles } from './styles';
import { linkWords, presentWords, reasonWords, surenessWord } from './words';

const REASONS_MAX = 3;

interface ColumnsProps {
  readonly styles: Styles;
  readonly view: PathView;
  readonly present: Present;
  readonly chosen: PathLink | null;
  runbook(link: PathLink): string;
  onChoose(link: PathLink): void;
}

/** `31 lost: 29 proven, 2 likely. No publish link 31. Latest: web-1: No publish link at …` */
export function linkSentence({ losses, bySureness, link }: LinkLoss, view: PathView): string {
  if (losses === 0) return t('loss.link.none', 'None lost here.');
  const sure = SURENESS.filter((one) => bySureness[one] > 0).map(
    (one) => `${count(bySureness[one])} ${surenessWord(one)}`,
  );
  const words = { ...PLAIN, many: count(losses), sure: sure.join(', ') };
  const sentence = t('loss.link.sentence', '{{many}} lost: {{sure}}.', words);
  const latest = view.verdicts?.find((one) => one.link === link);
  if (latest === undefined || latest.evidence === '') return sentence;
  return `${sentence} ${latest.minion}: ${latest.evidence}`;
}

export function Names({ styles, view, chosen, onChoose }: ColumnsProps) {
  return (
    <fieldset
      className={styles.names}
      style={{ margin: 0, padding: 0, border: 0 }}
      aria-label={t('loss.names', 'Links of the path')}
    >
      {view.links.map((one) => {
        const { sign, name } = linkWords(one.link);
        return (
          <Tooltip key={one.link} content={linkSentence(one, view)}>
            <button
              type="button"
              className={styles.name}
              aria-pressed={chosen === one.link}
              onClick={() => onChoose(one.link)}
            >
              <span className={styles.sign}>{sign}</span>
              {name}
            </button>
          </Tooltip>
        );
      })}
    </fieldset>
  );
}

function shareText({ link, losses }: LinkLoss, view: PathView): string {
  if (losses === 0) return t('loss.share.none', 'none lost here');
  if (link === '1') return t('loss.share.publishes', 'publishes');
  const share = Math.round((losses / Math.max(1, view.judged)) * 100);
  return t('loss.share.of', '{{share}} % of missing', { ...PLAIN, share });
}

function Reasons({ styles, one }: { readonly styles: Styles; readonly one: LinkLoss }) {
  const named = one.reasons.filter(([reason]) => reason !== '');
  const rest = named.slice(REASONS_MAX).reduce((sum, [, many]) => sum + many, 0);
  return (
    <dl className={styles.reasons}>
      {named.slice(0, REASONS_MAX).map(([reason, many]) => (
        <ReasonLine key={reason} name={reasonWords(reason)} many={many} />
      ))}
      {rest > 0 && <ReasonLine name={t('loss.reason.others', 'others')} many={rest} />}
    </dl>
  );
}

function ReasonLine({ name, many }: { readonly name: string; readonly many: number }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{count(many)}</dd>
    </>
  );
}

export function Columns({ styles, view, present, chosen, runbook }: ColumnsProps) {
  return (
    <div className={styles.columns}>
      {view.links.map((one) => {
        const { name } = linkWords(one.link);
        const address = textUtil.sanitizeUrl(runbook(one.link));
        return (
          <div key={one.link} className={styles.column} data-chosen={chosen === one.link}>
            <div className={styles.lost}>
              <span
                className={one.losses === 0 ? `${styles.figure} ${styles.quiet}` : styles.figure}
              >
                {count(one.losses)}
              </span>
              <span className={styles.quiet}>{shareText(one, view)}</span>
            </div>
            <Reasons styles={styles} one={one} />
            <div className={styles.now}>{presentWords(one.link, present)}</div>
            <a
              className={styles.link}
              href={address}
              target="_blank"
              rel="noreferrer"
              aria-label={t('loss.runbook.of', 'Runbook: {{name}}', { ...PLAIN, name })}
            >
              {t('loss.column.runbook', 'Runbook')}
            </a>
          </div>
        );
      })}
    </div>
  );
}
