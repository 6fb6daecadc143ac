/** The panel: reads the fleet from its frames, keeps what the reader chose, and holds the canvases. */
import { LoadingState, type PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PanelDataErrorView } from '@grafana/runtime';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { useMemo, useRef, useState } from 'react';
import type { Fleet } from '../fleet/fleet';
import { fleetOfFrames, noticesOf } from '../fleet/frames';
import { sharedSuffix } from '../fleet/order';
import { count } from '../fleet/time-text';
import { paletteOf } from '../look/palette';
import { zoneOffset } from '../look/zone';
import { Legend } from './Legend';
import { MinionTable } from './MinionTable';
import type { FlapOptions } from './options';
import { Plot, type PlotView } from './Plot';
import { getStyles, type Styles } from './styles';
import { type Choices, Toolbar } from './Toolbar';

type Props = PanelProps<FlapOptions>;

/** What the options say, until the reader chooses something else in the panel. */
function useChoices(options: FlapOptions): [Choices, (change: Partial<Choices>) => void] {
  const [chosen, setChosen] = useState<Partial<Choices>>({});
  const choices = useMemo<Choices>(
    () => ({
      sort: options.sort,
      group: options.group,
      density: options.density === 'auto' ? null : options.density,
      search: '',
      only: new Set<number>(),
      table: false,
      ...chosen,
    }),
    [options.sort, options.group, options.density, chosen],
  );
  return [choices, (change) => setChosen((before) => ({ ...before, ...change }))];
}

function headText(fleet: Fleet, view: PlotView | null, loading: boolean): string {
  if (loading) return t('flaps.head.loading', 'loading…');
  const total = count(fleet.minions.length);
  const shown = view?.order.minions.length ?? fleet.minions.length;
  const words = [shown === fleet.minions.length ? total : `${count(shown)} of ${total}`, 'minions'];
  const suffix = sharedSuffix(fleet.minions);
  return `${words.join(' ')}${suffix === '' ? '' : ` in ${suffix.slice(1)}`}`;
}

function Notices({
  styles,
  texts,
}: {
  readonly styles: Styles;
  readonly texts: readonly string[];
}) {
  return texts.map((text) => (
    <div key={text} className={styles.notice} role="status">
      {text}
    </div>
  ));
}

function Failure({ styles, text }: { readonly styles: Styles; readonly text: string }) {
  // What was drawn before is not shown: it would look like the present.
  return (
    <div className={styles.plot}>
      <div className={styles.message} role="alert">
        <span className={styles.messageTitle}>{t('flaps.error.title', 'No answer')}</span>
        <span>{text}</span>
      </div>
    </div>
  );
}

export function FlapPanel(props: Props) {
  const { data, options, timeZone } = props;
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const palette = useMemo(() => paletteOf(theme), [theme]);
  const zone = useMemo(() => zoneOffset(timeZone), [timeZone]);
  const [choices, choose] = useChoices(options);
  const [view, setView] = useState<PlotView | null>(null);
  /** Panning and zooming change neither: then nothing is rendered anew. */
  const show = (next: PlotView) =>
    setView((before) =>
      before?.order === next.order && before.density === next.density ? before : next,
    );
  const search = useRef<HTMLInputElement>(null);
  const { from, to } = data.timeRange;
  const [startMs, endMs] = [from.valueOf(), to.valueOf()];
  const fleet = useMemo(
    () => fleetOfFrames(data.series, { startMs, endMs, zone }),
    [data.series, startMs, endMs, zone],
  );
  const failed = data.state === LoadingState.Error && data.series.length === 0;
  if (failed) {
    const said = data.errors?.map((one) => one.message).join(' ') ?? '';
    return <Failure styles={styles} text={said} />;
  }
  if (fleet === null || fleet.minions.length === 0) {
    const { id, fieldConfig } = props;
    const message = t('flaps.empty', 'No minions: ask for salt_minion_status, or for a timeline.');
    return (
      <PanelDataErrorView panelId={id} data={data} fieldConfig={fieldConfig} message={message} />
    );
  }
  const loading = data.state === LoadingState.Loading;
  const notices = [...noticesOf(data.series), ...fleet.notices];
  return (
    <div className={styles.panel}>
      {options.showToolbar && (
        <Toolbar
          styles={styles}
          fleet={fleet}
          choices={choices}
          density={view?.density ?? 'detail'}
          searchRef={search}
          onChange={choose}
        />
      )}
      <Notices styles={styles} texts={[...new Set(notices)]} />
      <Plot
        panel={props}
        styles={styles}
        palette={palette}
        zone={zone}
        fleet={fleet}
        choices={choices}
        loading={loading}
        head={headText(fleet, view, loading)}
        onView={show}
        onTable={() => choose({ table: !choices.table })}
        onSearch={() => search.current?.focus()}
      >
        {choices.table && view !== null && (
          <MinionTable styles={styles} fleet={fleet} order={view.order.minions} zone={zone} />
        )}
      </Plot>
      {options.showLegend && props.height >= 320 && !choices.table && (
        <Legend styles={styles} strongest={palette.strongest} />
      )}
    </div>
  );
}
