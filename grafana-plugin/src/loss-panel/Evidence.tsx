/** What the verdicts rest on: a line per missing return, or, from Prometheus, per reason. */
import { dateTimeFormat, type TimeZone } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { useState } from 'react';
import { count } from '../fleet/time-text';
import { PLAIN } from '../look/plain-text';
import { safeAddress } from '../look/safe-address';
import { type LinkLoss, type PathView, SURENESS, type Verdict } from '../losses/path';
import { SurenessSwatch } from './Drawing';
import type { Styles } from './styles';
import { linkWords, reasonWords, surenessWord } from './words';

/** More lines are one click away. */
const PAGE = 100;

export interface EvidenceProps {
  readonly styles: Styles;
  readonly view: PathView;
  /** null: of all links. */
  readonly link: LinkLoss | null;
  readonly timeZone: TimeZone;
  /** Address of a minion; empty = none. */
  minionAddress(verdict: Verdict): string;
  onJob(jid: string): void;
}

function Line({ verdict, props }: { readonly verdict: Verdict; readonly props: EvidenceProps }) {
  const { styles, timeZone } = props;
  const { minion, jid, link, confidence, reason, evidence, decidedMs } = verdict;
  const address = safeAddress(props.minionAddress(verdict));
  const { sign } = linkWords(link);
  return (
    <tr>
      <th scope="row">
        {address === '' ? (
          minion
        ) : (
          <a className={styles.link} href={address}>
            {minion}
          </a>
        )}
      </th>
      <td data-short>{sign}</td>
      <td data-short>
        <span className={styles.sure}>
          <SurenessSwatch sureness={confidence} />
          {surenessWord(confidence)}
        </span>
      </td>
      <td data-short>{reasonWords(reason)}</td>
      <td>{evidence}</td>
      <td data-short>
        <Button size="sm" fill="text" variant="secondary" onClick={() => props.onJob(jid)}>
          <span className={styles.mono}>{jid}</span>
        </Button>
      </td>
      <td data-short>
        {decidedMs === null ? '' : dateTimeFormat(decidedMs, { timeZone, format: 'HH:mm:ss' })}
      </td>
    </tr>
  );
}

function captionOf(link: LinkLoss | null): string {
  if (link === null) return t('loss.evidence.all', 'Evidence, newest first');
  const { sign, name } = linkWords(link.link);
  const words = { ...PLAIN, sign, name, many: count(link.losses) };
  return t('loss.evidence.of', '{{sign}} {{name}}: {{many}} lost', words);
}

function VerdictTable(props: EvidenceProps & { readonly verdicts: readonly Verdict[] }) {
  const [pages, setPages] = useState(1);
  const { styles, verdicts, link } = props;
  const of = link === null ? verdicts : verdicts.filter((one) => one.link === link.link);
  const shown = of.slice(0, pages * PAGE);
  return (
    <div className={styles.evidence}>
      <table>
        <caption>{captionOf(link)}</caption>
        <thead>
          <tr>
            <th scope="col">{t('loss.column.minion', 'Minion')}</th>
            <th scope="col">{t('loss.column.link', 'Link')}</th>
            <th scope="col">{t('loss.column.sure', 'Verdict')}</th>
            <th scope="col">{t('loss.column.reason', 'Reason')}</th>
            <th scope="col">{t('loss.column.evidence', 'Evidence')}</th>
            <th scope="col">{t('loss.column.job', 'Job')}</th>
            <th scope="col">{t('loss.column.decided', 'Decided')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <Line
              key={`${one.master} ${one.minion} ${one.jid} ${one.link}`}
              verdict={one}
              props={props}
            />
          ))}
        </tbody>
      </table>
      {of.length === 0 && (
        <div className={styles.more}>{t('loss.evidence.none', 'None here.')}</div>
      )}
      {of.length > shown.length && (
        <div className={styles.more}>
          <Button size="sm" variant="secondary" onClick={() => setPages(pages + 1)}>
            {t('loss.evidence.more', 'Show more of {{many}}', { ...PLAIN, many: count(of.length) })}
          </Button>
        </div>
      )}
    </div>
  );
}

/** A line per link: what a screen reader is led to, and all there is without single verdicts. */
export function LinkTable({ styles, view, runbook }: LinkTableProps) {
  return (
    <div className={styles.evidence}>
      <table>
        <caption>{t('loss.table.caption', 'Losses by link')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('loss.column.link', 'Link')}</th>
            <th scope="col">{t('loss.column.lost', 'Lost')}</th>
            {SURENESS.map((one) => (
              <th key={one} scope="col">
                {surenessWord(one)}
              </th>
            ))}
            <th scope="col">{t('loss.column.reasons', 'Reasons')}</th>
            <th scope="col">{t('loss.column.runbook', 'Runbook')}</th>
          </tr>
        </thead>
        <tbody>
          {view.links.map(({ link, losses, bySureness, reasons }) => {
            const { sign, name } = linkWords(link);
            const address = safeAddress(runbook(link));
            return (
              <tr key={link}>
                <th scope="row">
                  {sign} {name}
                </th>
                <td data-figure>{count(losses)}</td>
                {SURENESS.map((one) => (
                  <td key={one} data-figure>
                    {count(bySureness[one])}
                  </td>
                ))}
                <td>
                  {reasons
                    .map(([reason, many]) => `${reasonWords(reason)} ${count(many)}`)
                    .join(', ')}
                </td>
                <td>
                  {address !== '' && (
                    <a className={styles.link} href={address} target="_blank" rel="noreferrer">
                      {t('loss.column.runbook', 'Runbook')}
                    </a>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface LinkTableProps {
  readonly styles: Styles;
  readonly view: PathView;
  runbook(link: LinkLoss['link']): string;
}

export function Evidence(props: EvidenceProps) {
  const { view, link, styles } = props;
  if (view.verdicts !== null) {
    return <VerdictTable {...props} key={link?.link ?? ''} verdicts={view.verdicts} />;
  }
  const rows = link === null ? [] : link.reasons;
  return (
    <div className={styles.evidence}>
      <div className={styles.more}>
        {t(
          'loss.evidence.figures',
          'Prometheus has figures only; the evidence for each return comes from the Brinescope data source.',
        )}
      </div>
      {rows.length > 0 && (
        <table>
          <caption>{captionOf(link)}</caption>
          <tbody>
            {rows.map(([reason, many]) => (
              <tr key={reason}>
                <th scope="row">{reasonWords(reason)}</th>
                <td data-figure>{count(many)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
