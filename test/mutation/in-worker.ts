import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { type RunnerTask, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite, TestRunner } from 'vitest';
import { startTests } from 'vitest/internal/browser';
import { chosen } from './chosen.js';
import { type Work, writeLine } from './log.js';

const SEED = 20_261_130;

const work = JSON.parse(readFileSync(process.env.FLAIRGATE_MUTATION_WORK ?? '', 'utf8')) as Work;
const alive = new Set(work.ids);

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
await load();

/** Loads the built files, and notes the mutants that are run by that alone. */
async function load(): Promise<void> {
  const loaded = new Set<number>();
  chosen.record(loaded);
  try {
    for (const path of work.built) await import(pathToFileURL(path).href);
  } catch (error) {
    const [id = 0] = work.ids;
    if (work.fromStart) writeLine(work.log, { kind: 'killed', id, by: 'the package does not load' });
    throw error;
  }
  chosen.record(undefined);
  writeLine(work.log, { kind: 'loaded', ids: [...loaded] });
}

/**
 * Runs a test file as it is, and notes which mutants each of its tests reaches. Then it runs the file once for each of
 * these mutants, with the tests that reach it, until one fails.
 */
// biome-ignore lint/style/noDefaultExport: Vitest reads a runner as the default export of its file
export default class MutationRunner extends TestRunner {
  readonly #ofFile = new Set<number>();
  readonly #ofTest = new Map<string, Set<number>>();

  override onCollectStart(file: RunnerTestFile): void {
    super.onCollectStart(file);
    this.#ofFile.clear();
    this.#ofTest.clear();
    chosen.record(this.#ofFile);
  }

  override async onBeforeRunSuite(suite: RunnerTestSuite): Promise<void> {
    chosen.record(this.#ofFile);
    await super.onBeforeRunSuite(suite);
  }

  override onBeforeTryTask(test: RunnerTestCase): void {
    super.onBeforeTryTask(test);
    const reached = this.#ofTest.get(test.id) ?? new Set();
    this.#ofTest.set(test.id, reached);
    chosen.record(reached);
  }

  override async onAfterRunFiles(files: RunnerTestFile[] = []): Promise<void> {
    chosen.record(undefined);
    super.onAfterRunFiles();
    for (const file of files) {
      await (work.fromStart ? this.#note(file) : this.#kill(file));
      writeLine(work.log, { kind: 'done', test: file.name });
    }
  }

  /** Notes a test that a mutant fails which was chosen before anything was loaded. */
  #note(file: RunnerTestFile): void {
    const failed = failedTest(file);
    const [id = 0] = work.ids;
    if (failed !== undefined) writeLine(work.log, { kind: 'killed', id, by: `${file.name} > ${failed}` });
  }

  /** Runs the mutants of a file whose tests all pass. */
  async #kill(file: RunnerTestFile): Promise<void> {
    const failed = failedTest(file);
    if (failed !== undefined) return writeLine(work.log, { kind: 'broken', test: `${file.name} > ${failed}`, ids: [] });
    const reached = new Set([...this.#ofFile, ...[...this.#ofTest.values()].flatMap((ids) => [...ids])]);
    writeLine(work.log, { kind: 'reached', ids: [...reached], ms: Math.round(file.result?.duration ?? 0) });
    const killed: number[] = [];
    for (const id of [...alive].filter((each) => reached.has(each))) {
      writeLine(work.log, { kind: 'begun', id });
      const by = await this.#run(file.filepath, id);
      writeLine(
        work.log,
        by === undefined ? { kind: 'survived', id } : { kind: 'killed', id, by: `${file.name} > ${by}` },
      );
      if (by === undefined) continue;
      alive.delete(id);
      killed.push(id);
    }
    // A mutant may have left something behind that fails every later test of the process.
    const broken = killed.length === 0 ? undefined : await this.#run(file.filepath, 0);
    if (broken !== undefined) writeLine(work.log, { kind: 'broken', test: `${file.name} > ${broken}`, ids: killed });
  }

  async #run(path: string, id: number): Promise<string | undefined> {
    const everything = id === 0 || this.#ofFile.has(id);
    const wanted = (test: string): boolean => everything || this.#ofTest.get(test)?.has(id) === true;
    const runner = new OneMutantRunner(this, wanted);
    chosen.choose(id);
    try {
      const [file] = await startTests([path], runner);
      return file === undefined ? 'no file' : failedTest(file);
    } finally {
      chosen.choose(0);
    }
  }
}

/** Runs some of the tests of a file, and none after the first that fails; reports nothing to Vitest. */
class OneMutantRunner extends TestRunner {
  readonly #wanted: (test: string) => boolean;
  #failed = false;

  constructor(outer: TestRunner, wanted: (test: string) => boolean) {
    super(outer.config);
    this.#wanted = wanted;
    Object.defineProperty(this, 'moduleRunner', { value: Reflect.get(outer, 'moduleRunner') });
    this.__setTraces(Reflect.get(outer, '_otel'));
  }

  override importFile(path: string, source: 'collect' | 'setup'): unknown {
    const { evaluatedModules } = Reflect.get(this, 'workerState') as WorkerState;
    const loaded = evaluatedModules.getModuleById(path);
    if (loaded) evaluatedModules.invalidateModule(loaded);
    return super.importFile(path, source);
  }

  onCollected(files: RunnerTestFile[]): void {
    for (const file of files) leaveOut(file, this.#wanted);
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    if (this.#failed) test.mode = 'skip';
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    this.#failed ||= test.result?.state === 'fail';
    super.onAfterRunTask(test);
  }

  override onAfterRunSuite(): Promise<void> {
    return Promise.resolve();
  }
}

interface WorkerState {
  readonly evaluatedModules: {
    getModuleById(id: string): object | undefined;
    invalidateModule(module: object): void;
  };
}

/** Skips the tests that are not wanted, and suites that have no other. */
function leaveOut(task: RunnerTask, wanted: (test: string) => boolean): boolean {
  if (task.mode === 'skip' || task.mode === 'todo') return false;
  const kept = task.type === 'suite' ? task.tasks.filter((each) => leaveOut(each, wanted)).length > 0 : wanted(task.id);
  if (!kept) task.mode = 'skip';
  return kept;
}

/** Returns the name of the first test that failed, or that of the file if it failed in another way. */
function failedTest(task: RunnerTask): string | undefined {
  if (task.type === 'suite') {
    for (const each of task.tasks) {
      const failed = failedTest(each);
      if (failed !== undefined) return failed;
    }
  }
  return task.result?.state === 'fail' ? task.name : undefined;
}
