import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type LogLine, readLines, type Work } from './log.js';

/** Mutants to run against test files. */
export interface Job {
  /** Folder of the mutated files. Files of the job are written there, too. */
  readonly folder: string;
  readonly name: string;
  readonly built: readonly string[];
  readonly tests: readonly string[];
  readonly ids: readonly number[];
  readonly fromStart?: boolean;
}

/** Fates of the mutants of a job. */
export interface JobResult {
  /** By id, the test that fails. */
  readonly killed: ReadonlyMap<number, string>;
  /** Mutants that never end. */
  readonly endless: ReadonlySet<number>;
  readonly reached: ReadonlySet<number>;
  readonly loaded: ReadonlySet<number>;
  /** Killed in a process whose tests fail without a mutant, too: to be run alone. */
  readonly doubtful: ReadonlySet<number>;
  /** Tests that fail without a mutant. */
  readonly broken: readonly string[];
}

const program = fileURLToPath(new URL('run-tests.js', import.meta.url));
const LEAST_WAIT_MS = 30_000;
const START_MS = 300_000;
const POLL_MS = 250;

/**
 * Runs the mutants of a job in processes of their own. One that never ends costs its process, the rest get another. A
 * process that ends before all its test files are done is tried again once; then the run fails.
 */
export async function runWork(job: Job): Promise<JobResult> {
  const lines: LogLine[] = [];
  const endless = new Set<number>();
  let open = job.ids;
  let losses = 0;
  for (let process = 1; open.length > 0; process++) {
    const log = join(job.folder, `${job.name}-${process}.log`);
    const stopped = await runProcess({ ...job, ids: open }, log);
    const written = readLines(log);
    lines.push(...written);
    if (stopped !== undefined) endless.add(stopped);
    else if (isComplete(job, written)) break;
    else if (losses++ > 0) throw new Error(lossOf(job, written, log));
    const killed = new Set(lines.flatMap((line) => (line.kind === 'killed' ? [line.id] : [])));
    open = open.filter((id) => !endless.has(id) && !killed.has(id));
  }
  return { ...resultOf(lines), endless };
}

/** True if every test file is done; with a mutant from the start, one that fails is enough. */
function isComplete(job: Job, lines: readonly LogLine[]): boolean {
  if (job.fromStart === true && lines.some(({ kind }) => kind === 'killed')) return true;
  return missingTests(job, lines).length === 0;
}

function missingTests({ tests }: Job, lines: readonly LogLine[]): readonly string[] {
  const done = new Set(lines.flatMap((line) => (line.kind === 'done' ? [line.test] : [])));
  return tests.filter((test) => !done.has(test));
}

function lossOf(job: Job, lines: readonly LogLine[], log: string): string {
  const last = lines.at(-1);
  const place = last?.kind === 'begun' ? `mutant ${last.id}` : missingTests(job, lines)[0];
  return `the process ended twice without a result, at ${place}: ${log}`;
}

/** Returns the mutant at which the process had to be ended. */
async function runProcess(job: Job, log: string): Promise<number | undefined> {
  const file = `${log}.work.json`;
  const { built, tests, ids, fromStart = false } = job;
  const work: Work = { log, built, tests, ids, fromStart };
  rmSync(log, { force: true });
  writeFileSync(file, JSON.stringify(work));
  const env = { ...process.env, FLAIRGATE_MUTATED: job.folder, FLAIRGATE_MUTATION_WORK: file };
  const chosen = fromStart ? { FLAIRGATE_MUTANT: String(ids[0] ?? 0) } : {};
  const child = spawn(process.execPath, [program], {
    env: { ...env, ...chosen },
    stdio: 'ignore',
    detached: true,
  });
  running.add(child);
  return await watch(child, log, fromStart ? ids[0] : undefined).finally(() => running.delete(child));
}

const running = new Set<ChildProcess>();

/** Ends the processes that still run. */
export function endProcesses(): void {
  for (const child of running) end(child);
}

function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

async function watch(child: ChildProcess, log: string, only: number | undefined): Promise<number | undefined> {
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  let [seen, since] = [0, Date.now()];
  while (!exited) {
    await pause(POLL_MS);
    const lines = readLines(log);
    if (lines.length !== seen) [seen, since] = [lines.length, Date.now()];
    const last = lines.at(-1);
    if (Date.now() - since < longestWait(lines)) continue;
    end(child);
    if (only !== undefined) return only;
    if (last?.kind === 'begun') return last.id;
    throw new Error(`the tests did not start or end: ${log}`);
  }
  return undefined;
}

/** A run with a mutant may take several times as long as the slowest file without one. */
function longestWait(lines: readonly LogLine[]): number {
  const slowest = Math.max(0, ...lines.map((line) => (line.kind === 'reached' ? line.ms : 0)));
  return lines.at(-1)?.kind === 'begun' ? Math.max(LEAST_WAIT_MS, 4 * slowest) : START_MS;
}

function resultOf(lines: readonly LogLine[]): Omit<JobResult, 'endless'> {
  const ids = (kind: 'reached' | 'loaded' | 'broken'): Set<number> =>
    new Set(lines.flatMap((line) => (line.kind === kind ? line.ids : [])));
  return {
    killed: new Map(lines.flatMap((line) => (line.kind === 'killed' ? [[line.id, line.by] as const] : []))),
    reached: ids('reached'),
    loaded: ids('loaded'),
    doubtful: ids('broken'),
    broken: lines.flatMap((line) => (line.kind === 'broken' && line.ids.length === 0 ? [line.test] : [])),
  };
}
