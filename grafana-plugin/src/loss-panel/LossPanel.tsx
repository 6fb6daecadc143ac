/** The panel: reads the losses from its frames, keeps what the reader chose, and holds picture, columns and evidence. */
import { LoadingState, type PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PanelDataErrorView } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { noticesOf } from '../fleet/frames';
import { count } from '../fleet/time-text';
import { PLAIN } from '../look/plain-text';
import { bookOfFrames } from '../losses/from-frames';
import {
  type Choice,
  type LossBook,
  type PathLink,
  type PathView,
  pathOf,
  RUNBOOKS,
  SURENESS,
  type Verdict,
} from '../losses/path';
import { Columns, linkSentence, Names } from './Columns';
import { Drawing, SurenessSwatch } from './Drawing';
import { Evidence, LinkTable } from './Evidence';
import type { LossOptions } from './options';
import { getStyles, type Styles } from './styles';
import { Toolbar } from './Toolbar';
import { linkWords, surenessWord } from './words';

type Props = PanelProps<LossOptions>;

/** What scrolls must be reachable by keyboard. */
const REACHABLE = { tabIndex: 0 };

/** A variable that offers all, or that this dashboard does not have, chooses nothing. */
const ALL = /^(\$__all|All|\.\*|\$\w+|\$\{\w+\})$/;

function filled(props: Props, text: string): string {
  return props.replaceVariables(text).replace(ALL, '');
}

/** `$minion` and `$master` of the row; other variables are the dashboard's. */
function minionAddress(link: string, { minion, master }: Verdict): string {
  return link
    .replaceAll(/\$\{minion\}|\$minion\b/g, encodeURIComponent(minion))
    .replaceAll(/\$\{master\}|\$master\b/g, encodeURIComponent(master));
}

function headText(view: PathView): string {
  const { totals, judged } = view;
  if (totals === null) {
    return t('loss.head.verdicts', '{{many}} returns lost', { ...PLAIN, many: count(judged) });
  }
  const words = { ...PLAIN, returned: count(totals.returned), expected: count(totals.expected) };
  return t('loss.head.all', '{{returned}} of {{expected}} returned', words);
}

function Head({ styles, view, book }: HeadProps) {
  const { totals, judged } = view;
  const waiting = totals === null ? 0 : Math.max(0, totals.missing - judged);
  const parts = [
    totals && t('loss.head.missing', '{{many}} missing', { ...PLAIN, many: count(totals.missing) }),
    waiting > 0 &&
      t('loss.head.waiting', '{{many}} without a verdict', { ...PLAIN, many: count(waiting) }),
    book.late !== null &&
      t('loss.head.late', '{{many}} late', { ...PLAIN, many: count(book.late) }),
    book.revised !== null &&
      t('loss.head.revised', '{{many}} verdicts revised', { ...PLAIN, many: count(book.revised) }),
  ].filter(Boolean);
  const sure = SURENESS.map((one) => ({
    one,
    many: view.links.reduce((sum, { bySureness }) => sum + bySureness[one], 0),
  }));
  return (
    <div className={styles.head}>
      <span className={styles.figure}>{headText(view)}</span>
      <span className={styles.quiet}>{parts.join(', ')}</span>
      <span className={styles.legend}>
        {sure
          .filter(({ one, many }) => one !== 'untold' || many > 0)
          .map(({ one, many }) => (
            <span key={one} className={styles.legendItem}>
              <SurenessSwatch sureness={one} />
              {surenessWord(one)} {count(many)}
            </span>
          ))}
      </span>
    </div>
  );
}

interface HeadProps {
  readonly styles: Styles;
  readonly view: PathView;
  readonly book: LossBook;
}

