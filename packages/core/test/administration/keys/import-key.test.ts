import { defaultCatalogue } from '@flairgate/core';
import {
  createApiUser,
  createKey,
  createOrganization,
  createUser,
  type ExchangeContext,
  exchange,
  type ImportKeyInput,
  importKey,
  joinUser,
  listKeys,
  revokeKey,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { createGuessQueue, createVerifyOnce } from '@flairgate/core/internal';
import { createHmacTokenKey, createTokenMint } from '@flairgate/core/tokens';
import { beforeEach, describe, expect, it } from 'vitest';
import { virtualTime } from '../../principal/key/virtual-time.js';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, refusal } from '../fixture.js';

/** The text that each of the other systems hashed. */
const TEXT = 'Xq7vT2mK9pR4sW8yB3nL6dF1';
const HMAC_KEY = Buffer.from('pepper-of-the-old-system');

/** Written by passlib 1.7, bcrypt, Django 5 and Python's hashlib. */
const HASHES = {
  'passlib PBKDF2': '$pbkdf2-sha256$1000$qlWqNYYwhtD6vxeCkLL23g$XsmKOAoN9cs3lWoM/bBKBV5NP.nY1Z0.Ue22Xj0Ci00',
  'Django PBKDF2': 'pbkdf2_sha256$1000$saltsaltsalt$3joAWOivt1R2dRdDh+54S1K2YjPUIOWRr7jlIMbuTcE=',
  bcrypt: '$2b$05$Jm4YzhJeUU4wLRO4O0bQjOE48txZsd4jsApK9yjpUHzJQwX/uMQJq',
  'bcrypt of PHP': '$2y$05$Jm4YzhJeUU4wLRO4O0bQjOE48txZsd4jsApK9yjpUHzJQwX/uMQJq',
  'Django bcrypt': 'bcrypt$$2b$05$0egobJDU/t1p/MxcxlchJumUoTV2rIg4i1p53au89hgWxZgC61wDm',
  'Django bcrypt of SHA-256': 'bcrypt_sha256$$2b$05$K/ito3oS21gK468MnCySsO.9MXpCrwmKnJiwum5c8wx6lkJQqY.zG',
  argon2: '$argon2id$v=19$m=1024,t=1,p=1$zfmf0zpHyJlTqnUOAcD43w$1ZkdcPKTDVhOqz64ZxcKL3xjVlx1yVRUGrAz92YWVXg',
  'Django argon2':
    'argon2$argon2id$v=19$m=1024,t=1,p=1$d2plRWtnTjZSalhwRUg3eDFEbDJYVA$lIDO3jd5Hv2dNejQO30HKaqtvgL6Lfz+UglhRCEAq7I',
  'SHA-256 in hexadecimal': '86fbea852e2b8b1286450f15cb3fb77a2a8bac1637162ca7c07a42234f5a65ca',
  'SHA-256 in base64': 'hvvqhS4rixKGRQ8Vyz+3eiqLrBY3FiynwHpCI09aZco=',
  'HMAC-SHA-256': 'bca870c659040fed75fa51eee3bfe287d341b84e81669e9e44a3ca5042fb2a3a',
} as const;
const cases = Object.entries(HASHES).map(([name, hash]): [string, Pick<ImportKeyInput, 'hash' | 'hmacKey'>] => [
  name,
  name === 'HMAC-SHA-256' ? { hash, hmacKey: HMAC_KEY } : { hash },
]);

let setting: AdministrationFixture;
let context: ExchangeContext;
let oid: string;
let uid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  const tokenKey = createHmacTokenKey('only-for-this-test: not a secret of anything 0123456789');
  const clock = setting.clock.wall;
  context = {
    store: setting.store,
    catalogue: defaultCatalogue,
    now: clock,
    verifyOnce: createVerifyOnce(createHasher().verify, 100),
    mint: createTokenMint({
      issuer: 'https://issuer.example',
      audience: 'flairgate',
      signer: () => tokenKey,
      catalogue: defaultCatalogue,
      clock,
    }),
  };
  oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
  uid = must(await createUser(setting.context, OPERATOR, { email: 'old@example.com' })).uid;
  must(await joinUser(setting.context, OPERATOR, { uid, oid, permissions: ['dr.list'] }));
});

