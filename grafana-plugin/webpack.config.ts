/** What create-plugin's configuration lacks for plugins inside an app: one file per nested plugin, and their logos. */
import path from 'node:path';
import CopyWebpackPlugin from 'copy-webpack-plugin';
import type { Configuration } from 'webpack';
import { merge } from 'webpack-merge';
import grafanaConfig, { type Env } from './.config/webpack/webpack.config.ts';

const NESTED = ['datasource', 'flap-panel', 'loss-panel'];
const source = (directory: string) => path.resolve(process.cwd(), 'src', directory);

const config = async (env: Env): Promise<Configuration> =>
  merge(await grafanaConfig(env), {
    // Grafana caches by version; a cache of webpack's own would survive a change of packages.
    cache: false,
    module: {
      rules: [
        {
          // Grafana serves a nested plugin from its own directory, while webpack puts chunks into the
          // app's: grafana/plugin-tools#2172. So nothing of ours is loaded lazily.
          test: /\.m?[tj]sx?$/,
          include: [path.resolve(process.cwd(), 'src'), /node_modules/],
          parser: { dynamicImportMode: 'eager' },
        },
      ],
    },
    plugins: [
      new CopyWebpackPlugin({
        patterns: NESTED.map((directory) => ({
          from: path.join(source(directory), 'img'),
          to: path.join(directory, 'img'),
          noErrorOnMissing: true,
        })),
      }),
    ],
  });

export default config;
