import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { folderInMemory } from './test/folder-in-memory.ts';

const notTests = ['**/node_modules/**', '**/dist/**'];

/** Node loads the built packages itself, exactly as a user's program would. */
const server = { deps: { external: [/\/(packages|examples)\/[^/]+\/dist\//] } };

/** What Node or a driver deprecates fails the file that uses it. */
const setupFiles = ['test/deprecations.ts'];

/** Databases of the tests, which no test reads again: the disk would be most of what a test waits for. */
const env = folderInMemory();

/** `unit` mirrors one package each, `layout` reads the tree, `whole` runs several packages, servers and databases. */
export default defineConfig({
  test: {
    // Vitest would leave a core free, which on two cores is half of the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: notTests,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Files share a process and the modules they import: loading those for each file would double the time.
          isolate: false,
          env,
          setupFiles,
          server,
        },
      },
      {
        test: { name: 'layout', include: ['test/layout/**/*.test.ts'], exclude: notTests, testTimeout: 60_000, server },
      },
      {
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...notTests, 'test/{layout,bench,outside,long}/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          env,
          setupFiles,
          server,
        },
      },
    ],
  },
});
