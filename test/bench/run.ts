import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Figure, parseFigure } from './harness/figure.js';
import { installNode } from './harness/node-version.js';
import { benchArguments, type Command, parseCommand } from './harness/options.js';
import { installPeers } from './harness/peers.js';
import { judgeTargets, shortfalls, tableOf } from './table.js';

/**
 * Runs the benchmarks whose names contain one of the arguments (none = all), each in a process of its own so that none
 * warms up another. Prints their JSON lines, then one table, then what falls short of its target.
 *
 * Gives the exit code: 1 where one did not end well, or, with `--check`, where a target is missed.
 */
async function runBenchmarks(command: Command): Promise<number> {
  const files = benchFiles(command.rooms);
  if (files.length === 0) throw new TypeError('no benchmark has that name');
  installPeers();
  const figures = new Map<string, Figure>();
  let failed = false;
  for (const file of files) {
    const code = await runOne(file, command, (figure) => figures.set(figure.name, figure));
    if (code !== 0) failed = true;
  }
  const verdicts = judgeTargets(figures);
  const table = tableOf(verdicts, figures);
  const short = shortfalls(verdicts);
  const lines = [table, '', ...(short.length === 0 ? [] : ['Falls short:', ...short.map((line) => `- ${line}`)])];
  process.stdout.write(`\n${lines.join('\n')}\n`);
  if (command.out !== undefined) writeReport(command, command.out, figures, lines);
  return failed || (command.check && short.length > 0) ? 1 : 0;
}

function benchFiles(rooms: readonly string[]): readonly string[] {
  const here = import.meta.dirname;
  return readdirSync(here)
    .filter((name) => name.endsWith('.bench.js'))
    .filter((name) => rooms.length === 0 || rooms.some((room) => name.includes(room)))
    .sort()
    .map((name) => join(here, name));
}

async function runOne(file: string, command: Command, found: (figure: Figure) => void): Promise<number> {
  const child = spawn(process.execPath, ['--expose-gc', file, ...benchArguments(command)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    const figure = parseFigure(line);
    if (figure !== undefined) found(figure);
  }
  const [code] = await exited;
  return typeof code === 'number' ? code : 1;
}

/** Writes the figures as JSON lines to a file, and the table beside it. */
function writeReport(command: Command, out: string, figures: ReadonlyMap<string, Figure>, lines: string[]): void {
  mkdirSync(dirname(out), { recursive: true });
  const [cpu] = cpus();
  const { seconds, rounds } = command;
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? 'unknown'}`;
  const about = `${new Date().toISOString().slice(0, 10)}, ${machine}, ${rounds} rounds of ${seconds} s.`;
  writeFileSync(`${out}.jsonl`, `${[...figures.values()].map((figure) => JSON.stringify(figure)).join('\n')}\n`);
  writeFileSync(`${out}.md`, `${about}\n\n${lines.join('\n')}\n`);
}

/** Runs this command again on another version of Node. Its children run on the Node that runs it. */
function runOn(program: string): number {
  const args = process.argv.slice(2).filter((argument, at, all) => !isNodeOption(argument, all[at - 1]));
  return spawnSync(program, [...process.execArgv, process.argv[1] ?? '', ...args], { stdio: 'inherit' }).status ?? 1;
}

function isNodeOption(argument: string, before: string | undefined): boolean {
  return argument === '--node' || argument.startsWith('--node=') || before === '--node';
}

const command = parseCommand(process.argv.slice(2));
const program = command.node === undefined ? process.execPath : installNode(command.node);
process.exitCode = program === process.execPath ? await runBenchmarks(command) : runOn(program);
