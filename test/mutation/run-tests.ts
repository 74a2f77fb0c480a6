import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BaseSequencer, startVitest, type TestSpecification } from 'vitest/node';
import type { Work } from './log.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(dirname(here)));

/** Runs short files before long ones, as a mutant ends at the first test that it fails. */
class CheapFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification): number => statSync(moduleId).size;
    return Promise.resolve([...files].sort((a, b) => cost(a) - cost(b)));
  }
}

const work = JSON.parse(readFileSync(process.env.FLAIRGATE_MUTATION_WORK ?? '', 'utf8')) as Work;
const vitest = await startVitest('test', [], {
  config: false,
  root,
  watch: false,
  include: [...work.tests],
  exclude: ['**/node_modules/**'],
  reporters: [{}],
  pool: 'forks',
  execArgv: ['--import', pathToFileURL(join(here, 'register.js')).href],
  isolate: false,
  maxWorkers: 1,
  bail: work.fromStart ? 1 : 0,
  runner: join(here, 'in-worker.js'),
  sequence: { sequencer: CheapFirst },
  testTimeout: 20_000,
  hookTimeout: 20_000,
  expect: { poll: { timeout: 2_000 } },
  server: { deps: { external: [/\/(packages|examples|test)\/[^/]+\/dist\//] } },
});
for (const error of vitest.state.getUnhandledErrors()) process.stderr.write(`${String(error)}\n`);
await vitest.close();
process.exit(0);
