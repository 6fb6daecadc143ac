/** One job or all, one minion or all, path or table. */
import { dateTimeFormat, type TimeZone } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Combobox, FilterInput } from '@grafana/ui';
import { useId } from 'react';
import { count } from '../fleet/time-text';
import { PLAIN } from '../look/plain-text';
import type { Choice, Job, LossBook } from '../losses/path';
import type { Styles } from './styles';

interface ToolbarProps {
  readonly styles: Styles;
  readonly book: LossBook;
  readonly choice: Choice;
  readonly table: boolean;
  readonly timeZone: TimeZone;
  onChoice(change: Partial<Choice>): void;
  onTable(): void;
}

function jobLabel({ jid, name, beganMs, missing }: Job, timeZone: TimeZone): string {
  const began = beganMs === null ? jid : dateTimeFormat(beganMs, { timeZone, format: 'HH:mm:ss' });
  const words = { ...PLAIN, began, name, many: count(missing) };
  return t('loss.job.label', '{{began}} {{name}}, {{many}} missing', words);
}

/** Jobs that miss something first; the others are of interest to nobody here. */
export function jobOptions(book: LossBook, choice: Choice, timeZone: TimeZone) {
  const jobs = (book.jobs ?? []).filter(({ missing, jid }) => missing > 0 || jid === choice.job);
  const known = jobs.map((job) => ({
    value: job.jid,
    label: jobLabel(job, timeZone),
    description: job.jid,
  }));
  const all = { value: '', label: t('loss.job.all', 'All jobs') };
  const unknown = choice.job !== '' && !jobs.some(({ jid }) => jid === choice.job);
  return [all, ...(unknown ? [{ value: choice.job, label: choice.job }] : []), ...known];
}

export function Toolbar(props: ToolbarProps) {
  const { styles, book, choice, table, timeZone, onChoice, onTable } = props;
  const job = useId();
  return (
    <div className={styles.toolbar}>
      {book.jobs !== null && (
        <div className={styles.chosen}>
          <label htmlFor={job}>{t('loss.job.label-short', 'Job')}</label>
          <div className={styles.job}>
            <Combobox
              id={job}
              options={jobOptions(book, choice, timeZone)}
              value={choice.job}
              onChange={({ value }) => onChoice({ job: value })}
            />
          </div>
        </div>
      )}
      <div className={styles.search}>
        <FilterInput
          aria-label={t('loss.minion.only', 'Only this minion')}
          placeholder={t('loss.minion.only', 'Only this minion')}
          value={choice.minion}
          onChange={(minion) => onChoice({ minion })}
          escapeRegex={false}
        />
      </div>
      <div className={styles.grow} />
      <Button size="sm" variant="secondary" aria-pressed={table} onClick={onTable}>
        {t('loss.table.toggle', 'Table')}
      </Button>
    </div>
  );
}
