import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { folderInMemory } from './test/folder-in-memory.ts';
import { SCREENS } from './test/screens.ts';

const notTests = ['**/node_modules/**', '**/dist/**'];

/** Node loads the built packages itself, exactly as a user's program would. */
const server = { deps: { external: [/\/(packages|examples)\/[^/]+\/dist\//] } };

/** A busy machine takes longer than the second that Vitest polls for. */
const poll = { timeout: 30_000 };

/** What Node or a driver deprecates fails the file that uses it. */
const setupFiles = ['test/deprecations.ts'];

/** A folder in memory for databases of the tests: the disk would be most of what a test waits for. */
const env = folderInMemory();

/** Options of the projects that run programs. */
const running = {
  exclude: notTests,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll },
  // Files share a process and the modules that they import: to load these for each file takes as long as its tests.
  isolate: false,
  env,
  setupFiles,
  server,
};

/**
 * `unit` mirrors one package each, `layout` reads the tree, `whole` and `apart` run several packages, servers and
 * databases.
 */
export default defineConfig({
  test: {
    // Vitest would leave a core free, which on two cores is half of the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { test: { ...running, name: 'unit', include: ['packages/*/test/**/*.test.ts'] } },
      {
        test: { name: 'layout', include: ['test/layout/**/*.test.ts'], exclude: notTests, testTimeout: 60_000, server },
      },
      {
        test: {
          ...running,
          name: 'whole',
          include: ['test/{browser,docs,flow,vectors}/**/*.test.ts'],
          exclude: [...notTests, SCREENS],
        },
      },
      {
        test: {
          ...running,
          name: 'apart',
          include: ['test/{attacks,cluster,contract,deploy,property}/**/*.test.ts'],
          // These hold locks, count what a store is asked, and measure: what another file left running would count too.
          isolate: true,
        },
      },
    ],
  },
});
