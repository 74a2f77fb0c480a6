import { isDenial, type Outcome } from '@flairgate/core';
import {
  type Actor,
  addGroupOwner,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  deleteGroup,
  inviteUser,
  joinUser,
  listUserKeys,
  listUserOrganizations,
  readGroup,
  replaceApiUserKey,
  revokeUserKey,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, refusal } from '../fixture.js';
import { makeOrganization, makePerson, type Person } from '../people.js';
import { openTokens, type Tokens } from '../tokens.js';

let setting: AdministrationFixture;
let tokens: Tokens;
let oid: string;
let owner: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  tokens = openTokens(setting);
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'ann', oid, 'owner');
});

type Act = (actor: Actor, gid: string, keyId: string) => Promise<Outcome<unknown>>;

/** Everything that is done in a user's own name. */
const acts: Readonly<Record<string, Act>> = {
  'make an organization': (actor) => createOrganization(setting.context, actor, { name: 'New' }),
  'make a group': (actor) => createGroup(setting.context, actor, { name: 'new' }),
  'add an owner to a group': (actor, gid) => addGroupOwner(setting.context, actor, { gid, email: 'other@example.com' }),
  'delete a group': (actor, gid) => deleteGroup(setting.context, actor, { gid }),
  'make a key': (actor) => createKey(setting.context, actor, { owner: { kind: 'user', uid: owner.uid }, name: 'k' }),
  'list keys': (actor) => listUserKeys(setting.context, actor),
  'end a key': (actor, _gid, keyId) => revokeUserKey(setting.context, actor, { keyId }),
  invite: (actor) => inviteUser(setting.context, actor, { oid, email: 'new@example.com', inOwnName: true }),
};

async function key(name: string): Promise<{ readonly text: string; readonly keyId: string }> {
  return must(await createKey(setting.context, OPERATOR, { owner: { kind: 'user', uid: owner.uid }, name }));
}

async function onBehalf(): Promise<Actor> {
  const actor = await tokens.actor({ uid: owner.uid, secret: owner.text });
  if (actor.kind !== 'principal') throw new Error('no principal');
  const principal = Object.create(actor.principal, { actors: { value: ['a-service'] } });
  return { ...actor, principal };
}

describe('an act in a user’s own name', () => {
  const uid = () => owner.uid;
  const secret = () => owner.text;
  const whole: Readonly<Record<string, () => Promise<Actor>>> = {
    'a key': () => owner.actor(),
    'a token for every organization': () => tokens.actor({ uid: uid(), secret: secret() }),
    'a token for one organization': () => tokens.actor({ uid: uid(), secret: secret(), oid }),
    'a token for none': () => tokens.actor({ uid: uid(), secret: secret(), oid: '-' }),
  };
  const less: Readonly<Record<string, () => Promise<Actor>>> = {
    'a key with segment': async () => setting.actor((await key('k[segment]')).text),
    'a key with segment and root': async () => setting.actor((await key('k[segment][root]')).text),
    'a token of a key with segment': async () =>
      tokens.actor({ uid: uid(), secret: (await key('k[segment]')).text, oid: '-' }),
    'a token with some permissions': () => tokens.actor({ uid: uid(), secret: secret(), permissions: ['dr.list'] }),
    'a token without permissions': () => tokens.actor({ uid: uid(), secret: secret(), permissions: [] }),
    'a token with all permissions, asked for by name': () =>
      tokens.actor({
        uid: uid(),
        secret: secret(),
        permissions: setting.context.catalogue.entries.map(({ name }) => name),
      }),
    'a token for none, asked for with permissions': () =>
      tokens.actor({ uid: uid(), secret: secret(), oid: '-', permissions: ['user.ctrl'] }),
    'a token of a service on behalf of the user': onBehalf,
  };

  /** A key of the user is good for every organization, so it takes a credential that is, too. */
  const expected = (act: string, what: string) =>
    act === 'make a key' && / (?:one organization|none)$/.test(what) ? 'ERR_ESCALATION organizations' : 'done';

  for (const [what, actor] of Object.entries(whole)) {
    it(`an act in a user’s own name is open to ${what}`, async () => {
      for (const [act, run] of Object.entries(acts)) {
        const { gid } = must(await createGroup(setting.context, await owner.actor(), { name: 'mine' }));
        const spare = await key(`spare for ${act}`);
        const outcome = await run(await actor(), gid, spare.keyId);
        expect([act, outcome.allowed ? 'done' : refusal(outcome)]).toEqual([act, expected(act, what)]);
      }
    });
  }

  for (const [what, actor] of Object.entries(less)) {
    it(`an act in a user’s own name is closed to ${what}`, async () => {
      const { gid } = must(await createGroup(setting.context, await owner.actor(), { name: 'mine' }));
      const spare = await key('spare');
      const by = await actor();
      for (const [act, run] of Object.entries(acts)) {
        expect([act, refusal(await run(by, gid, spare.keyId))]).toEqual([act, 'ERR_USER_REQUIRED']);
      }
      expect(must(await readGroup(setting.context, await owner.actor(), { gid })).owners).toEqual([owner.email]);
      expect((await setting.principal(spare.text)).kind).toBe('user-key');
    });
  }

  it('an act in a user’s own name is closed to an API user, whatever it may do in its organization', async () => {
    const { context } = setting;
    const { uid: api } = must(await createApiUser(context, OPERATOR, { oid, name: 'sync' }));
    must(await joinUser(context, OPERATOR, { uid: api, oid, permissions: ['user.ctrl', 'apikey.ctrl', 'dr.list'] }));
    const made = must(await replaceApiUserKey(context, OPERATOR, { oid, uid: api }));
    const actor = await setting.actor(made.text);
    for (const act of ['make an organization', 'make a group', 'list keys', 'invite']) {
      const run = acts[act];
      expect([act, run && refusal(await run(actor, '', ''))]).toEqual([act, 'ERR_USER_REQUIRED']);
    }
    const ofOrganization = { owner: { kind: 'organization', oid }, name: 'k', permissions: ['dr.list'] } as const;
    expect(await createKey(context, actor, ofOrganization)).toMatchObject({ allowed: true });
  });
});

