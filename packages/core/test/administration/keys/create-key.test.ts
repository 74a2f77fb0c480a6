import {
  createKey,
  createOrganization,
  createUser,
  joinUser,
  listKeys,
  revokeKey,
} from '@flairgate/core/administration';
import type { KeyRow } from '@flairgate/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from '../fixture.js';
import { makePerson } from '../people.js';

let setting: AdministrationFixture;
let oid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
});

describe('a key that is made over HTTP is never wider than its maker', () => {
  const cases: readonly [string, string, readonly string[], string, readonly string[], string][] = [
    ['holds the permission', 'maker', ['apikey.ctrl', 'dr.list'], 'made', ['dr.list'], 'allowed'],
    ['lacks the permission', 'maker', ['apikey.ctrl'], 'made', ['dr.list'], 'ERR_ESCALATION permissions'],
    ['lacks a privileged one', 'maker', ['apikey.ctrl', 'dr.*'], 'made', ['user.ctrl'], 'ERR_ESCALATION permissions'],
    [
      'holds the members, not the family',
      'maker',
      ['apikey.ctrl', 'fp.ctrl'],
      'made',
      ['fp.*'],
      'ERR_ESCALATION families',
    ],
    ['holds the family', 'maker', ['apikey.ctrl', 'dr.*'], 'made', ['dr.*'], 'allowed'],
    ['is no root', 'maker', ['apikey.ctrl'], 'made[root]', [], 'ERR_ESCALATION root'],
    ['is root', 'maker[root]', ['apikey.ctrl'], 'made[root]', [], 'allowed'],
    ['is not bulk', 'maker', ['apikey.ctrl'], 'made[bulk]', [], 'ERR_ESCALATION bulk'],
    ['is segmented, the target is not', 'maker[segment]', ['apikey.ctrl'], 'made', [], 'ERR_ESCALATION segment'],
    ['is segmented like the target', 'maker[segment]', ['apikey.ctrl'], 'made[segment]', [], 'allowed'],
    ['lacks apikey.ctrl', 'maker', ['dr.list'], 'made', [], 'ERR_PERMISSION_MISSING'],
  ];

  it.each(cases)('createKey judges a maker that %s', async (_, makerName, held, name, permissions, expected) => {
    const maker = await organizationKey(setting, oid, makerName, held);
    const outcome = await createKey(setting.context, await setting.actor(maker.text), {
      owner: { kind: 'organization', oid },
      name,
      permissions,
    });
    expect(outcome.allowed ? 'allowed' : refusal(outcome)).toBe(expected);
  });

  it('a key that is made over HTTP has every family where an owner makes it by a whole credential', async () => {
    const { context } = setting;
    const owner = await makePerson(setting, 'ann', oid, 'owner');
    const input = { owner: { kind: 'organization', oid } as const, name: 'live', permissions: ['output.*'] };
    expect((await createKey(context, await owner.actor(), input)).allowed).toBe(true);
    const admin = await makePerson(setting, 'bob', oid, ['apikey.ctrl', 'output.list', 'output.set', 'output.del']);
    const refused = await createKey(context, await admin.actor(), { ...input, name: 'other' });
    expect(refusal(refused)).toBe('ERR_ESCALATION families');
  });

  it('a key that is made over HTTP keeps addresses and expiry of its maker', async () => {
    const { context, clock } = setting;
    const maker = await organizationKey(setting, oid, 'maker', ['apikey.ctrl'], {
      ranges: ['192.0.2.0/24'],
      expiresAt: clock.wall() + 60_000,
    });
    const principal = await setting.principal(maker.text, '192.0.2.7');
    const actor = { kind: 'principal', principal, address: '192.0.2.7' } as const;
    const make = (name: string, ranges: string[], expiresAt?: number) =>
      createKey(context, actor, {
        owner: { kind: 'organization', oid },
        name,
        ranges,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
    expect(refusal(await make('a', [], clock.wall() + 1000))).toBe('ERR_ESCALATION ranges');
    expect(refusal(await make('b', ['192.0.2.0/25']))).toBe('ERR_ESCALATION expiry');
    expect((await make('c', ['192.0.2.0/25'], clock.wall() + 1000)).allowed).toBe(true);
  });

  it('createKey refuses a maker that was ended after the request was let in', async () => {
    const maker = await organizationKey(setting, oid, 'maker', ['apikey.ctrl']);
    const actor = await setting.actor(maker.text);
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: maker.keyId }));
    const outcome = await createKey(setting.context, actor, { owner: { kind: 'organization', oid }, name: 'late' });
    expect(refusal(outcome)).toBe('ERR_KEY_INVALID');
  });

  it('an owner that is not narrowed may create a key with root and bulk', async () => {
    const { context } = setting;
    const user = must(await createUser(context, OPERATOR, { email: 'owner@example.com' }));
    must(await joinUser(context, OPERATOR, { uid: user.uid, oid, permissions: [], role: 'owner' }));
    const own = must(await createKey(context, OPERATOR, { owner: { kind: 'user', uid: user.uid }, name: 'laptop' }));
    const made = await createKey(context, await setting.actor(own.text), {
      owner: { kind: 'organization', oid },
      name: 'made[root][bulk]',
      permissions: ['dr.list', 'apikey.ctrl'],
    });
    expect(made.allowed).toBe(true);
  });
});

