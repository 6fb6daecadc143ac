/** Host implementations of the services that Grafana core sets: only what plugins reach through `@grafana/runtime`. */
import { type DataSourceApi, EventBusSrv, type ScopedVars } from '@grafana/data';
import {
  type DataSourceSrv,
  FakeEchoSrv,
  setAppEvents,
  setBackendSrv,
  setDataSourceSrv,
  setEchoSrv,
  setLocationSrv,
  setPluginComponentHook,
  setPluginComponentsHook,
  setPluginLinksHook,
  setReturnToPreviousHook,
  setTemplateSrv,
  type TemplateSrv,
} from '@grafana/runtime';
// Not exported by the package's index; core sets these through the unpublished `internal` entry.
import { setPanelDataErrorView } from '@grafana/runtime-internals/PanelDataErrorView.mjs';
import { setPluginPage } from '@grafana/runtime-internals/PluginPage.mjs';
import type { PropsWithChildren } from 'react';
import { makeBackend } from './backend.tsx';

export type InstalledDataSource = DataSourceApi & { instanceSettings: { uid: string } };

const variables = new Map<string, string | string[]>();

export function setVariable(name: string, value: string | string[]): void {
  variables.set(name, value);
}

type Format = string | ((value: string | string[], variable: { name: string }) => string);

function formatted(value: string | string[], name: string, format: Format | undefined): string {
  if (typeof format === 'function') return format(value, { name });
  if (!Array.isArray(value)) return String(value);
  if (format === 'csv') return value.join(',');
  return format === 'regex' ? `(${value.join('|')})` : `{${value.join(',')}}`;
}

function replace(target = '', scoped: ScopedVars = {}, format?: Format): string {
  const pattern = /\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g;
  return target.replace(pattern, (...found) => {
    const [whole, braced, own, bare] = found;
    const name = braced ?? bare;
    const value = scoped[name]?.value ?? variables.get(name);
    return value === undefined ? whole : formatted(value, name, own ?? format);
  });
}

function templates(): TemplateSrv {
  const service = {
    getVariables: () => [...variables.keys()].map((name) => ({ name, type: 'custom' })),
    containsTemplate: (text?: string) => /\$\{?\w+/.test(text ?? ''),
    updateTimeRange: () => undefined,
    replace,
  };
  return service as unknown as TemplateSrv;
}

interface ErrorViewProps {
  readonly message?: string;
  readonly data?: { readonly series?: readonly unknown[] };
}

function ErrorView({ message, data }: ErrorViewProps) {
  const said = message ?? (data?.series?.length ? 'Unsupported data' : 'No data');
  return <div data-testid="panel-data-error">{said}</div>;
}

export function installServices(installed: Map<string, InstalledDataSource>): void {
  const find = (ref: unknown) => {
    const uid = typeof ref === 'string' ? ref : (ref as { uid?: string } | null)?.uid;
    return installed.get(uid ?? '');
  };
  const sources = {
    get: async (ref: unknown) => find(ref),
    getList: () => [...installed.values()].map((one) => one.instanceSettings),
    getInstanceSettings: (ref: unknown) => find(ref)?.instanceSettings,
    reload: async () => undefined,
    registerRuntimeDataSource: () => undefined,
  };
  setBackendSrv(makeBackend());
  setTemplateSrv(templates());
  setDataSourceSrv(sources as unknown as DataSourceSrv);
  setAppEvents(new EventBusSrv());
  setEchoSrv(new FakeEchoSrv());
  setLocationSrv({ update: () => undefined });
  setReturnToPreviousHook(() => () => undefined);
  setPluginLinksHook(() => ({ links: [], isLoading: false }));
  setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setPluginComponentHook(() => ({ component: undefined, isLoading: false }));
  setPanelDataErrorView(ErrorView);
  setPluginPage(({ children }: PropsWithChildren) => <div>{children}</div>);
}
