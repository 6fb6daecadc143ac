/** Test projects: unit and plugin (beside the code), tidy, golden, e2e (real kernel and libzmq), truth (against what others wrote down), live (real Salt), loss (faults injected into it), container. */
import { defineConfig } from 'vitest/config';

const minutes = (n: number) => n * 60_000;
// Time-outs end what hangs and judge nobody's speed: they are for a machine many times slower than usual.
const patience = { testTimeout: minutes(5), hookTimeout: minutes(5) };
const shared = {
  environment: 'node' as const,
  env: { TZ: 'UTC' },
  setupFiles: ['./test/property-seed.ts'],
  ...patience,
};

/** A suite of test/<name>/ that starts real parts and takes its time; one file at a time, or `workers`. */
function slowProject(name: string, timeoutMs: number, workers = 1) {
  return {
    test: {
      ...shared,
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      fileParallelism: workers > 1,
      maxWorkers: workers,
    },
  };
}

/** The plugin in Chromium, built once before its files run. */
function grafanaProject() {
  const { test } = slowProject('grafana', minutes(10));
  return { test: { ...test, globalSetup: ['./test/grafana/set-up.ts'] } };
}

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['exporter/src/**/*.test.ts'],
        },
      },
      {
        test: { ...shared, name: 'tidy', include: ['test/tidy/**/*.test.ts'] },
      },
      {
        test: {
          ...shared,
          name: 'golden',
          include: ['test/golden/**/*.test.ts'],
        },
      },
      slowProject('alerts', minutes(10), 2),
      slowProject('provisioning', minutes(10)),
      {
        test: {
          ...shared,
          name: 'plugin',
          include: ['grafana-plugin/src/**/*.test.ts', 'grafana-plugin/scripts/**/*.test.ts'],
          globalSetup: ['./test/grafana/packages.ts'],
        },
      },
      slowProject('e2e', minutes(10)),
      slowProject('truth', minutes(15)),
      slowProject('examples', minutes(20)),
      slowProject('live', minutes(40), 2),
      slowProject('container', minutes(40)),
      grafanaProject(),
      // npm run bench -- panel: reports, and is no part of the tests
      {
        test: {
          ...shared,
          name: 'panel-bench',
          include: ['test/bench/panel/*.test.ts'],
          testTimeout: minutes(60),
          globalSetup: ['./test/grafana/set-up.ts'],
        },
      },
      // the long form (npm run loss-bench) plays one fault for an hour
      slowProject('loss-bench', minutes(process.env.LOSS_BENCH === undefined ? 30 : 180)),
    ],
  },
});