describe('the number of keys', () => {
  const most = 10_000;

  async function fill(count: number, over: Partial<KeyRow>): Promise<void> {
    const { keyId } = await organizationKey(setting, oid, `first of ${count}`);
    await setting.store.write(async (tx) => {
      const row = await tx.get('key', { keyId });
      if (row === undefined) throw new Error('there is no such key');
      for (let at = 1; at < count; at += 1) await tx.insert('key', { ...row, keyId: `${keyId} ${at}`, ...over });
    });
  }

  it('the number of keys has a bound, for the live ones of an organization and a kind', {
    timeout: 60_000,
  }, async () => {
    const maker = await organizationKey(setting, oid, 'maker', ['apikey.ctrl', 'ingestkey.ctrl']);
    const make = async (kind: 'organization' | 'ingestion') =>
      createKey(setting.context, await setting.actor(maker.text), { owner: { kind, oid }, name: 'one more' });
    await fill(300, { revokedAt: 1 });
    await fill(most - 2, {});
    expect(refusal(await make('organization'))).toBe('ERR_LIMIT');
    expect((await make('ingestion')).allowed).toBe(true);
    const live = { oid, kind: 'organization', name: `first of ${most - 2}`, revokedAt: null } as const;
    const [one] = await setting.store.read((tx) => tx.find('key', live, { limit: 1 }));
    await setting.store.write((tx) => tx.update('key', { keyId: one?.keyId ?? '' }, { revokedAt: 1 }));
    expect((await make('organization')).allowed).toBe(true);
  });
});

describe('a name', () => {
  it('a key name is refused while a live key holds it, and stores nothing', async () => {
    await organizationKey(setting, oid, 'vendor[lock]');
    const outcome = await createKey(setting.context, OPERATOR, {
      owner: { kind: 'organization', oid },
      name: 'vendor[lock]',
    });
    expect(refusal(outcome)).toBe('ERR_NAME_TAKEN');
    expect(must(await listKeys(setting.context, OPERATOR, { oid })).entries).toHaveLength(1);
  });

  it('a key name is free in another organization, and is another identity there', async () => {
    const other = must(await createOrganization(setting.context, OPERATOR, { name: 'Other' })).oid;
    const here = await organizationKey(setting, oid, 'vendor');
    const there = await organizationKey(setting, other, 'vendor');
    expect((await setting.principal(here.text)).identity).not.toBe((await setting.principal(there.text)).identity);
  });

  it('a key name is free again once its key expired, and the expired key stays dead', async () => {
    const { clock, context } = setting;
    const first = await organizationKey(setting, oid, 'vendor', [], { expiresAt: clock.wall() + 1000 });
    clock.advance(1000);
    const second = await organizationKey(setting, oid, 'vendor');
    expect(second.continued).toBe(true);
    expect(must(await listKeys(context, OPERATOR, { oid })).entries.map(({ key }) => key.keyId)).toEqual([
      second.keyId,
    ]);
    await expect(setting.principal(first.text)).rejects.toThrow('revoked');
  });
});

