import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { masterKey } from '../../../packages/stores/test/databases.js';
import { sampleRows } from '../../../packages/stores/test/sample-rows.js';

const SIZE = '2m';

/** Mounts a small disk in memory; undefined says that this user may not. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'flairgate-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    if (process.env.CI) throw new Error('skipped: no disk can be mounted');
    process.stderr.write('skipped: this user cannot mount a small disk\n');
    return undefined;
  }
}

const folder = smallDisk();

describe.skipIf(folder === undefined)('a SQLite file on a disk that becomes full', () => {
  let store: Store;
  const file = join(folder ?? '', 'test.db');

  beforeAll(async () => {
    store = await sqliteStore({ file, masterKey });
  });
  afterAll(async () => {
    await store?.close();
    execFileSync('umount', ['--lazy', folder ?? '']);
    rmSync(folder ?? '', { recursive: true });
  });

  const write = (at: number) =>
    store.write((tx) => tx.insert('group', { ...sampleRows.group, gid: `g${at}`, name: 'x'.repeat(2000) }));

  test('a SQLite file on a full disk says so, loses nothing acknowledged, and goes on when there is room', async () => {
    const filler = join(folder ?? '', 'filler');
    let acknowledged = 0;
    let cause: string | undefined;
    await write(acknowledged++);
    writeFileSync(filler, Buffer.alloc(600_000));
    while (cause === undefined) {
      try {
        await write(acknowledged);
        acknowledged += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UnavailableError);
        cause = faultCause(error).text;
      }
    }
    const whileFull = await store.read((tx) => tx.find('group', {}));
    rmSync(filler);
    await write(acknowledged++);
    await store.close();
    store = await sqliteStore({ file, masterKey });
    const after = await store.read((tx) => tx.find('group', {}));
    process.stdout.write(
      `${JSON.stringify({ cause, acknowledged, whileFull: whileFull.length, after: after.length })}\n`,
    );
    expect(cause).toBe('the disk is full');
    expect(whileFull).toHaveLength(acknowledged - 1);
    expect(after).toHaveLength(acknowledged);
  });
});