const take = (input: ImportKeyInput) => importKey(setting.context, OPERATOR, input);

/** Runs exchanges without waiting, and returns what each was answered and when. */
async function ask(...asked: readonly Parameters<typeof exchange>[1][]) {
  const time = virtualTime();
  const own = { ...context, guesses: createGuessQueue(time) };
  const answers = await time.settle(asked.map((each) => exchange(own, each, '203.0.113.7')));
  return answers.map((answer) => ({ allowed: answer?.value?.allowed, at: answer?.at }));
}

describe('a key that is imported as text', () => {
  it('a key that is imported as text is valid everywhere at once, with a slow hash, for organizations and users', async () => {
    const own = must(await take({ oid, name: 'ci[segment]', text: TEXT, permissions: ['dr.list'] }));
    expect(own).toMatchObject({ name: 'ci[segment]', isReady: true });
    const principal = await setting.principal(TEXT);
    expect(principal).toMatchObject({ kind: 'organization-key', keyId: own.keyId });
    expect(principal.in(oid)).toMatchObject({ permissions: ['dr.list'], segment: true });
    const [secret] = await setting.store.read((tx) => tx.find('secret', { keyId: own.keyId }));
    expect(secret?.hash).toMatch(/^\$pbkdf2-sha256\$30000\$/);
    must(await take({ uid, name: 'laptop', text: `${TEXT}-2` }));
    expect(await setting.principal(`${TEXT}-2`)).toMatchObject({ kind: 'user-key', uid });
  });

  it('a key that is imported as text keeps its ranges, expiry and description', async () => {
    const expiresAt = setting.clock.wall() + 60_000;
    must(await take({ oid, name: 'ci', text: TEXT, ranges: ['10.0.0.0/8'], expiresAt, description: 'old' }));
    const { entries } = must(await listKeys(setting.context, OPERATOR, { oid }));
    expect(entries[0]?.key).toMatchObject({ ranges: ['10.0.0.0/8'], expiresAt, description: 'old' });
    await expect(setting.principal(TEXT, '192.0.2.1')).rejects.toThrow('another address');
  });

  it.each([
    ['short', 'Xq7vT2mK9p'],
    ['guessable', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
    ['of another key of ours with a wrong character', `fg_${'A'.repeat(43)}`],
  ])('a key that is imported as text is refused if it is %s, without a word of it', async (_, text) => {
    const refused = await take({ oid, name: 'ci', text });
    expect(refusal(refused)).toBe('ERR_VALIDATION');
    expect(JSON.stringify(refused)).not.toContain(text);
  });

  it('a key that is imported as text is refused if it is that of a key that exists', async () => {
    must(await take({ oid, name: 'ci', text: TEXT }));
    expect(await take({ uid, name: 'laptop', text: TEXT })).toMatchObject({
      code: 'ERR_VALIDATION',
      members: { issues: [{ field: 'text', message: 'is that of a key that exists' }] },
    });
  });
});

describe('a key of which a hash is imported', () => {
  it.each(cases)('an imported %s hash works for a user at the exchange, then everywhere', async (_, hash) => {
    const { keyId, isReady } = must(await take({ uid, name: 'laptop', ...hash }));
    expect(isReady).toBe(false);
    await expect(setting.principal(TEXT)).rejects.toThrow('unknown');
    const [wrong] = await ask({ uid, secret: `${TEXT}x` });
    const [right] = await ask({ uid, secret: TEXT });
    expect([wrong?.allowed, right?.allowed]).toEqual([false, true]);
    expect(await setting.principal(TEXT)).toMatchObject({ keyId, kind: 'user-key' });
    const [secret] = await setting.store.read((tx) => tx.find('secret', { keyId }));
    expect(secret?.hash).toMatch(/^\$pbkdf2-sha256\$/);
  });

  it.each(cases)('an imported %s hash works for an organization at the exchange, then everywhere', async (_, hash) => {
    const { keyId } = must(await take({ oid, name: 'ci', permissions: ['dr.list'], ...hash }));
    await expect(setting.principal(TEXT)).rejects.toThrow('unknown');
    const [wrong] = await ask({ oid, secret: `${TEXT}x` });
    const [right] = await ask({ oid, secret: TEXT });
    expect([wrong?.allowed, right?.allowed]).toEqual([false, true]);
    expect(await setting.principal(TEXT)).toMatchObject({ keyId, kind: 'organization-key' });
  });

  it.each(cases)('an imported %s hash is valid for no other user or organization', async (_, hash) => {
    must(await take({ oid, name: 'ci', ...hash }));
    const other = must(await createOrganization(setting.context, OPERATOR, { name: 'Other' })).oid;
    const answers = await ask({ uid, secret: TEXT }, { oid: other, secret: TEXT }, { oid, uid, secret: TEXT });
    expect(answers.map(({ allowed }) => allowed)).toEqual([false, false, false]);
    await expect(setting.principal(TEXT)).rejects.toThrow('unknown');
  });

  it('a key of which a hash is imported stores no digest, and no HMAC key that could be read', async () => {
    must(await take({ oid, name: 'ci', hash: HASHES['HMAC-SHA-256'], hmacKey: HMAC_KEY }));
    const rows = await setting.store.read(async (tx) => [
      ...(await tx.find('secret', {})),
      ...(await tx.find('setting', {})),
    ]);
    const stored = JSON.stringify(rows);
    const digest = Buffer.from(HASHES['HMAC-SHA-256'], 'hex');
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      expect(stored).not.toContain(digest.toString(form));
      expect(stored).not.toContain(HMAC_KEY.toString(form));
    }
    expect(stored).not.toContain(HMAC_KEY.toString());
  });

  it('a key of which a hash is imported is not valid any more when it was revoked before its first use', async () => {
    const { keyId } = must(await take({ oid, name: 'ci', hash: HASHES.bcrypt }));
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId }));
    expect((await ask({ oid, secret: TEXT }))[0]?.allowed).toBe(false);
  });

  it('a key of which a hash is imported leaves no more than four slow hashes of an organization waiting; a place is free again after use or revocation', async () => {
    const keys = [];
    for (const name of ['a', 'b', 'c', 'd']) keys.push(must(await take({ oid, name, hash: HASHES.bcrypt })));
    const fifth = { oid, name: 'e', hash: HASHES.argon2 };
    expect(await take(fifth)).toMatchObject({ code: 'ERR_VALIDATION', members: { issues: [{ field: 'hash' }] } });
    must(await take({ oid, name: 'digest', hash: HASHES['SHA-256 in hexadecimal'] }));
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: keys[1]?.keyId ?? '' }));
    must(await take(fifth));
  });

  it.each([
    ['nothing', ''],
    ['an unknown scheme', '$scrypt$ln=4,r=8,p=1$c2FsdA$aGFzaA'],
    ['MD5', '5d41402abc4b2a76b9719d911017c592'],
    ['bcrypt that is too cheap', HASHES.bcrypt.replace('$05$', '$03$')],
    ['bcrypt that takes minutes', HASHES.bcrypt.replace('$05$', '$20$')],
    ['argon2 that takes all memory', HASHES.argon2.replace('m=1024', 'm=4194304')],
    ['argon2 without a pass', HASHES.argon2.replace('t=1', 't=0')],
  ])('a key of which a hash is imported is refused for %s', async (_, hash) => {
    expect(refusal(await take({ oid, name: 'ci', hash }))).toBe('ERR_VALIDATION');
    expect(must(await listKeys(setting.context, OPERATOR, { oid })).entries).toEqual([]);
  });

  it('a key of which a hash is imported is not compared with a text that bcrypt would cut', async () => {
    must(await take({ uid, name: 'laptop', hash: HASHES.bcrypt }));
    const [long] = await ask({ uid, secret: TEXT + 'x7Q'.repeat(30) });
    expect(long?.allowed).toBe(false);
  });
});

