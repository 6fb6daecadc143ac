/**
 * Colours of the panels. Grounds, texts and borders are Grafana's tokens; statuses are constants per
 * theme, chosen so that no two are closer than a colour-blind reader can tell.
 */
import type { GrafanaTheme2 } from '@grafana/data';
import { STATUSES, type Status } from '../fleet/statuses';
import { mix } from './colour';

export interface Palette {
  readonly dark: boolean;
  readonly panel: string;
  readonly canvas: string;
  readonly raised: string;
  readonly text: string;
  readonly quiet: string;
  /** Highest contrast; only what was lost uses it for a mark. */
  readonly strongest: string;
  readonly hairline: string;
  readonly border: string;
  readonly link: string;
  readonly okField: string;
  readonly okLine: string;
  /** By code. */
  readonly status: readonly string[];
  /** Share of its colour in the tint under a pattern. */
  readonly tint: number;
  readonly font: string;
}

const DARK: Record<Status, string> = {
  ok: '#3ea7b5',
  nodata: '#5f6268',
  stale: '#74777e',
  unknown: '#868079',
  ambiguous: '#c8cacc',
  slow: '#f2e05c',
  stalled: '#ff9830',
  half_open: '#d670ff',
  absent: '#f0383f',
};

const LIGHT: Record<Status, string> = {
  ok: '#1d7fb3',
  nodata: '#9c9fa3',
  stale: '#7d8084',
  unknown: '#51555b',
  ambiguous: '#85827c',
  slow: '#ad8200',
  stalled: '#b83a08',
  half_open: '#7a1fa2',
  absent: '#6f0f22',
};

export function paletteOf(theme: GrafanaTheme2): Palette {
  const { colors, isDark } = theme;
  const named = isDark ? DARK : LIGHT;
  const panel = colors.background.primary;
  // Borders and quiet text are tokens with transparency; on a canvas they are wanted solid.
  const solid = (share: number) => mix(panel, isDark ? '#ccccdc' : '#24292e', share);
  return {
    dark: isDark,
    panel,
    canvas: colors.background.canvas,
    raised: isDark ? colors.background.secondary : '#f4f5f5',
    text: isDark ? '#ccccdc' : '#24292e',
    quiet: solid(isDark ? 0.65 : 0.75),
    strongest: colors.text.maxContrast,
    hairline: solid(0.12),
    border: solid(isDark ? 0.2 : 0.3),
    link: colors.text.link,
    okField: isDark ? '#1d3540' : '#e4f0f4',
    okLine: isDark ? '#327a85' : '#4b99c2',
    status: STATUSES.map((status) => named[status]),
    tint: isDark ? 0.24 : 0.16,
    font: theme.typography.fontFamily,
  };
}
