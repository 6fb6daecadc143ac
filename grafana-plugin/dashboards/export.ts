/** Writes a dashboard as Grafana's JSON: no id, no data source but variables, panels laid out in bands. */
import type { Column, Dashboard, OwnView, Panel, PromQuery, VariableName } from './model.js';
import { panelsOf } from './model.js';

type Json = Record<string, unknown>;

const SCHEMA_VERSION = 41;
const GRID_COLUMNS = 24;
const PROMETHEUS = { type: 'prometheus', uid: `\${prometheus}` };
const BRINESCOPE = { type: 'brinescope-salt-datasource', uid: `\${brinescope}` };
const TAG = 'brinescope';
// Grafana's own names, so that both themes have their shade.
const TROUBLE = 'orange';
const CALM = 'text';
/** Panels of Grafana, and ours. */
const VIEWS: Readonly<Record<OwnView, string>> = {
  flaps: 'brinescope-flaps-panel',
  'loss-path': 'brinescope-losspath-panel',
  table: 'table',
  logs: 'logs',
  graph: 'timeseries',
};
const MINION_LINK = '/d/brinescope-minion?var-minion=$minion&var-master=$master';

const VARIABLES: Readonly<Record<VariableName, Json>> = {
  master: {
    ...variable('master', 'Master', 'label_values(salt_minions, master)'),
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  },
  minion: variable(
    'minion',
    'Minion',
    'label_values(salt_minion_connects_total{master=~"$master"}, minion)',
  ),
  instance: variable(
    'instance',
    'Exporter beside a minion',
    'label_values(salt_local_storm_risk, instance)',
  ),
};

export function exported(dashboard: Dashboard): Json {
  const { name, title, description, variables, from } = dashboard;
  return {
    uid: `brinescope-${name}`,
    id: null,
    title: `Brinescope / ${title}`,
    description,
    tags: [TAG, 'salt'],
    editable: true,
    schemaVersion: SCHEMA_VERSION,
    timezone: 'browser',
    graphTooltip: 1,
    refresh: '30s',
    time: { from, to: 'now' },
    links: [link()],
    annotations: { list: annotations() },
    templating: { list: [...sources(), ...variables.map((one) => VARIABLES[one])] },
    panels: laidOut(dashboard),
  };
}

/** Text as committed: `biome` would write it otherwise, so it leaves these files alone. */
export function exportedText(dashboard: Dashboard): string {
  return `${JSON.stringify(exported(dashboard), undefined, 2)}\n`;
}

function link(): Json {
  return {
    title: 'Brinescope',
    type: 'dashboards',
    tags: [TAG],
    asDropdown: false,
    includeVars: true,
    keepTime: true,
    targetBlank: false,
    icon: 'external link',
    tooltip: '',
    url: '',
  };
}

function sources(): Json[] {
  const source = (name: string, label: string, type: string) => {
    return { type: 'datasource', name, label, query: type, current: {}, refresh: 1, regex: '' };
  };
  return [
    source('prometheus', 'Prometheus', PROMETHEUS.type),
    source('brinescope', 'Brinescope', BRINESCOPE.type),
  ];
}

function variable(name: string, label: string, query: string): Json {
  return {
    type: 'query',
    name,
    label,
    datasource: PROMETHEUS,
    definition: query,
    query: { query, refId: name, qryType: 5 },
    refresh: 2,
    sort: 1,
    regex: '',
    includeAll: false,
    multi: false,
    current: {},
  };
}

/** Instants that explain a change of any curve. */
export const ANNOTATIONS: readonly { name: string; expr: string; text: string; colour: string }[] =
  [
    {
      name: 'Master restarts',
      expr: 'increase(salt_master_restarts_total{master=~"$master"}[$__interval]) > 0',
      text: '{{master}} restarted',
      colour: 'blue',
    },
    {
      name: 'Reconnect storms',
      expr: 'increase(salt_reconnect_storms_total{master=~"$master"}[$__interval]) > 0',
      text: '{{master}}: many minions connected again ({{cause}})',
      colour: 'purple',
    },
  ];

function annotations(): Json[] {
  const ofPrometheus = ANNOTATIONS.map(({ name, expr, text, colour }) => ({
    name,
    expr,
    titleFormat: text,
    step: '60s',
    datasource: PROMETHEUS,
    enable: true,
    iconColor: colour,
  }));
  const own = {
    name: 'Events of the exporter',
    datasource: BRINESCOPE,
    enable: false,
    iconColor: 'yellow',
    target: { refId: 'events', queryType: 'events', kind: 'master_restart,storm,drop' },
  };
  return [...ofPrometheus, own];
}

function laidOut(dashboard: Dashboard): Json[] {
  const ids = new Map(panelsOf(dashboard).map((panel, index) => [panel, index + 1]));
  let y = 0;
  let rowId = ids.size;
  return dashboard.sections.flatMap(({ title, collapsed = false, bands }) => {
    const row: Json[] = [];
    if (title !== null) {
      rowId += 1;
      const gridPos = { x: 0, y, w: GRID_COLUMNS, h: 1 };
      row.push({ type: 'row', id: rowId, title, collapsed, gridPos, panels: [] });
      y += 1;
    }
    const placed = bands.flatMap(({ height, panels }) => {
      let x = 0;
      const made = panels.map((panel) => {
        if (x + panel.width > GRID_COLUMNS) {
          x = 0;
          y += height;
        }
        const gridPos = { x, y, w: panel.width, h: height };
        x += panel.width;
        return { id: ids.get(panel), gridPos, ...panelJson(panel) };
      });
      y += height;
      return made;
    });
    const [head] = row;
    if (head === undefined || !collapsed) return [...row, ...placed];
    // Panels of a row that is shut stand inside it; it takes one line.
    y = Number((head.gridPos as { y: number }).y) + 1;
    return [{ ...head, panels: placed }];
  });
}

