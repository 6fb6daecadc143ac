/** What the marks mean, and the keys. */
import { Trans, t } from '@grafana/i18n';
import type { ReactNode } from 'react';
import type { Styles } from './styles';

function Item(props: {
  readonly styles: Styles;
  readonly width: number;
  readonly path: string;
  readonly colour?: string;
  readonly children: ReactNode;
}) {
  return (
    <span className={props.styles.legendItem}>
      <svg width={props.width} height="16" aria-hidden="true">
        <path d={props.path} fill={props.colour ?? 'currentColor'} />
      </svg>
      {props.children}
    </span>
  );
}

export function Legend({
  styles,
  strongest,
}: {
  readonly styles: Styles;
  readonly strongest: string;
}) {
  return (
    <div className={styles.legend}>
      <span>
        <Trans i18nKey="flaps.legend.height">Row height = queue ÷ mark (pub_hwm)</Trans>
      </span>
      <Item styles={styles} width={12} path="M2.5 2h7L6 7zM5.5 2h1v12h-1z">
        <Trans i18nKey="flaps.legend.disconnect">disconnect</Trans>
      </Item>
      <Item styles={styles} width={12} path="M2.5 14h7L6 9zM5.5 2h1v12h-1z">
        <Trans i18nKey="flaps.legend.connect">connect</Trans>
      </Item>
      <Item styles={styles} width={12} path="M6 3l5 5-5 5-5-5z" colour={strongest}>
        <Trans i18nKey="flaps.legend.dropped">dropped</Trans>
      </Item>
      <Item styles={styles} width={18} path="M1 3h16v3H1z" colour={strongest}>
        <Trans i18nKey="flaps.legend.dropping">dropping throughout</Trans>
      </Item>
      <span>
        <Trans i18nKey="flaps.legend.unknown">? not known</Trans>
      </span>
      <span className={styles.grow} />
      <span className={styles.legendItem}>
        <kbd className={styles.key}>←→↑↓</kbd> {t('flaps.legend.move', 'move')}
        <kbd className={styles.key}>[ ]</kbd> {t('flaps.legend.change', 'next change')}
        <kbd className={styles.key}>+ −</kbd> {t('flaps.legend.zoom', 'zoom')}
        <kbd className={styles.key}>T</kbd> {t('flaps.legend.table', 'table')}
      </span>
    </div>
  );
}
