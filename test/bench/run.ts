import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs every built benchmark, or those whose names contain one of the arguments, each in a process of its own so that
 * none warms up another. A benchmark prints JSON lines; the exit code says whether all of them ended well.
 */
function runBenchmarks(wanted: readonly string[]): number {
  const here = import.meta.dirname;
  const files = readdirSync(here)
    .filter((name) => name.endsWith('.bench.js'))
    .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    .sort();
  if (files.length === 0) console.error('No benchmark has that name.');
  const codes = files.map(
    (name) => spawnSync(process.execPath, ['--expose-gc', join(here, name)], { stdio: 'inherit' }).status,
  );
  return files.length > 0 && codes.every((code) => code === 0) ? 0 : 1;
}

process.exitCode = runBenchmarks(process.argv.slice(2));
