// Packs every package as a release does, and runs the tools of `.dev/release`, which are installed at their first use.

// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pnpm = ['--yes', 'pnpm@12'];

/**
 * Packs the packages into a new folder, calls `use` with the path of each tarball, and removes the folder.
 *
 * @template T
 * @param {(tarballs: readonly string[], folder: string) => Promise<T>} use
 */
export async function withPacked(use) {
  const folder = mkdtempSync(join(tmpdir(), 'flairgate-packed-'));
  try {
    for (const name of readdirSync(join(root, 'packages'))) {
      const cwd = join(root, 'packages', name);
      execFileSync('npx', [...pnpm, 'pack', '--pack-destination', folder], { cwd, stdio: 'pipe' });
    }
    const tarballs = readdirSync(folder).map((name) => join(folder, name));
    return await use(tarballs, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Installs the tools in a folder of `.dev`, which is no part of the workspace: they are large, and most people never
 * need them.
 *
 * @param {string} folder
 */
export function installTools(folder) {
  const cwd = join(root, '.dev', folder);
  execFileSync('npx', [...pnpm, 'install', '--frozen-lockfile'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Reads a tarball: the path of each file without `package/`, and its text on demand.
 *
 * @param {string} tarball
 */
export function readTarball(tarball) {
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8', maxBuffer: 1e8 });
  const files = listed
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('/'))
    .map((path) => path.slice('package/'.length));
  const text = (/** @type {string} */ path) =>
    execFileSync('tar', ['-xOzf', tarball, `package/${path}`], { encoding: 'utf8', maxBuffer: 1e8 });
  const bytes = execFileSync('tar', ['-xOzf', tarball], { maxBuffer: 1e8 }).length;
  const all = () => execFileSync('tar', ['-xOzf', tarball], { encoding: 'latin1', maxBuffer: 1e8 });
  return { files, text, bytes, all, manifest: JSON.parse(text('package.json')) };
}

/**
 * Prints rows as a table of Markdown with columns of equal width.
 *
 * @param {readonly (readonly string[])[]} rows the first is the head
 */
export function printTable(rows) {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  for (const text of [line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)]) console.log(text);
}
