// Builds the pages of the console package where they are stale.

// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Sources of the pages, relative to the top of the checkout. */
const SOURCES = ['packages/console/src/page', 'packages/console/src/docs', 'packages/client/dist'];

/**
 * Runs Vite for the console and for the page of the API, unless they were built from exactly these files. What counts is their content: a checkout of another
 * branch changes times, and a deleted file has none.
 *
 * @param {string} root
 */
export function buildPage(root) {
  // A build of core or the stores alone has no client to put into it.
  if (!SOURCES.every((source) => existsSync(join(root, source)))) return 0;
  const folder = join(root, 'packages', 'console');
  const vite = dirname(createRequire(join(folder, 'package.json')).resolve('vite/package.json'));
  const settings = [join(folder, 'vite.config.ts'), join(folder, 'package.json'), join(vite, 'package.json')];
  const digest = digestOf([...SOURCES.flatMap((source) => filesOf(join(root, source))), ...settings]);
  const stamp = join(folder, 'dist', '.page-stamp');
  if (read(stamp) === digest) return 0;
  for (const mode of ['production', 'docs']) {
    const command = [join(vite, 'bin', 'vite.js'), 'build', '--mode', mode];
    const result = spawnSync(process.execPath, command, { cwd: folder, stdio: 'inherit' });
    if (result.error) throw result.error;
    if (result.status !== 0) return result.status ?? 1;
  }
  writeFileSync(stamp, digest);
  return 0;
}

/** @param {string} folder */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tsbuildinfo'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** @param {readonly string[]} files */
function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
