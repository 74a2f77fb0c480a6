import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutatedPath } from './load-mutated.js';
import { type Mutant, mutate } from './mutate.js';
import { report } from './report.js';
import type { Result } from './results.js';
import { endProcesses, type Job, runWork } from './run-work.js';
import { type Target, targets } from './targets.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(dirname(here)));
const folder = join(here, '.mutated');
const resultsFile = join(here, 'results.json');

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    tables: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2' },
    report: { type: 'boolean' },
  },
});

interface Planned {
  readonly target: Target;
  readonly mutants: readonly Mutant[];
  readonly job: Job;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    endProcesses();
    process.exit(130);
  });
}

const sources = filesUnder('packages').filter((path) => /\/src\/.*\.ts$/.test(path));
const tests = [...filesUnder('packages'), ...filesUnder('test')].filter((path) => path.endsWith('.test.ts'));

const results = values.report === true ? readResults() : await runAll().finally(endProcesses);
process.exitCode = report(results, { root, partial: values.only !== undefined });

async function runAll(): Promise<readonly Result[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wanted = values.only?.split(',');
  const planned = plan().filter(
    ({ target }) => wanted === undefined || wanted.some((word) => target.name.includes(word)),
  );
  const found: Result[] = [];
  await each(planned, async (one) => void found.push(...(await runTarget(one))));
  const others = wanted === undefined ? [] : readResults();
  const files = new Set(found.map(({ file }) => file));
  const all = [...others.filter(({ file }) => !files.has(file)), ...found];
  const sorted = all.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.id - b.id));
  writeFileSync(resultsFile, JSON.stringify(sorted));
  return sorted;
}

/** Makes the mutants of every target, and writes the mutated files. */
function plan(): readonly Planned[] {
  let firstId = 1;
  const taken = new Set<string>();
  return targets.map((target, index) => {
    const files = sources.filter((path) => !taken.has(path) && target.files.some((pattern) => pattern.test(path)));
    const mutants: Mutant[] = [];
    for (const file of files) {
      taken.add(file);
      const built = builtPath(file);
      const mutated = mutate({ file, text: readFileSync(built, 'utf8'), firstId, tables: values.tables });
      firstId += mutated.mutants.length;
      mutants.push(...mutated.mutants);
      writeFileSync(mutatedPath(folder, built) ?? '', mutated.text);
    }
    const job: Job = {
      folder,
      name: String(index),
      built: [...files.map(builtPath), ...entries()],
      tests: tests.filter((path) => target.tests.some((pattern) => pattern.test(path))),
      ids: mutants.map(({ id }) => id),
    };
    return { target, mutants, job };
  });
}

async function runTarget({ target, mutants, job }: Planned): Promise<readonly Result[]> {
  const started = Date.now();
  const first = await runWork(job);
  for (const test of first.broken) process.stderr.write(`fails without a mutant, so it kills none: ${test}\n`);
  const [killed, endless] = [new Map(first.killed), new Set(first.endless)];
  const alone = async (id: number, fromStart: boolean): Promise<void> => {
    killed.delete(id);
    const one = await runWork({ ...job, name: `${job.name}-${id}`, ids: [id], fromStart });
    for (const [each, by] of one.killed) killed.set(each, by);
    for (const each of one.endless) endless.add(each);
  };
  for (const id of first.doubtful) await alone(id, false);
  const missed = (id: number): boolean => !killed.has(id) && !endless.has(id);
  for (const id of [...first.loaded].filter((each) => job.ids.includes(each) && missed(each))) await alone(id, true);
  const results = mutants.map((mutant): Result => {
    const by = killed.get(mutant.id);
    if (by !== undefined) return { ...mutant, fate: 'killed', by };
    if (endless.has(mutant.id)) return { ...mutant, fate: 'endless' };
    const reached = first.reached.has(mutant.id) || first.loaded.has(mutant.id);
    return { ...mutant, fate: reached ? 'survived' : 'unreached' };
  });
  process.stdout.write(`${target.name}: ${mutants.length} mutants, ${Math.round((Date.now() - started) / 1000)} s\n`);
  return results;
}

async function each<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const open = [...items].reverse();
  const worker = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) await run(next);
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));
}

function readResults(): readonly Result[] {
  return existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as readonly Result[]) : [];
}

/** Entries of the packages, which call what they need to be complete. */
function entries(): readonly string[] {
  const names = ['index', 'administration', 'resources', 'tokens', 'store', 'internal'];
  return [...names.map((name) => `core/dist/${name}.js`), 'express/dist/index.js'].map((path) =>
    join(root, 'packages', path),
  );
}

function builtPath(source: string): string {
  return join(root, source.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
}

function filesUnder(path: string): readonly string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    return entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : [`${path}/${entry.name}`];
  });
}
