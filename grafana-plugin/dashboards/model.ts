/** What a dashboard of ours is made of: queries and panels as short values, laid out by themselves. */

/** A question to Prometheus. */
export interface PromQuery {
  readonly expr: string;
  readonly legend?: string;
  /** Why a healthy fleet may have no answer; Grafana shows it instead of “No data”. */
  readonly emptyWhen?: string;
}

/** A question to the exporter itself, through the app's data source. */
export interface OwnQuery {
  readonly queryType: 'timeline' | 'minions' | 'events' | 'series' | 'jobs' | 'losses';
  readonly minion?: string;
  readonly kind?: string;
  readonly metrics?: readonly string[];
  readonly status?: string;
  readonly limit?: number;
}

interface Titled {
  readonly title: string;
  /** What it shows, in a sentence or two; the mark beside the title tells it. */
  readonly description: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly links?: readonly PanelLink[];
}

export interface PanelLink {
  readonly title: string;
  readonly url: string;
}

export type Unit =
  | 'short'
  | 's'
  | 'bytes'
  | 'Bps'
  | 'percentunit'
  | 'cps'
  | 'reqps'
  | 'bool_yes_no'
  | 'dateTimeFromNow'
  | 'dateTimeAsIso'
  | 'none';

export interface StatPanel extends Titled {
  readonly kind: 'stat';
  readonly unit: Unit;
  readonly query: PromQuery;
  /** From this value on it is drawn in the colour of trouble. */
  readonly alarmFrom?: number;
  readonly decimals?: number;
  /** Shows the name of the series instead of its value. */
  readonly names?: boolean;
}

export interface GraphPanel extends Titled {
  readonly kind: 'graph';
  readonly unit: Unit;
  readonly queries: readonly PromQuery[];
  readonly look?: 'lines' | 'bars' | 'stacked';
  readonly max?: number;
  /** Status, peer, link … → a fixed colour. */
  readonly colours?: Readonly<Record<string, string>>;
  /** A line across, such as the mark. */
  readonly markAt?: number;
}

export interface Column {
  readonly label: string;
  readonly title: string;
  readonly unit?: Unit;
  readonly link?: string;
}

/** Instant answers as rows: labels are columns, `Value` the last of them. */
export interface TablePanel extends Titled {
  readonly kind: 'table';
  readonly queries: readonly PromQuery[];
  readonly columns: readonly Column[];
}

export interface TextPanel extends Titled {
  readonly kind: 'text';
  readonly markdown: string;
}

export type OwnView = 'flaps' | 'loss-path' | 'table' | 'logs' | 'graph';

/** Asks our data source. */
export interface OwnPanel extends Titled {
  readonly kind: 'own';
  readonly view: OwnView;
  readonly queries: readonly OwnQuery[];
  readonly columns?: readonly Column[];
}

/** One of our two panels, from series of Prometheus. */
export interface SeriesPanel extends Titled {
  readonly kind: 'series';
  readonly view: 'flaps' | 'loss-path';
  readonly queries: readonly PromQuery[];
}

export type Panel = StatPanel | GraphPanel | TablePanel | TextPanel | OwnPanel | SeriesPanel;

/** Panels of one height beside one another; widths add up to 24 or wrap. */
export interface Band {
  readonly height: number;
  readonly panels: readonly Panel[];
}

export interface Section {
  /** null: the top, without a row of its own. */
  readonly title: string | null;
  readonly collapsed?: boolean;
  readonly bands: readonly Band[];
}

/** Beside `prometheus` and `brinescope`, which each dashboard has. */
export type VariableName = 'master' | 'minion' | 'instance';

export interface Dashboard {
  /** As in `/d/brinescope-<name>`, which alerts name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly from: string;
  readonly sections: readonly Section[];
}

export function panelsOf({ sections }: Dashboard): readonly Panel[] {
  return sections.flatMap(({ bands }) => bands.flatMap(({ panels }) => panels));
}

/** Questions that a panel asks Prometheus. */
export function promQueriesOf(panel: Panel): readonly PromQuery[] {
  if (panel.kind === 'stat') return [panel.query];
  return panel.kind === 'text' || panel.kind === 'own' ? [] : panel.queries;
}
