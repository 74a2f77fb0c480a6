import { randomBytes } from 'node:crypto';
import { createAuthenticator, defaultCatalogue, isDenial } from '@flairgate/core';
import {
  type AdministrationContext,
  addGroupMember,
  createKey,
  createUser,
  setGroupPermissions,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';
import { done, operator } from '../flow/running-service.ts';
import { countingStore } from './counting-store.ts';

const LEVELS = 16;
const WIDTH = 4;
const GROUPS = LEVELS * WIDTH;
const NESTINGS = (LEVELS - 1) * WIDTH * WIDTH;

const idOf = (level: number, at: number) => `00000000-0000-4000-8000-${String(level * WIDTH + at).padStart(12, '0')}`;
const count = (most: number) => Array.from({ length: most }, (_, at) => at);

/** Each group of a level is inside each of the next: 4 to the 15th ways from the lowest to the highest. */
async function nestInLayers(store: Store, uid: string): Promise<void> {
  await store.write(async (tx) => {
    for (const level of count(LEVELS)) {
      for (const at of count(WIDTH)) {
        const gid = idOf(level, at);
        await tx.insert('group', {
          gid,
          name: 'g',
          permissions: ['dr.list'],
          createdBy: null,
          createdAt: 0,
          version: 1,
        });
        await tx.insert('groupOwner', { ...sampleRows.groupOwner, gid, uid });
        if (level === 0) await tx.insert('groupMember', { ...sampleRows.groupMember, gid, uid });
        else for (const below of count(WIDTH)) await tx.insert('groupChild', { gid, child: idOf(level - 1, below) });
      }
    }
  });
}

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('groups nested in 16 layers of 4, on %s', (kind) => {
  let database: TestDatabase;
  let counting: ReturnType<typeof countingStore>;
  let context: AdministrationContext;
  let text: string;

  beforeAll(async () => {
    database = await makeDatabase(kind);
    counting = countingStore(await database.open());
    const hasher = createHasher();
    context = {
      store: counting.store,
      catalogue: defaultCatalogue,
      now: Date.now,
      random: randomBytes,
      keyFormat: 'fg',
      hashSecret: (secret) => hasher.hash(secret, { scheme: 'sha256', rounds: 1 }),
      readableIngestionKeys: false,
      committed: async () => undefined,
    };
    const { uid } = await done(createUser(context, operator, { email: 'layers@example.com' }));
    await nestInLayers(counting.store, uid);
    ({ text } = await done(createKey(context, operator, { owner: { kind: 'user', uid }, name: 'laptop' })));
  });
  afterAll(() => database.remove());

  test('groups nested in 16 layers of 4 cost their member one look at each when the key is read', async () => {
    const authenticator = createAuthenticator({ store: counting.store });
    counting.take();
    const found = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
    await authenticator.close();
    expect(isDenial(found)).toBe(false);
    // Beside groups and nestings: the member's places in groups, the key, the user, the revision and settings.
    expect(counting.take().read).toBeLessThanOrEqual(GROUPS + NESTINGS + WIDTH + 40);
  });

  test('groups nested in 16 layers of 4 cost a write under the lock of all security writes no more', async () => {
    const gid = idOf(0, 0);
    counting.take();
    await done(setGroupPermissions(context, operator, { gid: idOf(LEVELS - 1, 0), permissions: [] }));
    expect(counting.take().readUnderLock).toBeLessThanOrEqual(GROUPS + NESTINGS + WIDTH + 40);
    await done(addGroupMember(context, operator, { gid, email: 'second@example.com' }));
    expect(counting.take().readUnderLock).toBeLessThanOrEqual(GROUPS + NESTINGS + 40);
  });
});