describe('guesses at the key of an organization', () => {
  it('guesses at the key of an organization are answered at once while no hash was ever imported, and in the queue of guesses from then on', async () => {
    const other = must(await createOrganization(setting.context, OPERATOR, { name: 'Other' })).oid;
    const wrong = { secret: `${TEXT}x` };
    expect((await ask({ oid, ...wrong }))[0]).toEqual({ allowed: false, at: 0 });
    must(await take({ oid, name: 'ci', hash: HASHES['SHA-256 in hexadecimal'] }));
    for (const each of [oid, other, 'b6a5f4de-0000-4000-8000-000000000000']) {
      expect((await ask({ oid: each, ...wrong }))[0]).toEqual({ allowed: false, at: 250 });
    }
  });

  it('guesses at the key of an organization are ten an hour for one organization and address', async () => {
    must(await take({ oid, name: 'ci', hash: HASHES['SHA-256 in hexadecimal'] }));
    const wrong = Array.from({ length: 10 }, (_, at) => ({ oid, secret: `${TEXT}-${at}` }));
    const answers = await ask(...wrong, { oid, secret: TEXT });
    expect(answers.map(({ allowed }) => allowed)).toEqual(Array.from({ length: 11 }, () => false));
    expect((await ask({ oid, secret: TEXT }))[0]?.allowed).toBe(true);
  });
});

