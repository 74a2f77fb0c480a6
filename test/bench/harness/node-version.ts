import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'flairgate-bench');

/** Returns the path of the program of a major version of Node, and installs it from the npm package `node` if needed. */
export function installNode(major: string): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(cache, `node-${major}`);
  const program = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  process.stderr.write(`installing Node ${major}\n`);
  const command = ['install', '--no-audit', '--no-fund', '--no-save', `node@${major}`];
  const { status } = spawnSync('npm', command, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0 || !existsSync(program)) throw new Error(`Node ${major} could not be installed`);
  return program;
}
