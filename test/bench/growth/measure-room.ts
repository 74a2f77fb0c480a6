import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { createBulkDatabase, type Database } from '../harness/bulk-database.js';
import { figureOf, median, printFigure } from '../harness/figure.js';
import { contextOf } from '../harness/fixture.js';
import { type BenchOptions, isWanted } from '../harness/options.js';
import { growthName, type RoomName } from './case-names.js';
import { fitExponent, type Point } from './exponent.js';
import type { GrowthCase, GrowthRoom } from './room.js';

/** Values of each case, by its name, from the smallest size to the largest. */
type Course = Map<string, Point[]>;

/** Signals that end a run early. The database is removed first. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Grows a room step by step, measures every case at each size, and prints the exponents. Returns their number. */
export async function measureRoom<R extends RoomName>(
  room: GrowthRoom<R>,
  database: Database,
  options: BenchOptions,
): Promise<number> {
  if (!isWanted(`${room.name}, ${database}`, options)) return 0;
  const sizes = sizesOf(room, database, options);
  const opened = await createBulkDatabase(database);
  const course: Course = new Map();
  const leave = () => void opened.remove().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, leave);
  try {
    const growing = await room.begin({ ...opened, context: contextOf(opened.store) });
    try {
      let before = 0;
      for (const size of sizes) {
        await growing.grow(before, size);
        before = size;
        const cases: Readonly<Record<string, GrowthCase>> = await growing.cases(size);
        for (const [name, each] of Object.entries(cases)) {
          const value = await measure(growthName(room.name, name, database), size, each, { database, options });
          course.set(name, [...(course.get(name) ?? []), { size, value }]);
        }
      }
    } finally {
      await growing.close?.();
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, leave);
    await opened.remove();
  }
  for (const [name, points] of course) printExponent(growthName(room.name, name, database), points);
  return course.size;
}

/** Sizes of a smoke run: only checks that every case does what it should. */
const SMOKE_SIZES = 2;
const MOST_SMOKE_ROWS = 1000;
const SMOKE_RUNS = 2;

function sizesOf(room: GrowthRoom, database: Database, { smoke, full }: BenchOptions): readonly number[] {
  const { usual, full: more = [] } = room.sizes[database];
  if (smoke) return usual.filter((size) => size <= MOST_SMOKE_ROWS).slice(0, SMOKE_SIZES);
  const wanted = full ? [...usual, ...more] : usual;
  const { bavail, bsize } = statfsSync(tmpdir());
  // Half of what is free: the log that is written ahead, and others on the machine.
  const fitting = wanted.filter((size) => size * room.bytesPerRow < (bavail * bsize) / 2);
  if (fitting.length < wanted.length) process.stderr.write(`left out: the disk is too small for ${wanted.at(-1)}\n`);
  return fitting;
}

/** Milliseconds for each case and size, for each second of `--seconds`. */
const BUDGET_MS = 100;
const WARM_UPS = 3;
const LEAST_RUNS = 5;
const MOST_RUNS = 200;
/** A case whose preparation takes long does not run longer than this many budgets. */
const MOST_BUDGETS = 5;

interface Way {
  readonly database: Database;
  readonly options: BenchOptions;
}

async function measure(name: string, size: number, each: GrowthCase, way: Way): Promise<number> {
  const unit = each.bytes === undefined ? 'ns' : 'bytes';
  const samples = each.bytes === undefined ? await timesOf(each, way) : [await each.bytes()];
  printFigure(`${name}/${size}`, unit, samples);
  return median(samples);
}

async function timesOf({ ready, run, mostRuns: given = MOST_RUNS }: GrowthCase, way: Way): Promise<readonly number[]> {
  const { seconds, smoke } = way.options;
  const budget = BUDGET_MS * seconds;
  const mostRuns = smoke ? Math.min(given, SMOKE_RUNS) : given;
  const now = way.database === 'SQLite' ? cpuMs : wallMs;
  const samples: number[] = [];
  const started = performance.now();
  let spent = 0;
  for (let done = 0; samples.length < mostRuns; done += 1) {
    await ready?.();
    await setImmediate();
    const before = now();
    await run?.();
    const elapsed = now() - before;
    if (done < WARM_UPS && mostRuns > WARM_UPS) continue;
    samples.push(elapsed * 1e6);
    spent += elapsed;
    const enough = samples.length >= Math.min(LEAST_RUNS, mostRuns) && spent >= budget;
    if (enough || performance.now() - started > MOST_BUDGETS * budget) break;
  }
  return samples;
}

function wallMs(): number {
  return performance.now();
}

/** CPU time of this process, in which SQLite works too. Waiting for the disk would hide what grows. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function printExponent(name: string, points: readonly Point[]): void {
  const { exponent, error, residual, lastStep } = fitExponent(points);
  const figure = figureOf(`${name}/exponent`, 'exponent', [exponent]);
  const spread = { low: rounded(exponent - error), high: rounded(exponent + error), samples: points.length };
  process.stdout.write(`${JSON.stringify({ ...figure, value: rounded(exponent), ...spread })}\n`);
  printFigure(`${name}/residual`, 'ratio', [residual]);
  printFigure(`${name}/last step`, 'exponent', [lastStep]);
  const [first, last] = [points[0], points.at(-1)];
  const unit = name.includes(': heap') ? 'bytes' : 'ns';
  if (first !== undefined) printFigure(`${name}/smallest`, unit, [first.value]);
  if (last !== undefined) printFigure(`${name}/largest`, unit, [last.value]);
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
