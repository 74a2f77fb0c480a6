import { type BigIntStats, statSync } from 'node:fs';
import { UnavailableError } from '@flairgate/core';

/** What is read is checked this often; what is written, always. */
const READS_MS = 100;

export interface FileIdentity {
  /** @throws UnavailableError */
  assertSame(): void;
  /** The same for reads, which cost less than the check does: it may be late by a tenth of a second. */
  assertSameLately(): void;
}

/**
 * Returns checks that the files of a database are still those that were opened.
 *
 * A file that was deleted or replaced goes on to work for the process that has it open, and all it writes is lost.
 */
export function fileIdentity(path: string): FileIdentity {
  // Another process that closes the database leaves the log alone while this one has it open.
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
