import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests that take minutes: kill and restart, hours of clock, floods. One file at a time, so that they can measure. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/long/**/*.test.ts'],
    passWithNoTests: true,
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
    server: { deps: { external: [/\/(packages|examples)\/[^/]+\/dist\//] } },
  },
});
