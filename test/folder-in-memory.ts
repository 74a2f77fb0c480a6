import { statfsSync } from 'node:fs';

const FOLDER = '/dev/shm';
const NEEDED_BYTES = 2 ** 31;

/**
 * Returns the environment in which `os.tmpdir()` is a folder in memory. Empty where the machine has none, or one that
 * is too small, as in most containers.
 *
 * A file in memory needs no wait for a disk, and SQLite waits for the disk at every commit.
 */
export function folderInMemory(): Readonly<Record<string, string>> {
  if (process.env.TMPDIR !== undefined) return {};
  try {
    const { bavail, bsize } = statfsSync(FOLDER);
    return bavail * bsize >= NEEDED_BYTES ? { TMPDIR: FOLDER } : {};
  } catch {
    return {};
  }
}
