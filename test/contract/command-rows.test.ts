import { randomBytes } from 'node:crypto';
import { createAuthenticator, defaultCatalogue, isDenial } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  createUser,
  deactivateUser,
  deleteGroup,
  deletePolicy,
  grantPermissions,
  inviteUser,
  nestGroup,
  putPolicy,
  removeGroupMember,
  removeGroupOrganization,
  removeGroupOwner,
  revokeKey,
  rotateKey,
  setGroupPermissions,
  setKeyState,
  unnestGroup,
  updateKey,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';
import { done, operator } from '../flow/running-service.ts';
import { countingStore } from './counting-store.ts';

/** Members of the group that the commands work on, beside what others own in the same database. */
const MEMBERS = 500;
const OTHERS = 3000;
const PLACE = { accepted: true, giver: null, address: null };

const count = (most: number) => Array.from({ length: most }, (_, at) => at);
const idOf = (kind: number, at: number) => `0000000${kind}-0000-4000-8000-${String(at).padStart(12, '0')}`;

/** Another tenant with groups, members, keys and policies, none of which a command of this one may read. */
async function fillOthers(store: Store): Promise<void> {
  const group = { name: 'g', permissions: ['dr.list'], createdBy: null, createdAt: 0, version: 1 };
  await store.write(async (tx) => {
    await tx.insert('organization', { ...sampleRows.organization, oid: idOf(9, 0) });
    await tx.insertAll(
      'group',
      count(OTHERS).map((at) => ({ ...group, gid: idOf(1, at) })),
    );
    await tx.insertAll(
      'groupMember',
      count(OTHERS).map((at) => ({ ...PLACE, gid: idOf(1, 0), uid: idOf(2, at) })),
    );
    await tx.insertAll(
      'groupChild',
      count(OTHERS - 1).map((at) => ({ gid: idOf(1, at), child: idOf(1, at + 1) })),
    );
    await tx.insertAll(
      'policy',
      count(OTHERS).map((at) => ({ oid: idOf(9, 0), name: `p${at}`, grants: { [idOf(1, at)]: {} }, version: 1 })),
    );
  });
}

/** Members of a group that are in nothing else, and have accepted the organization. */
async function fillGroup(store: Store, gid: string, oid: string): Promise<void> {
  const rest = { type: 'standard', oid: null, active: true, createdAt: 0 } as const;
  await store.write(async (tx) => {
    const uids = count(MEMBERS).map((at) => idOf(3, at));
    await tx.insertAll(
      'user',
      uids.map((uid, at) => ({ ...rest, uid, email: `m${at}@example.com` })),
    );
    await tx.insertAll(
      'groupMember',
      uids.map((uid) => ({ ...PLACE, gid, uid })),
    );
    await tx.insertAll(
      'consent',
      uids.map((uid) => ({ uid, oid, acceptedAt: 0 })),
    );
  });
}

/**
 * Rows that a command reads and writes under the lock. A command of one thing takes `few`; one about a group reads its
 * places once to judge, again for what comes of it, and once to note whom it touched; each time with what its users have accepted.
 */