describe('a dry run', () => {
  it('a dry run says what an import would say, and changes nothing', async () => {
    const counts = () =>
      setting.store.read(async (tx) => [
        (await tx.find('key', {})).length,
        (await tx.find('secret', {})).length,
        (await tx.find('identity', {})).length,
        (await tx.find('audit', {})).length,
        (await tx.get('revision', { id: 1 }))?.n,
      ]);
    must(await take({ oid, name: 'taken', text: `${TEXT}-0` }));
    const before = await counts();
    const dryRun = true;
    expect(must(await take({ oid, name: 'ci', text: TEXT, dryRun })).isReady).toBe(true);
    expect(must(await take({ uid, name: 'laptop', hash: HASHES.bcrypt, dryRun })).isReady).toBe(false);
    expect(refusal(await take({ oid, name: 'taken', text: TEXT, dryRun }))).toBe('ERR_NAME_TAKEN');
    expect(refusal(await take({ oid, name: 'a[segement]', text: TEXT, dryRun }))).toBe('ERR_VALIDATION');
    expect(await counts()).toEqual(before);
  });
});

describe('an import', () => {
  it('an import of the key of an API user replaces the one before', async () => {
    const api = must(await createApiUser(setting.context, OPERATOR, { oid, name: 'robot' }));
    must(await take({ uid: api.uid, name: 'robot', text: TEXT }));
    expect(await setting.principal(TEXT)).toMatchObject({ kind: 'api-user' });
    must(await take({ uid: api.uid, name: 'robot', text: `${TEXT}-2` }));
    await expect(setting.principal(TEXT)).rejects.toThrow('revoked');
    expect(await setting.principal(`${TEXT}-2`)).toMatchObject({ kind: 'api-user' });
  });

  it.each<[string, { readonly [K in keyof ImportKeyInput]?: ImportKeyInput[K] | undefined }]>([
    ['both owners', { uid: 'x' }],
    ['no secret', { text: undefined }],
    ['both secrets', { hash: HASHES.bcrypt }],
    ['an unknown permission', { permissions: ['dr.lst'] }],
    ['an expiry in the past', { expiresAt: 1 }],
    ['an HMAC key for what is no digest', { text: undefined, hash: HASHES.bcrypt, hmacKey: HMAC_KEY }],
    ['an HMAC key for a text', { hmacKey: HMAC_KEY }],
    ['a short HMAC key', { text: undefined, hash: HASHES['HMAC-SHA-256'], hmacKey: Buffer.from('short') }],
  ])('an import is refused with %s', async (_, more) => {
    const input = { oid, name: 'ci', text: TEXT, ...more };
    expect(refusal(await take(input as ImportKeyInput))).toBe('ERR_VALIDATION');
  });

  it('an import is refused for no such organization or user, a taken name, and anyone but the operator', async () => {
    expect(refusal(await take({ oid: 'nowhere', name: 'ci', text: TEXT }))).toBe('ERR_NOT_FOUND');
    expect(refusal(await take({ uid: 'nobody', name: 'ci', text: TEXT }))).toBe('ERR_NOT_FOUND');
    const permissions = ['apikey.ctrl'];
    const made = must(
      await createKey(setting.context, OPERATOR, { owner: { kind: 'organization', oid }, name: 'boss', permissions }),
    );
    expect(refusal(await take({ oid, name: 'boss', text: TEXT }))).toBe('ERR_NAME_TAKEN');
    const byKey = await importKey(setting.context, await setting.actor(made.text), { oid, name: 'ci', text: TEXT });
    expect(refusal(byKey)).toContain('ERR_ESCALATION');
  });
});
