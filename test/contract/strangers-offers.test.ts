import { addGroupMember, createGroup, grantPermissions } from '@flairgate/core/administration';
import { expect, test } from 'vitest';
import { must, openAdministrationFixture } from '../../packages/core/test/administration/fixture.js';
import { makeOrganization, makePerson } from '../../packages/core/test/administration/people.js';
import { kindsToTest, makeDatabase } from '../../packages/stores/test/databases.js';
import { countingStore } from './counting-store.ts';

/** Groups and organizations of strangers that have taken a user in without being asked. */
const STRANGERS = 5000;

test.each(await kindsToTest(['memory', 'sqlite', 'postgres']))(
  'what strangers offer to a user makes no command about the user more expensive, on %s',
  async (kind) => {
    const database = await makeDatabase(kind);
    const counting = countingStore(await database.open());
    const setting = await openAdministrationFixture(counting.store);
    const oid = await makeOrganization(setting);
    const owner = await makePerson(setting, 'owner', oid, 'owner');
    const member = await makePerson(setting, 'member', oid, ['dr.list']);
    const ids = Array.from({ length: STRANGERS }, (_, at) => `00000001-0000-4000-8000-${String(at).padStart(12, '0')}`);
    await setting.store.write(async (tx) => {
      const place = { uid: member.uid, accepted: false, giver: 'stranger', address: null };
      await tx.insertAll(
        'groupMember',
        ids.map((gid) => ({ ...place, gid })),
      );
      const offered = { uid: member.uid, role: 'member', permissions: ['dr.list'], accepted: false } as const;
      await tx.insertAll(
        'membership',
        ids.map((each) => ({ ...offered, oid: each })),
      );
    });
    const { context } = setting;
    const { gid } = must(await createGroup(context, await owner.actor(), { name: 'Analysts' }));
    const actor = await owner.actor();
    counting.take();
    must(await grantPermissions(context, actor, { oid, email: member.email, permissions: ['dr.set'] }));
    must(await addGroupMember(context, actor, { gid, email: member.email }));
    // Two tables are read before and after each of the two commands, and none of them further than a statement goes.
    expect(counting.take().readUnderLock).toBeLessThan(8 * 1100);
    expect(await member.permissions(oid)).toEqual(['dr.list', 'dr.set']);
    await setting.authenticator.close();
    await database.remove();
  },
);
