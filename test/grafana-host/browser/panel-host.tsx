/** One panel as a dashboard shows it: chrome, options with defaults, field options applied; and a form of its options. */
import {
  applyFieldOverrides,
  CoreApp,
  type DataFrame,
  EventBusSrv,
  type FieldConfigSource,
  getPanelOptionsWithDefaults,
  LoadingState,
  type PanelData,
  PanelOptionsEditorBuilder,
  type PanelPlugin,
  PluginContextProvider,
  type PluginMeta,
  type TimeRange,
} from '@grafana/data';
import { ErrorBoundaryAlert, Field, PanelChrome, PanelContextProvider } from '@grafana/ui';
import { get, set } from 'lodash';
import { type ComponentType, useEffect, useMemo, useState } from 'react';
import { theme } from './boot.tsx';

export interface PanelScene {
  readonly plugin: PanelPlugin<Record<string, unknown>>;
  readonly meta: PluginMeta;
  readonly range: TimeRange;
  readonly series: DataFrame[];
  readonly annotations: DataFrame[] | undefined;
  readonly state: LoadingState;
  readonly error: string | undefined;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly options: Record<string, unknown>;
  readonly fieldConfig: FieldConfigSource;
  readonly showOptions: boolean;
  /** Told of every call-back of the panel. */
  record(call: string, value: unknown): void;
}

const BUS = new EventBusSrv();

function OptionsForm(props: {
  readonly scene: PanelScene;
  readonly options: Record<string, unknown>;
  onChange(options: Record<string, unknown>): void;
}) {
  const { scene, options, onChange } = props;
  const builder = new PanelOptionsEditorBuilder<Record<string, unknown>>();
  scene.plugin.getPanelOptionsSupplier()(builder, { data: scene.series, options });
  const items = builder.getItems().filter((item) => item.showIf?.(options, scene.series) !== false);
  return (
    <section aria-label="Options" style={{ width: 300 }}>
      {items.map((item) => {
        const Editor = item.editor as ComponentType<Record<string, unknown>>;
        const id = `option-${item.id}`;
        return (
          <Field key={id} label={item.name} description={item.description} htmlFor={id}>
            <Editor
              id={id}
              item={item}
              context={{ data: scene.series, options }}
              value={get(options, item.path)}
              onChange={(value: unknown) =>
                onChange({ ...set(structuredClone(options), item.path, value) })
              }
            />
          </Field>
        );
      })}
    </section>
  );
}

export function PanelHost({ scene }: { readonly scene: PanelScene }) {
  const [options, setOptions] = useState(scene.options);
  useEffect(() => setOptions(scene.options), [scene.options]);
  const full = useMemo(
    () =>
      getPanelOptionsWithDefaults({
        plugin: scene.plugin,
        currentOptions: options,
        currentFieldConfig: scene.fieldConfig,
        isAfterPluginChange: false,
      }),
    [scene.plugin, scene.fieldConfig, options],
  );
  const data = useMemo((): PanelData => {
    const series = applyFieldOverrides({
      data: scene.series,
      fieldConfig: full.fieldConfig,
      fieldConfigRegistry: scene.plugin.fieldConfigRegistry,
      replaceVariables: (text) => text,
      theme,
      timeZone: 'utc',
    });
    const { state, range, annotations, error } = scene;
    const errors = error === undefined ? undefined : [{ message: error }];
    return { state, series, annotations, errors, timeRange: range, structureRev: 1 };
  }, [scene, full]);
  const Panel = scene.plugin.panel;
  if (Panel === null) return <em>no panel</em>;
  return (
    <div style={{ display: 'flex', gap: 16, padding: 16 }}>
      <PanelChrome
        title={scene.title}
        width={scene.width}
        height={scene.height}
        loadingState={scene.state}
      >
        {(width, height) => (
          <PanelContextProvider
            value={{ eventsScope: 'host', eventBus: BUS, app: CoreApp.Dashboard }}
          >
            <PluginContextProvider meta={scene.meta}>
              <ErrorBoundaryAlert>
                <Panel
                  id={1}
                  title={scene.title}
                  data={data}
                  timeRange={scene.range}
                  timeZone="utc"
                  options={full.options}
                  fieldConfig={full.fieldConfig}
                  transparent={false}
                  width={width}
                  height={height}
                  renderCounter={1}
                  replaceVariables={(text) => text}
                  onOptionsChange={(next) => {
                    scene.record('options', next);
                    setOptions(next);
                  }}
                  onFieldConfigChange={(next) => scene.record('fieldConfig', next)}
                  onChangeTimeRange={(next) => scene.record('timeRange', next)}
                  eventBus={BUS}
                />
              </ErrorBoundaryAlert>
            </PluginContextProvider>
          </PanelContextProvider>
        )}
      </PanelChrome>
      {scene.showOptions && (
        <OptionsForm scene={scene} options={full.options} onChange={setOptions} />
      )}
    </div>
  );
}

export { LoadingState };
