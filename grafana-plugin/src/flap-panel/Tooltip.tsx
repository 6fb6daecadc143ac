/** What stands under the pointer, with its evidence. Text of minions is shown as text, never as markup. */
import { t } from '@grafana/i18n';
import { Portal } from '@grafana/ui';
import { Fragment, useLayoutEffect, useRef, useState } from 'react';
import { evidenceOf, factsOf, pixelText, pressureKnown } from '../fleet/evidence';
import type { Fleet } from '../fleet/fleet';
import type { Inspection } from '../fleet/inspect';
import { STATUS_NAMES } from '../fleet/statuses';
import type { ZoneOffset } from '../fleet/time-text';
import type { Palette } from '../look/palette';
import { Swatch } from '../look/Swatch';
import type { Styles } from './styles';

const BESIDE_PX = 18;
const MARGIN_PX = 8;

interface TooltipProps {
  readonly styles: Styles;
  readonly palette: Palette;
  readonly fleet: Fleet;
  readonly zone: ZoneOffset;
  readonly inspection: Inspection;
  readonly canOpen: boolean;
  /** In the browser's window. */
  readonly x: number;
  readonly y: number;
}

function place(box: { width: number; height: number }, x: number, y: number) {
  const right = x + BESIDE_PX + box.width > innerWidth;
  const left = right ? x - BESIDE_PX - box.width : x + BESIDE_PX;
  const top = Math.min(innerHeight - box.height - MARGIN_PX, y + 14);
  return { left: Math.max(MARGIN_PX, left), top: Math.max(MARGIN_PX, top) };
}

export function Tooltip(props: TooltipProps) {
  const { styles, fleet, inspection, zone, x, y } = props;
  const element = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState({ left: x, top: y });
  useLayoutEffect(() => {
    if (element.current !== null) setAt(place(element.current.getBoundingClientRect(), x, y));
  }, [x, y]);
  const evidence = evidenceOf(fleet, inspection, zone);
  const facts = factsOf(fleet, inspection, zone);
  return (
    <Portal>
      <div ref={element} className={styles.tooltip} style={at} data-testid="flaps-tooltip">
        <div className={styles.tooltipHead}>
          <Swatch code={inspection.code} />
          <span className={styles.tooltipName}>{inspection.minion.id}</span>
          <span className={styles.quiet}>{STATUS_NAMES[inspection.code]}</span>
        </div>
        <dl className={styles.facts}>
          {facts.map(({ name, value }) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>
                {value}
                {name === 'queue' && pressureKnown(inspection) && <Meter {...props} />}
              </dd>
            </Fragment>
          ))}
        </dl>
        <div>
          {evidence.text} <span className={styles.quiet}>({evidence.source})</span>
        </div>
        <div className={styles.tooltipFoot}>
          <span>{pixelText(inspection)}</span>
          {props.canOpen && <span>{t('flaps.tooltip.open', 'Enter: open minion')}</span>}
        </div>
      </div>
    </Portal>
  );
}

function Meter({ styles, palette, inspection }: TooltipProps) {
  const width = `${Math.max(1, inspection.pressure / 2.55)}%`;
  const style = { width, height: '100%', background: palette.status[inspection.code] };
  return (
    <div className={styles.meter}>
      <div style={style} />
    </div>
  );
}