const FEW = 60;
const WHOLE_GROUP = 16 * MEMBERS + FEW;

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))(
  'under the lock of all security writes, on %s',
  (kind) => {
    let database: TestDatabase;
    let counting: ReturnType<typeof countingStore>;
    let context: AdministrationContext;
    let actor: () => Promise<Actor>;
    let stop: () => Promise<void>;
    const made = { oid: '', uid: '', gid: '', inner: '', keyId: '' };

    beforeAll(async () => {
      database = await makeDatabase(kind);
      counting = countingStore(await database.open());
      const { store } = counting;
      const hasher = createHasher();
      const authenticator = createAuthenticator({ store });
      stop = () => authenticator.close();
      context = {
        store,
        catalogue: defaultCatalogue,
        now: Date.now,
        random: randomBytes,
        keyFormat: 'fg',
        hashSecret: (secret) => hasher.hash(secret, { scheme: 'sha256', rounds: 1 }),
        readableIngestionKeys: false,
        committed: () => authenticator.revision.sync(),
      };
      await fillOthers(store);
      made.uid = (await done(createUser(context, operator, { email: 'owner@example.com' }))).uid;
      const { text } = await done(
        createKey(context, operator, { owner: { kind: 'user', uid: made.uid }, name: 'laptop' }),
      );
      actor = async () => {
        const principal = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
        if (isDenial(principal)) throw new Error(`refused: ${principal.reason}`);
        return { kind: 'principal', principal, address: undefined };
      };
      made.oid = (await done(createOrganization(context, await actor(), { name: 'Own' }))).oid;
      made.gid = (await done(createGroup(context, await actor(), { name: 'Outer' }))).gid;
      made.inner = (await done(createGroup(context, await actor(), { name: 'Inner' }))).gid;
      await fillGroup(store, made.inner, made.oid);
      await done(createUser(context, operator, { email: 'other@example.com' }));
    }, 120_000);
    afterAll(async () => {
      await stop();
      await database.remove();
    });

    const owner = () => ({ kind: 'organization', oid: made.oid }) as const;
    const member = { email: 'other@example.com' };
    const key = () => ({ oid: made.oid, keyId: made.keyId });
    const policy = () => ({ oid: made.oid, name: 'p' });

    /** In an order in which each finds what it needs. */
    const commands: readonly (readonly [string, number, (actor: Actor) => Promise<unknown>])[] = [
      ['createOrganization', FEW, (by) => done(createOrganization(context, by, { name: 'Next' }))],
      ['createGroup', FEW, (by) => done(createGroup(context, by, { name: 'Next' }))],
      [
        'createKey',
        FEW,
        async (by) => {
          made.keyId = (await done(createKey(context, by, { owner: owner(), name: 'k' }))).keyId;
        },
      ],
      ['updateKey', FEW, (by) => done(updateKey(context, by, { ...key(), version: '*', ranges: ['127.0.0.0/8'] }))],
      ['rotateKey', FEW, (by) => done(rotateKey(context, by, { ...key(), overlapSeconds: 0 }))],
      ['setKeyState', FEW, (by) => done(setKeyState(context, by, key(), 'disabled'))],
      ['revokeKey', FEW, (by) => done(revokeKey(context, by, key()))],
      ['createApiUser', FEW, (by) => done(createApiUser(context, by, { oid: made.oid, name: 'api' }))],
      ['inviteUser', FEW, (by) => done(inviteUser(context, by, { oid: made.oid, email: 'new@example.com' }))],
      [
        'grantPermissions',
        FEW,
        (by) =>
          done(grantPermissions(context, by, { oid: made.oid, email: 'owner@example.com', permissions: ['dr.list'] })),
      ],
      ['addGroupOwner', FEW, (by) => done(addGroupOwner(context, by, { gid: made.gid, ...member }))],
      ['removeGroupOwner', FEW, (by) => done(removeGroupOwner(context, by, { gid: made.gid, ...member }))],
      ['addGroupMember', FEW, (by) => done(addGroupMember(context, by, { gid: made.gid, ...member }))],
      ['removeGroupMember', FEW, (by) => done(removeGroupMember(context, by, { gid: made.gid, ...member }))],
      ['nestGroup', WHOLE_GROUP, (by) => done(nestGroup(context, by, { gid: made.gid, child: made.inner }))],
      [
        'addGroupOrganization',
        WHOLE_GROUP,
        (by) => done(addGroupOrganization(context, by, { gid: made.gid, oid: made.oid })),
      ],
      [
        'setGroupPermissions',
        WHOLE_GROUP,
        (by) => done(setGroupPermissions(context, by, { gid: made.gid, permissions: ['dr.list'] })),
      ],
      ['putPolicy', WHOLE_GROUP, (by) => done(putPolicy(context, by, { ...policy(), grants: { [made.gid]: {} } }))],
      ['deletePolicy', WHOLE_GROUP, (by) => done(deletePolicy(context, by, policy()))],
      [
        'removeGroupOrganization',
        WHOLE_GROUP,
        (by) => done(removeGroupOrganization(context, by, { gid: made.gid, oid: made.oid })),
      ],
      ['unnestGroup', WHOLE_GROUP, (by) => done(unnestGroup(context, by, { gid: made.gid, child: made.inner }))],
      ['deleteGroup', WHOLE_GROUP, (by) => done(deleteGroup(context, by, { gid: made.inner }))],
      ['deactivateUser', FEW, () => done(deactivateUser(context, operator, { uid: idOf(3, 0) }))],
    ];

    test.each(commands)(
      'the command %s reads and writes at most %i rows under the lock',
      async (_name, most, command) => {
        const by = await actor();
        counting.take();
        await command(by);
        const { readUnderLock, written } = counting.take();
        expect(written).toBeGreaterThan(0);
        expect(readUnderLock + written).toBeLessThanOrEqual(most);
      },
    );
  },
);
