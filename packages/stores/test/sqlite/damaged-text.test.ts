import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@flairgate/core';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { sampleRows } from '../sample-rows.js';

/** libsql itself ends the process for such a text. */
test('a stored text that is not UTF-8 makes the reads of its row fail, and no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  const file = join(folder, 'test.db');
  const store = await sqliteStore({ file });
  try {
    const [damaged, whole] = ['damaged', 'whole'].map((oid) => ({
      ...sampleRows.organization,
      oid,
      name: 'ëé🔑',
    }));
    if (damaged === undefined || whole === undefined) throw new Error('there are two');
    await store.write((tx) => tx.insertAll('organization', [damaged, whole]));
    const handle = new Libsql(file);
    handle.exec("update flairgate_organization set name = cast(x'6fff65' as text) where oid = 'damaged'");
    handle.close();
    const read = (oid: string) => store.read((tx) => tx.get('organization', { oid }));
    await expect(read('damaged')).rejects.toThrow(UnavailableError);
    await expect(store.read((tx) => tx.find('organization', {}))).rejects.toThrow(UnavailableError);
    await expect(read('whole')).resolves.toEqual(whole);
    const key = { tag: 'tag', keyId: null, setting: 'none' };
    await store.write(async (tx) => {
      await tx.insert('key', { ...sampleRows.key, keyId: 'k', oid: 'damaged' });
      await tx.insert('secret', { ...sampleRows.secret, tag: 'tag', keyId: 'k' });
    });
    await expect(store.rowsOfKey?.(key)).rejects.toThrow(UnavailableError);
    await store.write((tx) => tx.update('key', { keyId: 'k' }, { oid: 'whole' }));
    expect(await store.rowsOfKey?.(key)).toMatchObject({ organization: [whole] });
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
});
