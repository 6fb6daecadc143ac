/**
 * The packages that Grafana's plugin loader lends to every plugin, under the names of its
 * `sharedDependencies.ts`, and the loader itself.
 */
import 'systemjs/dist/system.js';
import 'systemjs/dist/extras/amd.js';
import 'systemjs/dist/extras/named-register.js';

import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUI from '@grafana/ui';
import i18next from 'i18next';
import * as lodash from 'lodash';
import * as moment from 'moment';
import * as react from 'react';
import * as jsxDevRuntime from 'react/jsx-dev-runtime';
import * as jsxRuntime from 'react/jsx-runtime';
import * as reactDom from 'react-dom';
import * as reactDomClient from 'react-dom/client';
import * as reactRouter from 'react-router-dom-v5-compat';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

interface Loader {
  set(id: string, namespace: object): void;
  addImportMap(map: { imports: Record<string, string> }): void;
  import(url: string): Promise<LoadedModule>;
}

interface LoadedModule {
  plugin?: unknown;
  default?: unknown;
}

declare global {
  interface Window {
    System: Loader;
  }
}

const lent: Record<string, object> = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUI,
  emotion: emotionCss,
  i18next: { default: i18next, __useDefault: true },
  lodash: { ...lodash, __useDefault: true },
  moment: { ...moment, __useDefault: true },
  react,
  'react-dom': reactDom,
  'react-dom/client': reactDomClient,
  'react/jsx-runtime': jsxRuntime,
  'react/jsx-dev-runtime': jsxDevRuntime,
  'react-router': reactRouter,
  rxjs,
  'rxjs/operators': rxjsOperators,
};

const imports: Record<string, string> = {};
for (const [name, namespace] of Object.entries(lent)) {
  const id = `package:${name}`;
  imports[name] = id;
  // Tagged as a Module, SystemJS keeps it by reference; untagged it would copy the values as they
  // are now, and what the host sets later (PanelDataErrorView, PluginPage) would stay placeholders.
  const tagged = Object.create(namespace, { [Symbol.toStringTag]: { value: 'Module' } });
  window.System.set(id, tagged);
}
window.System.addImportMap({ imports });

/** Loads a built plugin as Grafana does: SystemJS and AMD, lent packages through the import map. */
export async function importPlugin<T>(id: string): Promise<T> {
  let module = await window.System.import(`/public/plugins/${id}/module.js`);
  // A module with a top-level await reaches AMD as a promise; Grafana unwraps it the same way.
  while (module.plugin === undefined && module.default instanceof Promise) {
    module = await module.default;
  }
  if (module.plugin === undefined) throw new Error(`${id}: module.js exports no "plugin"`);
  return module.plugin as T;
}
