/** A data source's editors as Grafana shows them: configuration with Save & test, query, and an app's pages. */
import {
  type AppPlugin,
  CoreApp,
  type DataQuery,
  type DataSourceApi,
  type DataSourceInstanceSettings,
  type DataSourceJsonData,
  type DataSourcePlugin,
  DataSourcePluginContextProvider,
  type DataSourceSettings,
  getDefaultTimeRange,
  PluginContextProvider,
  type PluginMeta,
} from '@grafana/data';
import { Alert, Button } from '@grafana/ui';
import { type ComponentType, useState } from 'react';

type Plugin = DataSourcePlugin<DataSourceApi>;
type Settings = DataSourceSettings<DataSourceJsonData, Record<string, string>>;

interface Health {
  readonly status: string;
  readonly message: string;
}

export interface ConfigScene {
  readonly plugin: Plugin;
  readonly meta: PluginMeta;
  readonly settings: Settings;
  /** Makes a data source of these settings and asks whether it works. */
  test(settings: Settings): Promise<Health>;
  record(call: string, value: unknown): void;
}

export function ConfigHost({ scene }: { readonly scene: ConfigScene }) {
  const [settings, setSettings] = useState(scene.settings);
  const [health, setHealth] = useState<Health>();
  const Editor = scene.plugin.components.ConfigEditor as
    | ComponentType<{ options: Settings; onOptionsChange(settings: Settings): void }>
    | undefined;
  if (Editor === undefined) return <em>no configuration editor</em>;
  const change = (next: Settings) => {
    scene.record('settings', next);
    setSettings(next);
  };
  const instance = { ...settings, meta: scene.meta } as unknown as DataSourceInstanceSettings;
  return (
    <div style={{ padding: 16, maxWidth: 800 }}>
      <DataSourcePluginContextProvider instanceSettings={instance}>
        <Editor options={settings} onOptionsChange={change} />
      </DataSourcePluginContextProvider>
      <Button
        onClick={async () => {
          try {
            setHealth(await scene.test(settings));
          } catch (error) {
            setHealth({ status: 'error', message: (error as Error).message });
          }
        }}
      >
        Save &amp; test
      </Button>
      {health && (
        <Alert
          severity={health.status === 'success' ? 'success' : 'error'}
          title={health.message}
        />
      )}
    </div>
  );
}

export interface QueryScene {
  readonly plugin: Plugin;
  /** The query editor, or one of its sisters for variables and annotations. */
  readonly editor?: QueryEditor | undefined;
  readonly meta: PluginMeta;
  readonly instance: DataSourceApi;
  readonly query: Partial<DataQuery>;
  readonly app: CoreApp;
  record(call: string, value: unknown): void;
}

export type QueryEditor = ComponentType<Record<string, unknown>>;

export function QueryHost({ scene }: { readonly scene: QueryScene }) {
  const [query, setQuery] = useState<DataQuery>({
    ...scene.instance.getDefaultQuery?.(scene.app),
    ...scene.query,
    refId: 'A',
  });
  const own = scene.plugin.components.QueryEditor as unknown as QueryEditor | undefined;
  const Editor = scene.editor ?? own;
  if (Editor === undefined) return <em>no query editor</em>;
  return (
    <div style={{ padding: 16 }}>
      <PluginContextProvider meta={scene.meta}>
        <Editor
          datasource={scene.instance}
          query={query}
          app={scene.app}
          range={getDefaultTimeRange()}
          queries={[query]}
          onChange={(next: DataQuery) => {
            scene.record('query', next);
            setQuery(next);
          }}
          onRunQuery={() => scene.record('run', true)}
        />
      </PluginContextProvider>
    </div>
  );
}

/** Help of the query editor; an example that is clicked is recorded. */
export function HelpHost({ scene }: { readonly scene: QueryScene }) {
  const Help = scene.plugin.components.QueryEditorHelp as unknown as QueryEditor | undefined;
  if (Help === undefined) return <em>no help</em>;
  return (
    <div style={{ padding: 16 }}>
      <PluginContextProvider meta={scene.meta}>
        <Help
          datasource={scene.instance}
          query={{ refId: 'A' }}
          onClickExample={(query: DataQuery) => scene.record('example', query)}
        />
      </PluginContextProvider>
    </div>
  );
}

export interface AppScene {
  readonly plugin: AppPlugin;
  readonly meta: PluginMeta;
}

export function AppHost({ scene }: { readonly scene: AppScene }) {
  const Root = scene.plugin.root as ComponentType<Record<string, unknown>> | undefined;
  if (Root === undefined) return <em>no page</em>;
  return (
    <PluginContextProvider meta={scene.meta}>
      <Root
        meta={scene.meta}
        basename={`/a/${scene.meta.id}`}
        path=""
        query={{}}
        onNavChanged={() => undefined}
      />
    </PluginContextProvider>
  );
}

export { CoreApp };
