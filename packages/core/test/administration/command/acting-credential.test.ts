import { inspect } from 'node:util';
import {
  type Actor,
  createKey,
  exchange,
  finishRotation,
  listKeys,
  listUserKeys,
  removeUser,
  revokeTokens,
  rotateKey,
  setRole,
  updateKey,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from '../fixture.js';
import { makeOrganization, makePerson } from '../people.js';
import { openTokens, type Tokens } from '../tokens.js';

let setting: AdministrationFixture;
let tokens: Tokens;
let oid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  tokens = openTokens(setting);
  oid = await makeOrganization(setting);
});

const create = (actor: Actor, name: string) =>
  createKey(setting.context, actor, { owner: { kind: 'organization', oid }, name, permissions: ['dr.list'] });

async function admin() {
  const made = await organizationKey(setting, oid, 'admin', ['apikey.ctrl', 'dr.list']);
  return { ...made, actor: await setting.actor(made.text) };
}

describe('a command by a principal that some process still holds', () => {
  it('a command by a principal that some process still holds is refused once the secret it came with has ended', async () => {
    const { keyId, actor } = await admin();
    const rotated = must(await rotateKey(setting.context, OPERATOR, { oid, keyId, overlapSeconds: 0 }));
    expect(refusal(await create(actor, 'made'))).toBe('ERR_KEY_INVALID');
    expect(refusal(await rotateKey(setting.context, actor, { oid, keyId }))).toBe('ERR_KEY_INVALID');
    expect(refusal(await listKeys(setting.context, actor, { oid }))).toBe('ERR_KEY_INVALID');
    expect((await setting.principal(rotated.text)).keyId).toBe(keyId);
    expect(must(await listKeys(setting.context, OPERATOR, { oid })).entries).toHaveLength(1);
  });

  it('a command by a principal that some process still holds is refused once its overlap is over, or was ended before', async () => {
    const { keyId, actor } = await admin();
    must(await rotateKey(setting.context, OPERATOR, { oid, keyId, overlapSeconds: 60 }));
    must(await create(actor, 'within'));
    must(await finishRotation(setting.context, OPERATOR, { oid, keyId }));
    expect(refusal(await create(actor, 'after'))).toBe('ERR_KEY_INVALID');
  });

  it('a command by a principal that some process still holds is refused once its address is no longer allowed', async () => {
    const { keyId, text } = await admin();
    const actor = await setting.actor(text, '192.0.2.1');
    const change = { oid, keyId, version: '*', ranges: ['198.51.100.0/24'] };
    must(await updateKey(setting.context, OPERATOR, change));
    expect(refusal(await create(actor, 'made'))).toBe('ERR_KEY_INVALID');
    expect(refusal(await rotateKey(setting.context, actor, { oid, keyId, overlapSeconds: 0 }))).toBe('ERR_KEY_INVALID');
    const listed = await listKeys(setting.context, await setting.actor(text, '198.51.100.7'), { oid });
    expect(must(listed).entries).toHaveLength(1);
  });

  it('a command by a secret ends with its overlap to the millisecond', async () => {
    const { keyId, actor } = await admin();
    must(await rotateKey(setting.context, OPERATOR, { oid, keyId, overlapSeconds: 60 }));
    setting.clock.advance(59_999);
    must(await create(actor, 'before'));
    setting.clock.advance(1);
    expect(refusal(await create(actor, 'after'))).toBe('ERR_KEY_INVALID');
  });

  it('a command by a principal that no gate found is refused', async () => {
    const { actor } = await admin();
    if (actor.kind !== 'principal') throw new Error('no principal');
    const copy: Actor = { ...actor, principal: { ...actor.principal } };
    expect(refusal(await create(copy, 'made'))).toBe('ERR_KEY_INVALID');
  });

  it('a principal that is printed shows no reader by what its secret is looked up', async () => {
    const { text } = await admin();
    const principal = await setting.principal(text);
    const [row] = await setting.store.read((tx) => tx.find('secret', {}));
    expect(row?.tag).toMatch(/^[\w-]{22}$/);
    expect(inspect(principal, { depth: 9 }) + JSON.stringify(principal)).not.toContain(row?.tag);
  });
});

