/** Test projects: unit (beside the code), tidy, golden, e2e (real kernel and libzmq), live (real Salt), container. */
import { defineConfig } from 'vitest/config';

const shared = { environment: 'node' as const, env: { TZ: 'UTC' } };
const minutes = (n: number) => n * 60_000;

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

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['exporter/src/**/*.test.ts'],
          // Property tests take seconds on a busy machine.
          testTimeout: 30_000,
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
      slowProject('e2e', minutes(3)),
      slowProject('examples', minutes(3)),
      slowProject('live', minutes(15), 2),
      slowProject('container', minutes(20)),
    ],
  },
});