function Picture({ view }: { readonly view: PathView }) {
  const { totals, judged } = view;
  const many = (value: number) => ({ ...PLAIN, many: count(value) });
  const each = view.links.map((one) => {
    const { sign, name } = linkWords(one.link);
    return `${sign} ${name}: ${linkSentence(one, view)}`;
  });
  const words = {
    expected: totals ? t('loss.band.expected', '{{many}} expected', many(totals.expected)) : '',
    returned: totals ? t('loss.band.returned', '{{many}} returned', many(totals.returned)) : '',
    missing: t('loss.band.missing', '{{many}} lost', many(judged)),
    scale: t('loss.band.scale', 'reached the job cache; height not to scale'),
    goOn: (left: string) => t('loss.band.go-on', '{{many}} go on', { ...PLAIN, many: left }),
  };
  return <Drawing view={view} words={words} text={`${headText(view)}. ${each.join(' ')}`} />;
}

function Failure({ styles, text }: { readonly styles: Styles; readonly text: string }) {
  // What was shown before is not kept: it would look like the present.
  return (
    <div className={styles.message} role="alert">
      <span className={styles.messageTitle}>{t('loss.error.title', 'No answer')}</span>
      <span>{text}</span>
    </div>
  );
}

function Body(props: { readonly panel: Props; readonly book: LossBook; readonly styles: Styles }) {
  const { panel, book, styles } = props;
  const { options, timeZone } = panel;
  const [chosen, setChosen] = useState<Partial<Choice>>({});
  const [link, setLink] = useState<PathLink | null>(null);
  const [table, setTable] = useState(false);
  const choice: Choice = {
    job: chosen.job ?? filled(panel, options.job),
    minion: chosen.minion ?? filled(panel, options.minion),
  };
  const view = useMemo(
    () => pathOf(book, { job: choice.job, minion: choice.minion }),
    [book, choice.job, choice.minion],
  );
  const runbook = (of: PathLink) => `${options.runbooks}${RUNBOOKS[of]}.md`;
  const choose = (of: PathLink) => setLink(of === link ? null : of);
  const change = (next: Partial<Choice>) => setChosen((before) => ({ ...before, ...next }));
  const columns = { styles, view, present: book.present, chosen: link, runbook, onChoose: choose };
  return (
    <>
      {options.showToolbar && (
        <Toolbar
          styles={styles}
          book={book}
          choice={choice}
          table={table}
          timeZone={timeZone}
          onChoice={change}
          onTable={() => setTable(!table)}
        />
      )}
      <Head styles={styles} view={view} book={book} />
      <section className={styles.scroll} {...REACHABLE} aria-label={t('loss.region', 'Loss path')}>
        {table ? (
          <LinkTable styles={styles} view={view} runbook={runbook} />
        ) : (
          <div className={styles.path}>
            <Names {...columns} />
            <Picture view={view} />
            <Columns {...columns} />
          </div>
        )}
        {options.showEvidence && (
          <Evidence
            styles={styles}
            view={view}
            link={view.links.find((one) => one.link === link) ?? null}
            timeZone={timeZone}
            minionAddress={(verdict) =>
              panel.replaceVariables(minionAddress(options.minionLink, verdict))
            }
            onJob={(job) => change({ job })}
          />
        )}
      </section>
    </>
  );
}

export function LossPanel(props: Props) {
  const { data, id, fieldConfig } = props;
  const styles = useStyles2(getStyles);
  const book = useMemo(() => bookOfFrames(data.series), [data.series]);
  if (data.state === LoadingState.Error && data.series.length === 0) {
    const said = data.errors?.map((one) => one.message).join(' ') ?? '';
    return <Failure styles={styles} text={said} />;
  }
  if (book === null) {
    const message = t('loss.empty', 'No verdicts: ask for losses, or for salt_lost_returns_total.');
    return (
      <PanelDataErrorView panelId={id} data={data} fieldConfig={fieldConfig} message={message} />
    );
  }
  return (
    <div className={styles.panel}>
      {noticesOf(data.series).map((text) => (
        <div key={text} className={styles.notice} role="status">
          {text}
        </div>
      ))}
      <Body panel={props} book={book} styles={styles} />
    </div>
  );
}