describe('a token that was narrowed while its user held nothing', () => {
  it('a token that was narrowed while its user held nothing is narrowed still when the user joins', async () => {
    const { context } = setting;
    const bob = await makePerson(setting, 'bob');
    const actor = await tokens.actor({ uid: bob.uid, secret: bob.text, oid: '-', permissions: ['dr.list'] });
    must(await joinUser(context, OPERATOR, { uid: bob.uid, oid, permissions: ['user.ctrl'] }));
    const invited = await inviteUser(context, actor, { oid, email: 'new@example.com', inOwnName: true });
    expect(refusal(invited)).toBe('ERR_USER_REQUIRED');
    expect(must(await listUserOrganizations(context, actor, {})).total).toBe(0);
  });

  it('a token that was narrowed while its user held nothing says that it is narrowed', async () => {
    const asked = async (permissions?: readonly string[]) => {
      const more = permissions === undefined ? {} : { permissions };
      const found = await tokens.principal(await tokens.jwt({ uid: owner.uid, secret: owner.text, oid: '-', ...more }));
      return isDenial(found) ? undefined : found.narrowed;
    };
    expect(await asked()).toBeUndefined();
    expect(await asked([])).toBe(true);
  });
});

describe('an owner', () => {
  it('an owner counts as one by a whole credential only', async () => {
    const { context } = setting;
    const everything = context.catalogue.entries.map(({ name }) => name);
    const make = async (actor: Actor, name: string) =>
      createKey(context, actor, { owner: { kind: 'organization', oid }, name, permissions: ['dr.list'] });
    const cut = await tokens.actor({ uid: owner.uid, secret: owner.text, permissions: everything });
    expect(refusal(await make(cut, 'a[root]'))).toBe('ERR_ESCALATION root');
    expect(await make(await tokens.actor({ uid: owner.uid, secret: owner.text }), 'a[root]')).toMatchObject({
      allowed: true,
    });
  });
});

describe('flairs in the name of a user’s key', () => {
  const make = async (person: Person, name: string) =>
    createKey(setting.context, await person.actor(), { owner: { kind: 'user', uid: person.uid }, name });

  it('flairs in the name of a user’s key are judged as written: root takes an owner, also where it counts nowhere today', async () => {
    const bob = await makePerson(setting, 'bob', oid, ['dr.list']);
    const eve = await makePerson(setting, 'eve');
    for (const person of [bob, eve]) {
      expect(refusal(await make(person, 'k[root]'))).toBe('ERR_ESCALATION root');
      expect(refusal(await make(person, 'k[segment][root]'))).toBe('ERR_ESCALATION root');
    }
    expect(await make(owner, 'k[root]')).toMatchObject({ allowed: true });
  });
});
