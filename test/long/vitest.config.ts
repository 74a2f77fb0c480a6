import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SCREENS } from '../screens.ts';

/** Properties that `test` runs with a fifth of their runs. */
const properties = [
  'test/attacks/guard-faults.test.ts',
  'test/property/**/*.test.ts',
  'test/flow/every-route/texts.test.ts',
  'packages/core/test/administration/{restore,no-escalation}.test.ts',
  'packages/server/test/management/explain.test.ts',
  'packages/stores/test/sqlite/version.test.ts',
];

/**
 * Tests that take minutes: kill and restart, hours of clock, floods, single screens, all runs of the properties. One file
 * at a time, so that they can measure.
 */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/long/**/*.test.ts', SCREENS, ...properties],
    env: { FULL_RUNS: '1' },
    passWithNoTests: true,
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    setupFiles: ['test/deprecations.ts'],
    server: { deps: { external: [/\/(packages|examples)\/[^/]+\/dist\//] } },
  },
});
