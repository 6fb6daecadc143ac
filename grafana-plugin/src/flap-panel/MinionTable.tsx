/** The same minions in the same order as a table: what a screen reader is led to. */
import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { useState } from 'react';
import { evidenceOf, pressureKnown } from '../fleet/evidence';
import type { Fleet } from '../fleet/fleet';
import { inspect } from '../fleet/inspect';
import { isAnonymous, STATUS_NAMES } from '../fleet/statuses';
import { count, duration, type ZoneOffset } from '../fleet/time-text';
import { Swatch } from '../look/Swatch';
import type { Styles } from './styles';

const PAGE = 200;
/** What scrolls must be reachable by keyboard. */
const REACHABLE = { tabIndex: 0 };

interface TableProps {
  readonly styles: Styles;
  readonly fleet: Fleet;
  readonly order: readonly number[];
  readonly zone: ZoneOffset;
}

function figure(value: number | null, code: number): string {
  return value === null || isAnonymous(code) ? t('flaps.table.unknown', 'unknown') : count(value);
}

function Line({ styles, fleet, zone, i }: Omit<TableProps, 'order'> & { readonly i: number }) {
  const at = inspect(fleet, i, { time: fleet.span - 1, pixelMs: 1 });
  const { minion } = at;
  const lasted = `${at.openStart ? '≥ ' : ''}${duration(at.to - at.from)}`;
  const queue = pressureKnown(at)
    ? (at.pressure / 255).toFixed(2)
    : t('flaps.table.unknown', 'unknown');
  const evidence = evidenceOf(fleet, at, zone);
  return (
    <tr>
      <th scope="row">{minion.id}</th>
      <td>{Object.values(minion.labels).join(', ')}</td>
      <td>
        <span className={styles.status}>
          <Swatch code={minion.now} />
          {STATUS_NAMES[minion.now]}
        </span>
      </td>
      <td className={styles.number}>{lasted}</td>
      <td className={styles.number}>{queue}</td>
      <td className={styles.number}>{figure(minion.flaps, minion.now)}</td>
      <td className={styles.number}>{figure(minion.dropped, minion.now)}</td>
      <td>{minion.basis ?? ''}</td>
      <td>
        {evidence.text} <span className={styles.quiet}>({evidence.source})</span>
      </td>
    </tr>
  );
}

export function MinionTable(props: TableProps) {
  const { styles, fleet, order } = props;
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(order.length / PAGE));
  const shown = Math.min(page, pages - 1);
  const rows = order.slice(shown * PAGE, (shown + 1) * PAGE);
  const label = t('flaps.table.label', 'Minions as a table');
  return (
    <section className={styles.table} aria-label={label} {...REACHABLE}>
      <table>
        <caption className={styles.hidden}>
          {t(
            'flaps.table.caption',
            'Minions at the end of the range, in the order of the timeline',
          )}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('flaps.table.minion', 'Minion')}</th>
            <th scope="col">{t('flaps.table.labels', 'Labels')}</th>
            <th scope="col">{t('flaps.table.status', 'Status')}</th>
            <th scope="col" className={styles.number}>
              {t('flaps.table.for', 'For')}
            </th>
            <th scope="col" className={styles.number}>
              {t('flaps.table.queue', 'Queue ÷ mark')}
            </th>
            <th scope="col" className={styles.number}>
              {t('flaps.table.flaps', 'Flaps')}
            </th>
            <th scope="col" className={styles.number}>
              {t('flaps.table.dropped', 'Dropped')}
            </th>
            <th scope="col">{t('flaps.table.identity', 'Identity')}</th>
            <th scope="col">{t('flaps.table.evidence', 'Evidence')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <Line key={i} i={i} styles={styles} fleet={fleet} zone={props.zone} />
          ))}
        </tbody>
      </table>
      {pages > 1 && (
        <div className={styles.pages}>
          <Button
            size="sm"
            variant="secondary"
            disabled={shown === 0}
            onClick={() => setPage(shown - 1)}
          >
            {t('flaps.table.previous', 'Previous')}
          </Button>
          <span>
            {shown + 1} / {pages}
          </span>
          <Button
            size="sm"
            variant="secondary"
            disabled={shown === pages - 1}
            onClick={() => setPage(shown + 1)}
          >
            {t('flaps.table.next', 'Next')}
          </Button>
        </div>
      )}
    </section>
  );
}
