import { type BigIntStats, statSync } from 'node:fs';
import { UnavailableError } from '@flairgate/core';

/**
 * Minimum time between two checks of the files before a read, in milliseconds. Before and after a write, the files are
 * always checked.
 */
const READS_MS = 100;

export interface FileIdentity {
  /**
   * Asserts that the files are still those that were opened. @throws UnavailableError if a file was deleted or replaced
   */
  assertSame(): void;
  /** Same as `assertSame`, but checks at most ten times a second, because the check costs more than a read. */
  assertSameLately(): void;
}

/**
 * Returns functions that check that the paths of a database still lead to the files that were opened.
 *
 * Without these checks, a process would not notice that a database file was deleted or replaced: it could still write
 * to the opened file, but all these writes would be lost.
 */
export function fileIdentity(path: string): FileIdentity {
  // The log file is checked too. No other process deletes it when closing the database, because this process has the
  // database open.
  const opened = [path, `${path}-wal`].map((name) => ({ name, identity: identityOf(name) }));
  let checkedAt = Number.NEGATIVE_INFINITY;
  const assertSame = () => {
    for (const { name, identity } of opened) {
      if (identity === undefined || identityOf(name) === identity) continue;
      throw new UnavailableError('store', new Error(GONE));
    }
    checkedAt = performance.now();
  };
  return {
    assertSame,
    assertSameLately() {
      if (performance.now() - checkedAt >= READS_MS) assertSame();
    },
  };
}

const GONE = 'the database file was deleted or replaced; stop this process and put the file back';

function identityOf(path: string): string | undefined {
  const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
