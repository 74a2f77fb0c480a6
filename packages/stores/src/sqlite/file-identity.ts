import { type BigIntStats, statSync } from 'node:fs';
import { UnavailableError } from '@flairgate/core';

/** Minimum time between two checks before reads, in milliseconds. Writes are always checked. */
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
 * Returns functions that check that the files of a database are still those that were opened.
 *
 * A process can still write to a database file that was deleted or replaced, but all those writes are lost.
 */
export function fileIdentity(path: string): FileIdentity {
  // The log file is checked too: if another process closes the database, it keeps the log while this process has it
  // open.
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