function panelJson(panel: Panel): Json {
  const { title, description, links = [] } = panel;
  const head = { title, description, links: links.map((one) => ({ ...one, targetBlank: false })) };
  return { ...head, ...bodyOf(panel) };
}

function bodyOf(panel: Panel): Json {
  if (panel.kind === 'text') {
    return { type: 'text', options: { mode: 'markdown', content: panel.markdown } };
  }
  if (panel.kind === 'own') return ownBody(panel);
  if (panel.kind === 'series') {
    const targets = targetsOf(panel.queries, 'range');
    return {
      type: VIEWS[panel.view],
      datasource: PROMETHEUS,
      targets,
      options: panelOptions(panel.view),
    };
  }
  if (panel.kind === 'stat') return statBody(panel);
  return panel.kind === 'graph' ? graphBody(panel) : tableBody(panel);
}

function panelOptions(view: OwnView): Json {
  if (view === 'flaps') return { link: MINION_LINK };
  if (view === 'loss-path') return { minionLink: MINION_LINK };
  return view === 'logs' ? { showTime: true, wrapLogMessage: true, sortOrder: 'Descending' } : {};
}

function ownBody({ view, queries, columns = [] }: Extract<Panel, { kind: 'own' }>): Json {
  const targets = queries.map((query, index) => {
    return { refId: refId(index), datasource: BRINESCOPE, master: '$master', ...query };
  });
  return {
    type: VIEWS[view],
    datasource: BRINESCOPE,
    targets,
    options: panelOptions(view),
    ...(view === 'table' && { fieldConfig: { defaults: {}, overrides: columnOverrides(columns) } }),
  };
}

function statBody(panel: Extract<Panel, { kind: 'stat' }>): Json {
  const { unit, query, alarmFrom, decimals, names = false } = panel;
  const steps: Json[] = [{ color: CALM, value: null }];
  if (alarmFrom !== undefined) steps.push({ color: TROUBLE, value: alarmFrom });
  const defaults: Json = {
    unit,
    color: { mode: 'thresholds' },
    thresholds: { mode: 'absolute', steps },
    noValue: query.emptyWhen ?? 'No data',
    ...(decimals !== undefined && { decimals }),
  };
  return {
    type: 'stat',
    datasource: PROMETHEUS,
    targets: targetsOf([query], 'instant'),
    fieldConfig: { defaults, overrides: [] },
    options: {
      colorMode: alarmFrom === undefined ? 'none' : 'value',
      graphMode: 'none',
      textMode: names ? 'name' : 'auto',
      reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
    },
  };
}

function graphBody(panel: Extract<Panel, { kind: 'graph' }>): Json {
  const { unit, queries, look = 'lines', max, colours = {}, markAt } = panel;
  const stacked = look === 'stacked';
  const custom: Json = {
    drawStyle: look === 'bars' ? 'bars' : 'line',
    fillOpacity: look === 'lines' ? 0 : 60,
    lineWidth: 1,
    showPoints: 'never',
    stacking: { mode: look === 'lines' ? 'none' : 'normal', group: 'A' },
    ...(stacked && { lineWidth: 0 }),
    ...(markAt !== undefined && { thresholdsStyle: { mode: 'line' } }),
  };
  const marks = markAt === undefined ? [] : [{ color: TROUBLE, value: markAt }];
  const defaults: Json = {
    unit,
    min: 0,
    custom,
    noValue: queries.find((query) => query.emptyWhen !== undefined)?.emptyWhen ?? 'No data',
    thresholds: { mode: 'absolute', steps: [{ color: 'transparent', value: null }, ...marks] },
    ...(max !== undefined && { max }),
  };
  const overrides = Object.entries(colours).map(([series, fixedColor]) => ({
    matcher: { id: 'byName', options: series },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));
  return {
    type: 'timeseries',
    datasource: PROMETHEUS,
    targets: targetsOf(queries, 'range'),
    fieldConfig: { defaults, overrides },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

function tableBody({ queries, columns }: Extract<Panel, { kind: 'table' }>): Json {
  const several = queries.length > 1;
  const order = Object.fromEntries(columns.map(({ label }, index) => [label, index]));
  const organize = { includeByName: Object.fromEntries(columns.map(({ label }) => [label, true])) };
  return {
    type: 'table',
    datasource: PROMETHEUS,
    targets: targetsOf(queries, 'table'),
    transformations: [
      ...(several ? [{ id: 'merge', options: {} }] : []),
      { id: 'organize', options: { ...organize, excludeByName: {}, indexByName: order } },
    ],
    fieldConfig: {
      defaults: { noValue: queries[0]?.emptyWhen ?? '' },
      overrides: columnOverrides(columns),
    },
    options: { showHeader: true, cellHeight: 'sm' },
  };
}

function columnOverrides(columns: readonly Column[]): Json[] {
  return columns.map(({ label, title, unit, link: url }) => ({
    matcher: { id: 'byName', options: label },
    properties: [
      { id: 'displayName', value: title },
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(url === undefined ? [] : [{ id: 'links', value: [{ title: 'Open', url }] }]),
    ],
  }));
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function targetsOf(queries: readonly PromQuery[], kind: 'range' | 'instant' | 'table'): Json[] {
  return queries.map(({ expr, legend }, index) => ({
    refId: refId(index),
    datasource: PROMETHEUS,
    expr,
    editorMode: 'code',
    range: kind === 'range',
    instant: kind !== 'range',
    ...(kind === 'table' && { format: 'table' }),
    ...(legend !== undefined && { legendFormat: legend }),
  }));
}
