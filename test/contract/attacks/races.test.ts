import { isDenial } from '@flairgate/core';
import {
  type Actor,
  acceptInvitation,
  createKey,
  deleteOrganization,
  deleteUser,
  grantPermissions,
  inviteUser,
  removeUser,
  rotateKey,
  setRole,
} from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../../../packages/core/test/administration/fixture.js';
import { makeOrganization, makePerson } from '../../../packages/core/test/administration/people.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../../packages/stores/test/databases.js';

// Each round makes users and keys by many writes, which wait for each other.
vi.setConfig({ testTimeout: 120_000 });

/** Times each race is run, because one of them shows little. */
const ROUNDS = 4;

describe.each(await kindsToTest(['sqlite', 'postgres']))('two processes at once, on %s,', (kind) => {
  let database: TestDatabase;
  let one: AdministrationFixture;
  let other: AdministrationFixture;
  let round: number;

  beforeEach(async () => {
    database = await makeDatabase(kind);
    one = await openAdministrationFixture(await database.open());
    other = await openAdministrationFixture(await database.open());
    round = 0;
  });
  afterEach(async () => {
    await one.authenticator.close();
    await other.authenticator.close();
    await database.remove();
  });

  async function repeat(race: (name: string) => Promise<void>): Promise<void> {
    for (; round < ROUNDS; round += 1) await race(`r${round}`);
  }

  const rowsOf = (table: 'consent' | 'key' | 'secret' | 'membership', where: object) =>
    one.store.read((tx) => tx.find(table, where));

  async function isLetIn(text: string): Promise<boolean> {
    await other.authenticator.revision.sync();
    return !isDenial(await other.authenticator.authenticate({ kind: 'api-key', text }, undefined));
  }

  test('an invitation that is accepted twice is accepted once', async () => {
    const oid = await makeOrganization(one);
    const owner = await makePerson(one, 'owner', oid, 'owner');
    await repeat(async (name) => {
      const guest = await makePerson(one, name);
      must(await inviteUser(one.context, await owner.actor(), { oid, email: guest.email }));
      const granted = { oid, email: guest.email, permissions: ['dr.list'] };
      must(await grantPermissions(one.context, await owner.actor(), granted));
      const actors = await Promise.all([guest.actor(), other.actor(guest.text)]);
      const accepted = await Promise.all([
        acceptInvitation(one.context, actors[0], { oid }),
        acceptInvitation(other.context, actors[1], { oid }),
      ]);
      expect(accepted.map(({ allowed }) => allowed)).toEqual([true, true]);
      expect(await rowsOf('consent', { uid: guest.uid, oid })).toHaveLength(1);
      const where = { oid, action: 'invitation.accept', target: guest.uid };
      expect(await one.store.read((tx) => tx.find('audit', where))).toHaveLength(1);
      expect(await guest.permissions(oid)).toEqual(['dr.list']);
    });
  });

  test('an invitation that is accepted while its giver is removed gives nothing after the removal', async () => {
    const oid = await makeOrganization(one);
    const owner = await makePerson(one, 'owner', oid, 'owner');
    await repeat(async (name) => {
      const giver = await makePerson(one, `giver-${name}`, oid, ['user.ctrl', 'dr.list']);
      const guest = await makePerson(one, name);
      must(await inviteUser(one.context, await giver.actor(), { oid, email: guest.email }));
      const granted = { oid, email: guest.email, permissions: ['dr.list'] };
      must(await grantPermissions(one.context, await giver.actor(), granted));
      const [accepting, removing] = [await guest.actor(), await other.actor(owner.text)];
      const [accepted] = await Promise.all([
        acceptInvitation(one.context, accepting, { oid }),
        removeUser(other.context, removing, { oid, email: giver.email }),
      ]);
      const about = await one.store.read((tx) => tx.find('audit', { oid }));
      const order = about.filter(({ action, target }) =>
        action === 'invitation.accept' ? target === guest.uid : action === 'user.remove' && target === giver.uid,
      );
      const isFirst = order.at(0)?.action === 'invitation.accept';
      expect(accepted.allowed).toBe(isFirst);
      expect((await guest.permissions(oid)) ?? []).toEqual(isFirst ? ['dr.list'] : []);
    });
  });

  test('a user who is deleted while a key of theirs is created has no key', async () => {
    await repeat(async (name) => {
      const person = await makePerson(one, name);
      const own = await person.actor();
      const owner = { kind: 'user', uid: person.uid } as const;
      const made = await Promise.all([
        createKey(one.context, own, { owner, name: 'second' }),
        deleteUser(other.context, OPERATOR, { uid: person.uid }),
        createKey(other.context, OPERATOR, { owner, name: 'third' }),
      ]);
      expect(await rowsOf('key', { uid: person.uid })).toEqual([]);
      for (const each of made) {
        if (each.allowed && 'text' in each.value) expect(await isLetIn(each.value.text)).toBe(false);
      }
      expect(await isLetIn(person.text)).toBe(false);
    });
  });

  test('an organization that is deleted while a key of it is created has no key', async () => {
    await repeat(async (name) => {
      const oid = await makeOrganization(one, name);
      const person = await makePerson(one, name, oid, 'owner');
      const [own, same] = [await person.actor(), await other.actor(person.text)];
      const owner = { kind: 'organization', oid } as const;
      const [made] = await Promise.all([
        createKey(one.context, own, { owner, name: 'late' }),
        deleteOrganization(other.context, same, { oid }),
      ]);
      expect(await rowsOf('key', { oid })).toEqual([]);
      if (made.allowed) expect(await isLetIn(made.value.text)).toBe(false);
    });
  });

  test('a key that is rotated twice has two secrets at most, and only the newest has no end', async () => {
    const oid = await makeOrganization(one);
    await repeat(async (name) => {
      const { keyId } = await organizationKey(one, oid, name);
      await Promise.all(
        [one, other].map(({ context }) => rotateKey(context, OPERATOR, { oid, keyId, overlapSeconds: 600 })),
      );
      const now = one.clock.wall();
      const live = (await rowsOf('secret', { keyId })) as readonly { readonly endsAt: number | null }[];
      expect(live.filter(({ endsAt }) => endsAt === null || endsAt > now)).toHaveLength(2);
      expect(live.filter(({ endsAt }) => endsAt === null)).toHaveLength(1);
    });
  });

  test('two owners who take the role from each other leave one', async () => {
    await repeat(async (name) => {
      const oid = await makeOrganization(one, name);
      const owners = [
        await makePerson(one, `a-${name}`, oid, 'owner'),
        await makePerson(one, `b-${name}`, oid, 'owner'),
      ];
      const actors: readonly Actor[] = [
        await one.actor(owners[0]?.text ?? ''),
        await other.actor(owners[1]?.text ?? ''),
      ];
      await Promise.all(
        [one, other].map(({ context }, at) =>
          setRole(context, actors[at] ?? OPERATOR, { oid, email: owners[1 - at]?.email ?? '', role: 'Viewer' }),
        ),
      );
      expect(await rowsOf('membership', { oid, role: 'owner', accepted: true })).toHaveLength(1);
    });
  });
});
