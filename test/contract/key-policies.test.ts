import { randomBytes, randomUUID } from 'node:crypto';
import { createAuthenticator, isDenial } from '@flairgate/core';
import { createHasher } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { PolicyRow, WriteTransaction } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';
import { countingStore } from './counting-store.ts';

const POLICIES = 1000;
/** Rows of one key besides its groups and policies. */
const OWN_ROWS = 8;

interface KeyOfGroups {
  readonly oid: string;
  readonly gids: readonly string[];
  readonly tag: string;
  readonly hash: string;
}

/** Policies of which the first ones name a group each. They are made outside a transaction, which must not pause. */
function policiesFor(oid: string, gids: readonly string[]): readonly PolicyRow[] {
  return Array.from({ length: POLICIES }, (_, at) => {
    const others = Array.from({ length: 20 }, () => [randomUUID(), { deal: ['write' as const] }]);
    const own = gids[at] === undefined ? {} : { [gids[at]]: { deal: ['read' as const] } };
    return { ...sampleRows.policy, oid, name: `p${at}`, grants: { ...Object.fromEntries(others), ...own } };
  });
}

/** Writes the key of an API user in many groups, each of which one policy of the organization names. */
async function writeKeyOfGroups(tx: WriteTransaction, { oid, gids, tag, hash }: KeyOfGroups): Promise<void> {
  const [uid, keyId, identity] = [randomUUID(), randomUUID(), randomUUID()];
  await tx.insert('organization', { ...sampleRows.organization, oid });
  await tx.insert('user', { ...sampleRows.user, uid, oid, email: `${uid}@a.example`, type: 'api' });
  await tx.insert('consent', { uid, oid, acceptedAt: 0 });
  for (const gid of gids) {
    await tx.insert('group', { ...sampleRows.group, gid, permissions: [] });
    await tx.insert('groupMember', { ...sampleRows.groupMember, gid, uid, accepted: true });
  }
  const key = { kind: 'user', oid: null, uid, policy: null, permissions: [], flairs: ['root'], ranges: [] } as const;
  await tx.insert('key', { ...sampleRows.key, ...key, keyId, identity });
  await tx.insert('secret', { ...sampleRows.secret, tag, keyId, hash });
  await tx.insert('identity', { ...sampleRows.identity, id: identity, name: identity });
}

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))(
  'a key of an API user whose organization has 1,000 policies, on %s',
  (kind) => {
    let database: TestDatabase;

    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.remove());

    test.each([1, 3, 4, 12])(
      'a key of an API user whose organization has 1,000 policies reads the %i policies that name its groups and no others',
      async (groups) => {
        const { store, take } = countingStore(await database.open());
        const text = mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
        const oid = randomUUID();
        const gids = Array.from({ length: groups }, () => randomUUID());
        const hash = await createHasher().hash(text, { scheme: 'sha256', rounds: 1 });
        await store.write((tx) => writeKeyOfGroups(tx, { oid, gids, tag: store.material.tag(text), hash }));
        const policies = policiesFor(oid, gids);
        for (let at = 0; at < POLICIES; at += 100) {
          await store.write((tx) => tx.insertAll('policy', policies.slice(at, at + 100)));
        }
        const authenticator = createAuthenticator({ store });
        try {
          take();
          const principal = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
          const { read } = take();
          if (isDenial(principal)) throw new Error(principal.code);
          expect(principal.in(oid)?.permissions).toEqual(['deal.read']);
          // A membership, a group and a policy for each of its groups.
          expect(read).toBeLessThanOrEqual(OWN_ROWS + 3 * groups);
        } finally {
          await authenticator.close();
        }
      },
    );
  },
);
