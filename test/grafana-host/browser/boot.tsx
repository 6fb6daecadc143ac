/**
 * What a Grafana server writes into its page. Evaluated before `@grafana/runtime`, whose `config` is
 * built from it at import.
 */
import { createTheme, systemDateFormats } from '@grafana/data';

declare global {
  interface Window {
    grafanaBootData: unknown;
    __grafana_public_path__: string;
  }
}

const mode = new URLSearchParams(location.search).get('theme') === 'light' ? 'light' : 'dark';

// Root of the icons: /public/build/img/icons/<subdirectory>/<name>.svg
window.__grafana_public_path__ = '/public/';
window.grafanaBootData = {
  user: {
    orgRole: 'Admin',
    isSignedIn: true,
    orgId: 1,
    theme: mode,
    lightTheme: mode === 'light',
    locale: 'en-US',
    timezone: 'utc',
    permissions: {},
  },
  navTree: [],
  settings: {
    appUrl: `${location.origin}/`,
    appSubUrl: '',
    buildInfo: { version: '13.2.2', commit: 'host', env: 'production', edition: 'Open Source' },
    featureToggles: {},
    dateFormats: systemDateFormats,
    bootData: {},
  },
};

export const theme = createTheme({ colors: { mode } });