describe('a command by a token that some process still holds', () => {
  const ended: Readonly<Record<string, (keyId: string) => Promise<unknown>>> = {
    'all tokens of the organization were ended': () => revokeTokens(setting.context, OPERATOR, { oid }),
    'its key was rotated': (keyId) => rotateKey(setting.context, OPERATOR, { oid, keyId }),
    'it has come to its end': async () => setting.clock.advance(3600_000),
  };
  for (const [what, end] of Object.entries(ended)) {
    it(`a command by a token that some process still holds is refused once ${what}`, async () => {
      const { keyId, text } = await admin();
      const actor = await tokens.actor({ oid, secret: text });
      must(await create(actor, 'before'));
      await end(keyId);
      expect(refusal(await create(actor, 'after'))).toBe('ERR_TOKEN_INVALID');
      expect(refusal(await rotateKey(setting.context, actor, { oid, keyId }))).toBe('ERR_TOKEN_INVALID');
      expect(must(await listKeys(setting.context, OPERATOR, { oid })).entries).toHaveLength(2);
    });
  }

  it('a command by a token that some process still holds is refused once its user lost the organization it is good for, and stands where another changed', async () => {
    const owner = await makePerson(setting, 'ann', oid, 'owner');
    const bob = await makePerson(setting, 'bob', oid, ['apikey.ctrl', 'dr.list']);
    const by = async () => tokens.actor({ uid: bob.uid, secret: bob.text });
    const actor = await by();
    must(await setRole(setting.context, OPERATOR, { oid, email: owner.email, role: 'Owner' }));
    must(await create(actor, 'still'));
    must(await removeUser(setting.context, await owner.actor(), { oid, email: bob.email }));
    expect(refusal(await create(actor, 'gone'))).toBe('ERR_TOKEN_INVALID');
    expect(refusal(await listUserKeys(setting.context, actor))).toBe('ERR_TOKEN_INVALID');
    must(await listUserKeys(setting.context, await by()));
  });

  it('a command by a token reads a bounded number of changes, and tells a process that is further behind to try again', async () => {
    const { text } = await admin();
    const actor = await tokens.actor({ oid, secret: text });
    await setting.store.write(async (tx) => {
      const { n } = await tx.lockRevision();
      await tx.update('revision', { id: 1 }, { n: n + 1 });
      const at = setting.clock.wall();
      for (let i = 0; i < 1001; i++) await tx.insert('change', { n: n + 1, at, scope: 'user', id: `user-${i}` });
    });
    await expect(create(actor, 'far')).rejects.toThrow('store');
    await tokens.authenticator.revision.sync();
    must(await create(await tokens.actor({ oid, secret: text }), 'near'));
  });

  it('a command by a token reads up to 1,000 changes that do not concern it', async () => {
    const { text } = await admin();
    const actor = await tokens.actor({ oid, secret: text });
    await setting.store.write(async (tx) => {
      const { n } = await tx.lockRevision();
      await tx.update('revision', { id: 1 }, { n: n + 1 });
      const at = setting.clock.wall();
      for (let i = 0; i < 1000; i++) await tx.insert('change', { n: n + 1, at, scope: 'user', id: `user-${i}` });
    });
    must(await create(actor, 'behind'));
  });

  it('a command by a token is refused once the changes since the token are pruned, or are ahead of the store', async () => {
    const { text } = await admin();
    const actor = await tokens.actor({ oid, secret: text });
    const { n = 0 } = (await setting.store.read((tx) => tx.get('revision', { id: 1 }))) ?? {};
    const revision = (change: { readonly n?: number; readonly prunedTo?: number }) =>
      setting.store.write((tx) => tx.update('revision', { id: 1 }, change));
    await revision({ n: n + 2, prunedTo: n + 1 });
    expect(refusal(await create(actor, 'pruned'))).toBe('ERR_TOKEN_INVALID');
    await revision({ n: n - 1, prunedTo: 0 });
    expect(refusal(await create(actor, 'ahead'))).toBe('ERR_TOKEN_INVALID');
    await revision({ n, prunedTo: 0 });
    must(await create(actor, 'right'));
  });

  it('a command by a token ends with the token to the millisecond', async () => {
    const { text } = await admin();
    const actor = await tokens.actor({ oid, secret: text, expiry: 60 });
    setting.clock.advance(59_999);
    must(await create(actor, 'before'));
    setting.clock.advance(1);
    expect(refusal(await create(actor, 'after'))).toBe('ERR_TOKEN_INVALID');
  });

  it('a command by a token is refused in another incarnation of the database', async () => {
    const { text } = await admin();
    const actor = await tokens.actor({ oid, secret: text });
    await setting.store.write((tx) => tx.update('revision', { id: 1 }, { incarnation: 'another' }));
    expect(refusal(await create(actor, 'made'))).toBe('ERR_TOKEN_INVALID');
  });
});

