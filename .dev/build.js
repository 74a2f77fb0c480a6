// Builds the given TypeScript projects (all of them without arguments) and the console's page, one build at a time in
// this checkout.
//
// `tsc -b` itself knows what is stale, also after a `git pull`. What it does not know is that two of it may run at
// once: the second would truncate files the first one's program is just loading. So a build holds a lock file that
// names its process; a lock whose process is gone is taken over.

// @ts-check
import './require-pnpm.js';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCommonJsTypes } from './cjs-types.js';
import { buildPage } from './page.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'node_modules', '.flairgate-build.lock');
const pollMs = 20;
const longestBuildMs = 300_000;

if (!existsSync(join(root, 'packages', 'core', 'dist'))) {
  process.stderr.write('Building Flairgate for the first time, which takes about a minute ...\n');
}
await acquireLock();
process.on('exit', releaseLock);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
process.exitCode = build(process.argv.slice(2));

/** @param {string[]} projects */
function build(projects) {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const result = spawnSync(process.execPath, [tsc, '-b', ...projects], { cwd: root, stdio: 'inherit' });
  if (result.error) throw result.error;
  if (result.status !== 0) return result.status ?? 1;
  writeCommonJsTypes(root);
  return buildPage(root);
}

async function acquireLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  while (!create(lockFile)) {
    const holder = readHolder();
    if (holder !== undefined && (isOld(lockFile) || isGone(holder))) takeOver(holder);
    await new Promise((done) => setTimeout(done, pollMs));
  }
}

/** Only who creates the claim may remove a dead holder's lock, so that no one removes the lock of a successor.
 * @param {number} holder */
function takeOver(holder) {
  const claim = `${lockFile}.${holder}`;
  if (create(claim)) {
    if (Object.is(readHolder(), holder)) rmSync(lockFile, { force: true });
    rmSync(claim, { force: true });
  } else if (isOld(claim)) rmSync(claim, { force: true });
}

/** @param {number} holder */
function isGone(holder) {
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/** True for a lock file that is so old that it was left behind. Its number can belong to another process by now.
 * @param {string} file */
function isOld(file) {
  try {
    return Date.now() - statSync(file).mtimeMs > longestBuildMs;
  } catch {
    return false;
  }
}

/** @param {string} file */
function create(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function readHolder() {
  try {
    return Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  } catch {
    return undefined;
  }
}

function releaseLock() {
  if (readHolder() === process.pid) rmSync(lockFile, { force: true });
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
