/** Loads built plugins into this page as Grafana does, and lets tests drive them through `window.host`. */
import { theme } from './boot.tsx';
import './shared.tsx';
import {
  type AppPlugin,
  applyFieldOverrides,
  CoreApp,
  type DataFrame,
  type DataQuery,
  type DataQueryResponse,
  type DataSourceApi,
  type DataSourceJsonData,
  type DataSourcePlugin,
  type DataSourceSettings,
  LoadingState,
  type PanelPlugin,
  type PluginMeta,
  ThemeContext,
  toDataFrame,
} from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { LocationServiceProvider, locationService } from '@grafana/runtime';
import { ErrorBoundaryAlert, GlobalStyles, PortalContainer, Table } from '@grafana/ui';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom-v5-compat';
import type { Subscription } from 'rxjs';
import type { HostApi, PanelRequest, QueryRequest } from '../host-api.ts';
import { AppHost, ConfigHost, HelpHost, type QueryEditor, QueryHost } from './editor-hosts.tsx';
import { installEditors } from './editors.tsx';
import { PanelHost, type PanelScene } from './panel-host.tsx';
import { type InstalledDataSource, installServices, setVariable } from './services.tsx';
import { importPlugin } from './shared.tsx';
import {
  annotations,
  answerOf,
  csv,
  frames,
  installed,
  listen,
  live,
  query,
  rangeOf,
  sourceOf,
  stopListening,
  tagKeys,
  tagValues,
  variableValues,
} from './sources.tsx';

installServices(installed);
installEditors();
await initPluginTranslations('grafana');

const metas: Record<string, PluginMeta> = await (await fetch('/api/plugins')).json();
const calls: { call: string; value: unknown }[] = [];
const record = (call: string, value: unknown) => void calls.push({ call, value });
const streams = new Map<string, Subscription>();

const element = document.getElementById('root');
if (element === null) throw new Error('the page has no #root');
const root = createRoot(element);

function show(node: ReactNode): void {
  root.render(
    <ThemeContext.Provider value={theme}>
      <LocationServiceProvider service={locationService}>
        <GlobalStyles />
        <ErrorBoundaryAlert>{node}</ErrorBoundaryAlert>
        <PortalContainer />
      </LocationServiceProvider>
    </ThemeContext.Provider>,
  );
}

type SourcePlugin = DataSourcePlugin<DataSourceApi> & { meta: PluginMeta };

async function loadSource(id: string): Promise<SourcePlugin> {
  const plugin = await importPlugin<SourcePlugin>(id);
  plugin.meta = metas[id];
  return plugin;
}

/** Makes a data source of saved settings, as Grafana's own service does. */
async function addDataSource(id: string, uid: string, jsonData: object) {
  const plugin = await loadSource(id);
  const url = `/api/datasources/proxy/uid/${uid}`;
  const base = { id: 1, uid, name: uid, type: id, access: 'proxy' as const, readOnly: false, url };
  const settings = { ...base, jsonData, meta: metas[id], isDefault: false };
  const Source = plugin.DataSourceClass as unknown as new (settings: object) => DataSourceApi;
  const instance = new Source(settings);
  Object.assign(instance, {
    meta: plugin.meta,
    instanceSettings: settings,
    components: plugin.components,
  });
  installed.set(uid, instance as InstalledDataSource);
  return instance;
}

function framesOf(ask: PanelRequest): DataFrame[] {
  const kept = ask.keep === undefined ? [] : (frames.get(ask.keep) ?? []);
  return [...kept, ...(ask.frames ?? []).map((frame) => toDataFrame(frame))];
}

/** Always the same, for other options are a change that the panel is rendered for. */
const NO_OPTIONS: Record<string, unknown> = {};

async function renderPanel(id: string, ask: PanelRequest): Promise<void> {
  const plugin = await importPlugin<PanelPlugin<Record<string, unknown>>>(id);
  plugin.meta = metas[id] as PanelPlugin['meta'];
  const scene: PanelScene = {
    plugin,
    meta: metas[id],
    range: rangeOf(ask.fromMs, ask.toMs),
    series: framesOf(ask),
    annotations: ask.annotations?.map((frame) => toDataFrame(frame)),
    state: (ask.state as LoadingState | undefined) ?? LoadingState.Done,
    error: ask.error,
    title: ask.title ?? metas[id].name,
    width: ask.width ?? 1000,
    height: ask.height ?? 500,
    options: ask.options ?? NO_OPTIONS,
    fieldConfig: { defaults: {}, overrides: [] },
    showOptions: ask.showOptions === true,
    record,
  };
  show(<PanelHost scene={scene} />);
}