describe('a secret that is being rotated out', () => {
  it('a secret that is being rotated out rotates nothing: neither its own key nor another', async () => {
    const { keyId, actor } = await admin();
    const other = await organizationKey(setting, oid, 'other', ['dr.list']);
    const rotated = must(await rotateKey(setting.context, OPERATOR, { oid, keyId, overlapSeconds: 5 }));
    for (const target of [keyId, other.keyId]) {
      expect(refusal(await rotateKey(setting.context, actor, { oid, keyId: target, overlapSeconds: 0 }))).toBe(
        'ERR_ESCALATION rotation',
      );
    }
    setting.clock.advance(6000);
    expect((await setting.principal(rotated.text)).keyId).toBe(keyId);
    await expect(setting.principal(other.text)).resolves.toMatchObject({ keyId: other.keyId });
  });

  it('a secret that is being rotated out rotates nothing by a token either', async () => {
    const { keyId, text } = await admin();
    const rotated = must(await rotateKey(setting.context, OPERATOR, { oid, keyId, overlapSeconds: 60 }));
    const rotate = async (secret: string) => {
      const outcome = await rotateKey(setting.context, await tokens.actor({ oid, secret }), { oid, keyId });
      return outcome.allowed ? 'allowed' : refusal(outcome);
    };
    expect(await rotate(text)).toBe('ERR_ESCALATION rotation');
    expect(await rotate(rotated.text)).toBe('allowed');
  });

  it('a secret that is being rotated out is not one whose key itself has an end', async () => {
    const expiresAt = setting.clock.wall() + 600_000;
    const made = await organizationKey(setting, oid, 'vendor', [], { expiresAt });
    must(await rotateKey(setting.context, await setting.actor(made.text), { oid, keyId: made.keyId }));
  });
});