describe('a key made again under the name of a dead one', () => {
  async function recreate(maker?: string) {
    const first = await organizationKey(setting, oid, 'vendor[secret]', ['dr.list']);
    const before = await setting.principal(first.text);
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: first.keyId }));
    const actor = maker === undefined ? OPERATOR : await setting.actor(maker);
    const second = must(
      await createKey(setting.context, actor, { owner: { kind: 'organization', oid }, name: 'vendor[secret]' }),
    );
    return { before, after: await setting.principal(second.text), first, second };
  }

  it('a key made again under the name of a dead one continues its identity under a new key id', async () => {
    const { before, after, first, second } = await recreate();
    expect(after.identity).toBe(before.identity);
    expect(second.keyId).not.toBe(first.keyId);
  });

  it('a key made again under the name of a dead one continues secret content for the operator', async () => {
    const { before, after } = await recreate();
    expect(after.secretId).toBe(before.secretId);
  });

  it('a key made again under the name of a dead one does not hand secret content to a holder of apikey.ctrl', async () => {
    const maker = await organizationKey(setting, oid, 'admin[root]', ['apikey.ctrl', 'dr.list']);
    const { before, after } = await recreate(maker.text);
    expect(after.identity).toBe(before.identity);
    expect(after.secretId).not.toBe(before.secretId);
  });

  it('a key made again under the name of a dead one is refused to a segmented key that did not make the identity', async () => {
    const { context } = setting;
    const first = await organizationKey(setting, oid, 'vendor[segment]');
    must(await revokeKey(context, OPERATOR, { oid, keyId: first.keyId }));
    const maker = await organizationKey(setting, oid, 'partner[segment]', ['apikey.ctrl']);
    const outcome = await createKey(context, await setting.actor(maker.text), {
      owner: { kind: 'organization', oid },
      name: 'vendor[segment]',
    });
    expect(refusal(outcome)).toBe('ERR_NAME_TAKEN');
  });
});

describe('an API user', () => {
  it('an API user has one key: a new one ends the old at once and keeps the identity', async () => {
    const { context } = setting;
    const user = must(await createUser(context, OPERATOR, { email: 'crm@example.com', type: 'api' }));
    const owner = { kind: 'user', uid: user.uid } as const;
    const first = must(await createKey(context, OPERATOR, { owner, name: 'integration' }));
    const before = await setting.principal(first.text);
    const second = must(await createKey(context, OPERATOR, { owner, name: 'integration' }));
    await expect(setting.principal(first.text)).rejects.toThrow('revoked');
    expect((await setting.principal(second.text)).identity).toBe(before.identity);
    expect(before.kind).toBe('api-user');
  });
});

describe('a segmented key', () => {
  it('a segmented key lists and ends only keys it made', async () => {
    const { context } = setting;
    const maker = await organizationKey(setting, oid, 'partner[segment]', ['apikey.ctrl']);
    const other = await organizationKey(setting, oid, 'other');
    const actor = await setting.actor(maker.text);
    const made = must(await createKey(context, actor, { owner: { kind: 'organization', oid }, name: 'made[segment]' }));
    expect(must(await listKeys(context, actor, { oid })).entries.map(({ key }) => key.name)).toEqual(['made[segment]']);
    expect(refusal(await revokeKey(context, actor, { oid, keyId: other.keyId }))).toBe('ERR_NOT_FOUND');
    expect((await revokeKey(context, actor, { oid, keyId: made.keyId })).allowed).toBe(true);
  });
});

describe('bad input stores nothing', () => {
  it.each([
    ['an unknown flair', { name: 'vendor[segement]' }],
    ['an unbalanced bracket', { name: 'vendor[segment' }],
    ['a permission that is not in the catalogue', { name: 'a', permissions: ['dr.lst'] }],
    ['a lone star', { name: 'a', permissions: ['*'] }],
    ['too long a name', { name: 'x'.repeat(129) }],
    ['an expiry that is past', { name: 'a', expiresAt: 1 }],
    ['an address range that is none', { name: 'a', ranges: ['192.0.2.0/33'] }],
  ])('createKey refuses %s and stores nothing', async (_, input) => {
    const outcome = await createKey(setting.context, OPERATOR, { owner: { kind: 'organization', oid }, ...input });
    expect(refusal(outcome)).toBe('ERR_VALIDATION');
    expect(must(await listKeys(setting.context, OPERATOR, { oid })).entries).toEqual([]);
  });
});

describe('every command', () => {
  it('every command is audited in the same transaction, with actor and target, without the secret', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    const rows = await setting.store.read((tx) => tx.find('audit', {}));
    expect(rows.map(({ action, target, actor }) => ({ action, target, actor }))).toEqual([
      { action: 'org.create', target: oid, actor: null },
      { action: 'key.create', target: made.keyId, actor: null },
    ]);
    expect(JSON.stringify(rows)).not.toContain(made.text);
  });

  it('every command counts one revision and names what it touched', async () => {
    const before = await setting.store.read((tx) => tx.get('revision', { id: 1 }));
    const made = await organizationKey(setting, oid, 'vendor');
    const after = await setting.store.read((tx) => tx.get('revision', { id: 1 }));
    expect(after?.n).toBe((before?.n ?? 0) + 1);
    const changes = await setting.store.read((tx) => tx.find('change', { n: after?.n ?? -1 }));
    expect(changes.map(({ scope, id }) => `${scope}:${id}`)).toEqual([`key:${made.keyId}`]);
  });
});