/** Draws a panel anew with every packet of a streaming query, as Grafana's query runner does. */
function streamInto(uid: string, ask: QueryRequest, panel: { id: string; ask: PanelRequest }) {
  streams.get(uid)?.unsubscribe();
  const draw = (packet: DataQueryResponse) => {
    record('packet', { state: packet.state, frames: packet.data.length });
    frames.set('stream', packet.data as DataFrame[]);
    const state = packet.state ?? LoadingState.Streaming;
    void renderPanel(panel.id, { ...panel.ask, keep: 'stream', state });
  };
  const failed = (error: unknown) => record('stream-error', String(error));
  streams.set(uid, answerOf(uid, ask).subscribe({ next: draw, error: failed }));
}

async function renderConfigEditor(id: string, uid: string, over: object): Promise<void> {
  const plugin = await loadSource(id);
  type Settings = DataSourceSettings<DataSourceJsonData, Record<string, string>>;
  const settings = {
    ...{ id: 1, uid, orgId: 1, name: uid, type: id, typeName: '', typeLogoUrl: '', url: '' },
    ...{ access: 'proxy', user: '', database: '', basicAuth: false, basicAuthUser: '' },
    ...{ isDefault: false, jsonData: {}, secureJsonData: {}, secureJsonFields: {} },
    ...{ readOnly: false, withCredentials: false },
    ...over,
  } as Settings;
  const test = async (now: Settings) => {
    // What Grafana's server would store: the proxy reads it from there.
    const body = JSON.stringify({ jsonData: now.jsonData, secureJsonData: now.secureJsonData });
    await fetch(`/api/datasources/uid/${uid}`, { method: 'PUT', body });
    return (await addDataSource(id, uid, now.jsonData)).testDatasource();
  };
  show(<ConfigHost scene={{ plugin, meta: metas[id], settings, test, record }} />);
}

interface EditorWish {
  readonly query: unknown;
  readonly editor?: (source: DataSourceApi) => unknown;
  readonly help?: boolean;
  readonly explore?: boolean;
}

async function renderEditor(id: string, uid: string, wish: EditorWish): Promise<void> {
  const plugin = await loadSource(id);
  const instance = sourceOf(uid);
  const app = wish.explore === true ? CoreApp.Explore : CoreApp.PanelEditor;
  const editor = wish.editor?.(instance) as QueryEditor | undefined;
  const query = wish.query as Partial<DataQuery>;
  const scene = { plugin, meta: metas[id], instance, query, app, editor, record };
  show(wish.help === true ? <HelpHost scene={scene} /> : <QueryHost scene={scene} />);
}

const renderQueryEditor = (id: string, uid: string, query: object & { explore?: boolean }) =>
  renderEditor(id, uid, { query, explore: query.explore === true });

const renderVariableEditor = (id: string, uid: string, query: unknown) => {
  const editor = ({ variables }: DataSourceApi) =>
    (variables as unknown as { editor: unknown } | undefined)?.editor;
  return renderEditor(id, uid, { query, editor });
};

const renderAnnotationEditor = (id: string, uid: string, query: object) =>
  renderEditor(id, uid, { query, editor: ({ annotations: own }) => own?.QueryEditor });

const renderHelp = (id: string, uid: string) => renderEditor(id, uid, { query: {}, help: true });

/** The stock table, with what Grafana's table panel gives it. */
function renderTable(key: string): void {
  const [frame] = frames.get(key) ?? [];
  if (frame === undefined) throw new Error(`no frames ${key}`);
  const [data] = applyFieldOverrides({
    data: [frame],
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  if (data !== undefined) show(<Table data={data} width={1200} height={600} />);
}

async function renderApp(id: string): Promise<void> {
  const plugin = await importPlugin<AppPlugin>(id);
  show(
    <MemoryRouter>
      <AppHost scene={{ plugin, meta: metas[id] }} />
    </MemoryRouter>,
  );
}

const host = {
  addDataSource: async (id: string, uid: string, jsonData: object) => {
    await addDataSource(id, uid, jsonData);
  },
  query,
  streamInto,
  stopStream: (uid: string) => {
    streams.get(uid)?.unsubscribe();
    stopListening(uid);
  },
  listen,
  live,
  variableValues,
  tagKeys,
  tagValues,
  annotations,
  csv,
  renderVariableEditor,
  renderAnnotationEditor,
  renderHelp,
  renderTable,
  renderPanel,
  renderConfigEditor,
  renderQueryEditor,
  renderApp,
  setVariable,
  source: (uid: string) => installed.get(uid),
  keepFrames: (key: string, made: unknown[]) => frames.set(key, made.map(toDataFrame)),
  metas,
  calls,
  location: () => locationService.getLocation().search,
  ranges: rangeOf,
};

window.host = host as unknown as HostApi;
document.documentElement.dataset.ready = 'true';
