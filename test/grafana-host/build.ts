/** Bundles the host page with one set of Grafana's packages. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { GRAFANAS, type Grafana, PLUGIN } from './packages.js';

const BROWSER = fileURLToPath(new URL('browser', import.meta.url));

/** Directory of a package as `@grafana/ui` resolves it: plugins get the copy that Grafana itself uses. */
function asResolvedByUi(modules: string, name: string): string {
  const resolve = createRequire(join(modules, '@grafana/ui/package.json')).resolve;
  let directory = dirname(resolve(name));
  for (;;) {
    const manifest = join(directory, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === name) {
      return directory;
    }
    directory = dirname(directory);
  }
}

/**
 * React in development complains of what is wrong, and takes many times as long: it describes every
 * change of properties to the browser's tools.
 */
export type HostMode = 'development' | 'production';

/** Writes the page's scripts into `directory`. */
export async function buildHost(
  grafana: Grafana,
  directory: string,
  mode: HostMode = 'development',
): Promise<void> {
  const modules = join(GRAFANAS[grafana].directory, 'node_modules');
  const lent = ['react-router-dom-v5-compat', '@emotion/css', '@emotion/react'];
  await build({
    input: join(BROWSER, 'host.tsx'),
    platform: 'browser',
    resolve: {
      modules: ['node_modules', modules],
      alias: {
        ...Object.fromEntries(lent.map((name) => [name, asResolvedByUi(modules, name)])),
        '@grafana/runtime-internals': join(modules, '@grafana/runtime/dist/esm/components'),
        // The loader is the host's, whatever Grafana is hosted.
        systemjs: join(PLUGIN, 'node_modules/systemjs'),
      },
    },
    transform: {
      define: {
        'process.env.NODE_ENV': JSON.stringify(mode),
        'process.env': '{}',
        global: 'globalThis',
      },
    },
    moduleTypes: {
      '.svg': 'dataurl',
      '.png': 'dataurl',
      '.ttf': 'dataurl',
      '.woff': 'dataurl',
      '.woff2': 'dataurl',
      '.css': 'empty',
    },
    checks: { eval: false, commonJsVariableInEsm: false },
    logLevel: 'silent',
    output: { dir: directory, format: 'esm', entryFileNames: '[name].js' },
  });
}
