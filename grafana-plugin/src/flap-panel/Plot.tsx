/** The canvases in React: size, data and wishes go in; tooltip, choices and time ranges come out. */
import type { PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { evidenceOf } from '../fleet/evidence';
import type { Fleet } from '../fleet/fleet';
import type { Order } from '../fleet/order';
import { STATUS_NAMES } from '../fleet/statuses';
import { clock, count, type ZoneOffset } from '../fleet/time-text';
import type { Palette } from '../look/palette';
import { chooseMinion, openMinion } from './choose';
import { pressKey } from './keyboard';
import type { FlapOptions } from './options';
import { Pointer } from './pointer';
import type { Styles } from './styles';
import type { Choices } from './Toolbar';
import { Tooltip } from './Tooltip';
import { type Cursor, Timeline } from './timeline';
import { type Density, xOf } from './viewport';

export interface PlotView {
  readonly order: Order;
  readonly density: Density;
}

interface PlotProps {
  readonly panel: PanelProps<FlapOptions>;
  readonly styles: Styles;
  readonly palette: Palette;
  readonly zone: ZoneOffset;
  readonly fleet: Fleet;
  readonly choices: Choices;
  readonly loading: boolean;
  readonly head: string;
  /** Lies over the rows. */
  readonly children: ReactNode;
  onView(view: PlotView): void;
  onTable(): void;
  onSearch(): void;
}

/** It takes keys of its own, as the label says. */
const APPLICATION = { role: 'application', tabIndex: 0 };

interface Shown {
  readonly cursor: Cursor;
  readonly x: number;
  readonly y: number;
}

/** Beside the pointer, or under the focused cell. */
function spotOf(timeline: Timeline, cursor: Cursor, canvas: HTMLCanvasElement): Shown {
  const box = canvas.getBoundingClientRect();
  const { layout, window, rowHeight, scroll } = timeline;
  const y = layout.top + (cursor.row + 1) * rowHeight - scroll;
  return { cursor, x: box.left + xOf(cursor.time, window, layout), y: box.top + y };
}

/** The timeline lives as long as the canvases; what it calls is always the newest. */
function useTimeline(props: PlotProps) {
  const lower = useRef<HTMLCanvasElement>(null);
  const upper = useRef<HTMLCanvasElement>(null);
  const [timeline, setTimeline] = useState<Timeline | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const newest = useRef(props);
  useLayoutEffect(() => {
    newest.current = props;
  });
  useEffect(() => {
    const [low, up] = [lower.current, upper.current];
    if (low === null || up === null) return;
    const made: Timeline = new Timeline(
      { lower: low, upper: up },
      {
        onView: ({ order, density }) => newest.current.onView({ order, density }),
        onCursor: (cursor) => setShown(cursor === null ? null : spotOf(made, cursor, up)),
      },
    );
    const pointer = new Pointer(made, up, {
      onSelectRange: (from, to) =>
        newest.current.panel.onChangeTimeRange({ from: Math.round(from), to: Math.round(to) }),
      onChoose: (row) => {
        const minion = made.rows[row];
        const { panel, fleet } = newest.current;
        if (typeof minion === 'number') chooseMinion(fleet.minions[minion], panel.options);
      },
    });
    setTimeline(made);
    // A canvas does not draw itself again when the font of the page arrives.
    let gone = false;
    void document.fonts.ready.then(() => {
      if (!gone) made.draw();
    });
    return () => {
      gone = true;
      pointer.dispose();
      made.dispose();
    };
  }, []);
  return { lower, upper, timeline, shown };
}

/** Size of an element, as it changes. */
function useSize() {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    const read = () => {
      const [width, height] = [watched.clientWidth, watched.clientHeight];
      setSize((before) =>
        before.width === width && before.height === height ? before : { width, height },
      );
    };
    const observer = new ResizeObserver(read);
    observer.observe(watched);
    read();
    return () => observer.disconnect();
  }, []);
  return { element, size };
}

function announcement(timeline: Timeline, shown: Shown, { fleet, zone }: PlotProps): string {
  const at = timeline.inspect(shown.cursor);
  if (at === undefined) return '';
  const time = clock(fleet.startMs + shown.cursor.time, zone);
  return `${at.minion.id}, ${STATUS_NAMES[at.code]} at ${time}. ${evidenceOf(fleet, at, zone).text}`;
}

export function Plot(props: PlotProps) {
  const { styles, palette, zone, fleet, choices, panel } = props;
  const { lower, upper, timeline, shown } = useTimeline(props);
  const { element, size } = useSize();
  useLayoutEffect(() => {
    if (size.width === 0) return;
    const { density } = choices;
    timeline?.update({ fleet, wishes: choices, density, palette, zone, size });
  }, [timeline, fleet, choices, palette, zone, size]);
  const inspection = shown === null ? undefined : timeline?.inspect(shown.cursor);
  const onKeyDown = (event: KeyboardEvent) => {
    if (timeline === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const onOpen = (row: number) => {
      const minion = timeline.rows[row];
      if (typeof minion === 'number') openMinion(fleet.minions[minion], panel);
    };
    const wishes = { onOpen, onTable: props.onTable, onSearch: props.onSearch };
    if (pressKey(timeline, event, wishes)) event.preventDefault();
  };
  const label = t(
    'flaps.canvas.label',
    'Flap and pressure timeline of {{minions}} minions. Arrow keys move between minions and moments, T opens the table.',
    { minions: count(fleet.minions.length) },
  );
  const nobody = timeline !== null && timeline.rows.length === 0;
  return (
    <>
      <div className={styles.head}>{props.head}</div>
      <div ref={element} className={styles.plot}>
        <div className={props.loading ? styles.loading : undefined}>
          <canvas ref={lower} className={styles.canvas} />
          <canvas
            ref={upper}
            className={styles.canvas}
            aria-label={label}
            {...APPLICATION}
            onKeyDown={onKeyDown}
            onBlur={() => timeline?.setFocus(null)}
          />
        </div>
        {nobody && (
          <div className={styles.message} role="status">
            <span className={styles.messageTitle}>
              {t('flaps.nobody.title', 'No minion matches')}
            </span>
            <span>
              {t(
                'flaps.nobody.text',
                'There are {{minions}} in this range; none is what you asked for.',
                {
                  minions: count(fleet.minions.length),
                },
              )}
            </span>
          </div>
        )}
        {props.children}
      </div>
      <div className={styles.hidden} aria-live="polite">
        {shown !== null && timeline !== null && announcement(timeline, shown, props)}
      </div>
      {shown !== null && inspection !== undefined && !choices.table && (
        <Tooltip
          styles={styles}
          palette={palette}
          fleet={fleet}
          zone={zone}
          inspection={inspection}
          canOpen={panel.options.link !== ''}
          x={shown.x}
          y={shown.y}
        />
      )}
    </>
  );
}