describe('a key that rotates itself', () => {
  const KEY = 'fFo7b0aBq1Zz-4kQm2Vx9w';
  const rotating = async (text: string, overlapSeconds: number | undefined, key?: string, request = 'same') => {
    const principal = await setting.principal(text);
    const replay = key === undefined ? {} : { replay: { identity: principal.identity, key, request } };
    const more = overlapSeconds === undefined ? {} : { overlapSeconds };
    return rotateKey({ ...setting.context, ...replay }, await setting.actor(text), {
      oid,
      keyId: principal.keyId ?? '',
      ...more,
    });
  };

  it.each([
    [undefined, 3600],
    [1, 60],
    [60, 60],
    [61, 61],
    [0, 0],
  ])('a key that rotates itself with an overlap of %s has one of %s seconds', async (asked, given) => {
    const { text } = await organizationKey(setting, oid, 'vendor');
    const { oldEndsAt } = must(await rotating(text, asked));
    expect(oldEndsAt - setting.clock.wall()).toBe(given * 1000);
  });

  it('a key that rotates itself asks once more for an answer that was lost, and the old secret ends when it would have', async () => {
    const { text } = await organizationKey(setting, oid, 'vendor');
    const lost = must(await rotating(text, 120, KEY));
    setting.clock.advance(50_000);
    const again = must(await rotating(text, 120, KEY));
    expect(again.oldEndsAt).toBe(lost.oldEndsAt);
    expect(again.text).not.toBe(lost.text);
    await expect(setting.principal(lost.text)).rejects.toThrow('refused');
    expect((await setting.principal(again.text)).keyId).toBe(again.keyId);
    const third = must(await rotating(text, 120, KEY));
    await expect(setting.principal(again.text)).rejects.toThrow('refused');
    setting.clock.advance(70_000);
    await expect(setting.principal(text)).rejects.toThrow('rotated away');
    expect((await setting.principal(third.text)).keyId).toBe(third.keyId);
  });

  it('the first rotation of a key by itself is remembered for as long as the overlap goes on', async () => {
    const { text } = await organizationKey(setting, oid, 'vendor');
    const days = 24 * 3600;
    must(await rotating(text, 20 * days, KEY));
    setting.clock.advance(19 * days * 1000);
    must(await rotating(text, 20 * days, KEY));
  });

  it.each([
    ['no idempotency key', undefined, 'same'],
    ['another idempotency key', 'another-key-of-22-and-more', 'same'],
    ['another request', KEY, 'other'],
  ])('a key that rotates itself gets nothing by the old secret with %s', async (_, key, request) => {
    const { text } = await organizationKey(setting, oid, 'vendor');
    const first = must(await rotating(text, 120, KEY));
    expect(refusal(await rotating(text, 120, key, request))).toBe('ERR_ESCALATION rotation');
    expect((await setting.principal(first.text)).keyId).toBe(first.keyId);
  });

  it('a key that rotates itself gets nothing more once the secret was rotated again, or the overlap was ended', async () => {
    const { text, keyId } = await organizationKey(setting, oid, 'vendor');
    const first = must(await rotating(text, 120, KEY));
    const held = await setting.actor(text);
    must(await finishRotation(setting.context, OPERATOR, { oid, keyId }));
    const replay = { identity: (await setting.principal(first.text)).identity, key: KEY, request: 'same' };
    const late = await rotateKey({ ...setting.context, replay }, held, { oid, keyId, overlapSeconds: 120 });
    expect(refusal(late)).toBe('ERR_KEY_INVALID');
    expect(refusal(await rotating(first.text, 120, KEY))).toBe('ERR_REPLAYED');
  });

  it('a key that rotates itself names an idempotency key that can be guessed, and keeps none as it is', async () => {
    const { text } = await organizationKey(setting, oid, 'vendor');
    expect(refusal(await rotating(text, 120, 'short'))).toBe('ERR_VALIDATION');
    must(await rotating(text, 120, KEY));
    const rows = await setting.store.read((tx) => tx.find('replay', {}));
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(KEY);
  });

  it('a key that rotates itself does so 25 times at once: one secret is in force, one is being rotated out', async () => {
    const { text, keyId } = await organizationKey(setting, oid, 'vendor');
    const outcomes = await Promise.all(Array.from({ length: 25 }, () => rotating(text, 120, KEY)));
    const good = outcomes.flatMap((outcome) => (outcome.allowed ? [outcome.value.text] : []));
    const live = await Promise.all(
      good.map((one) =>
        setting.principal(one).then(
          () => 1,
          () => 0,
        ),
      ),
    );
    expect(live.reduce<number>((sum, one) => sum + one, 0)).toBe(1);
    const secrets = await setting.store.read((tx) => tx.find('secret', { keyId }));
    expect(secrets.filter(({ endsAt }) => endsAt === null)).toHaveLength(1);
    expect(secrets).toHaveLength(2);
  });
});

describe('the exchange', () => {
  it('the exchange takes no secret that a rotation ended', async () => {
    const { text, keyId } = await organizationKey(setting, oid, 'vendor');
    must(await rotateKey(setting.context, await setting.actor(text), { oid, keyId, overlapSeconds: 0 }));
    expect(refusal(await exchange(tokens.exchange, { oid, secret: text }, undefined))).toBe('ERR_KEY_INVALID');
  });
});
