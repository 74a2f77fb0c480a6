import { type Actor, createKey, createOrganization, createUser, joinUser } from '@flairgate/core/administration';
import { type AdministrationFixture, must, OPERATOR } from './fixture.js';

/** A user with a key of their own. */
export interface Person {
  readonly uid: string;
  readonly email: string;
  readonly text: string;
  /** Returns the user as an actor, read again. */
  actor(): Promise<Actor>;
  /** Returns the current permissions of the user in an organization. Undefined if there are none. */
  permissions(oid: string): Promise<readonly string[] | undefined>;
}

export async function makeOrganization({ context }: AdministrationFixture, name = 'Acme'): Promise<string> {
  return must(await createOrganization(context, OPERATOR, { name })).oid;
}

/** Makes a user, and a member where an organization is named. */
export async function makePerson(
  setting: AdministrationFixture,
  name: string,
  oid?: string,
  permissions: readonly string[] | 'owner' = [],
): Promise<Person> {
  const { context } = setting;
  const email = `${name}@example.com`;
  const { uid } = must(await createUser(context, OPERATOR, { email }));
  if (oid !== undefined) {
    const owner = permissions === 'owner';
    const rights = owner ? { permissions: [], role: 'owner' as const } : { permissions };
    must(await joinUser(context, OPERATOR, { uid, oid, ...rights }));
  }
  const { text } = must(await createKey(context, OPERATOR, { owner: { kind: 'user', uid }, name: `${name}'s laptop` }));
  return {
    uid,
    email,
    text,
    actor: () => setting.actor(text),
    permissions: async (where) => (await setting.principal(text)).in(where)?.permissions,
  };
}
