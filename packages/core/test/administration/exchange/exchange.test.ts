import { pbkdf2Sync } from 'node:crypto';
import { createAuthenticator, defaultCatalogue, isDenial, respond, UnavailableError } from '@flairgate/core';
import {
  createKey,
  createOrganization,
  createUser,
  type ExchangeContext,
  exchange,
  importKey,
  joinUser,
  revokeKey,
  rotateKey,
  userKeyInfo,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { createGuessQueue, createVerifyOnce } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { createHmacTokenKey, createTokenMint } from '@flairgate/core/tokens';
import { beforeEach, describe, expect, it } from 'vitest';
import { virtualTime } from '../../principal/key/virtual-time.js';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from '../fixture.js';

const SECRET = 'only-for-this-test: not a secret of anything 0123456789';
const ISSUER = 'https://issuer.example';

let setting: AdministrationFixture;
let context: ExchangeContext;
let oid: string;
let other: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  const tokenKey = createHmacTokenKey(SECRET);
  context = {
    store: setting.store,
    catalogue: defaultCatalogue,
    now: setting.clock.wall,
    verifyOnce: createVerifyOnce(createHasher().verify, 100),
    mint: createTokenMint({
      issuer: ISSUER,
      audience: 'flairgate',
      signer: () => tokenKey,
      catalogue: defaultCatalogue,
      clock: setting.clock.wall,
    }),
  };
  oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
  other = must(await createOrganization(setting.context, OPERATOR, { name: 'Other' })).oid;
});

function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
}

function gate() {
  const { store, clock } = setting;
  const authenticator = createAuthenticator({
    store,
    clock,
    tokens: { issuer: ISSUER, audience: 'flairgate', secret: SECRET },
  });
  return (jwt: string) => authenticator.authenticate({ kind: 'bearer', text: jwt }, undefined);
}

async function userKey(name: string, oids: readonly string[]) {
  const user = must(await createUser(setting.context, OPERATOR, { email: `${name}@example.com` }));
  for (const each of oids) {
    must(await joinUser(setting.context, OPERATOR, { uid: user.uid, oid: each, permissions: ['dr.list', 'dr.set'] }));
  }
  const key = must(await createKey(setting.context, OPERATOR, { owner: { kind: 'user', uid: user.uid }, name }));
  return { uid: user.uid, secret: key.text, keyId: key.keyId };
}

describe('an organization key', () => {
  it('an organization key gives a token for its organization, in the shape LimaCharlie reads', async () => {
    const key = await organizationKey(setting, oid, 'vendor[segment]', ['output.*']);
    const { jwt } = must(await exchange(context, { oid, secret: key.text }, undefined));
    const now = setting.clock.wall() / 1000;
    expect(claimsOf(jwt)).toMatchObject({
      oid: [oid],
      perms: ['output.del', 'output.list', 'output.set'],
      flairs: ['segment'],
      uid: '',
      email: 'vendor[segment]',
      kid: key.keyId,
      iss: ISSUER,
      aud: 'flairgate',
      iat: now,
      exp: now + 3600,
    });
    const principal = await gate()(jwt);
    expect(principal).toMatchObject({ kind: 'organization-key', via: 'token', organizations: [oid] });
  });

  it('an organization key and its token are one identity with the same rights', async () => {
    const key = await organizationKey(setting, oid, 'vendor[secret][lock]', ['dr.*']);
    const { jwt } = must(await exchange(context, { oid, secret: key.text }, undefined));
    const byKey = await setting.principal(key.text);
    const byToken = await gate()(jwt);
    if (isDenial(byToken)) throw new Error(byToken.reason);
    expect(byToken).toMatchObject({ identity: byKey.identity, secretId: byKey.secretId, ident: byKey.ident });
    expect(byToken.in(oid)).toEqual(byKey.in(oid));
  });

  it.each([
    ['no organization', {}],
    ['another organization', { oid: 'other' }],
    ['no organization at all', { oid: '-' }],
    ['a user beside it', { oid: 'own', uid: 'somebody' }],
  ])(
    'an organization key is refused with %s, like an unknown key',
    async (_, asked: { oid?: string; uid?: string }) => {
      const key = await organizationKey(setting, oid, 'vendor');
      const named = { own: oid, other, '-': '-' };
      const sent = asked.oid === undefined ? asked : { ...asked, oid: named[asked.oid as keyof typeof named] };
      const wrong = await exchange(context, { ...sent, secret: key.text }, undefined);
      const unknown = await exchange(context, { oid, secret: 'fg_unknown' }, undefined);
      if (wrong.allowed || unknown.allowed) throw new Error('was let in');
      expect(respond(wrong)).toEqual(respond(unknown));
      expect(wrong.caller).toMatchObject({ ident: 'vendor', organizations: [oid] });
      expect(unknown.caller).toBeUndefined();
      expect(refusal(unknown)).toBe('ERR_KEY_INVALID');
    },
  );
});

describe('a user key', () => {
  it('a user key gives a token for every organization of the user', async () => {
    const { uid, secret } = await userKey('laptop', [oid, other]);
    const claims = claimsOf(must(await exchange(context, { uid, secret }, undefined)).jwt);
    expect(claims).toMatchObject({ oid: { [oid]: ['dr.list', 'dr.set'], [other]: ['dr.list', 'dr.set'] }, uid });
    expect(claims.perms).toBeUndefined();
  });

  it('a user key with one organization gives a token for that one', async () => {
    const { uid, secret } = await userKey('laptop', [oid, other]);
    const claims = claimsOf(must(await exchange(context, { uid, oid, secret }, undefined)).jwt);
    expect(claims).toMatchObject({ oid: [oid], perms: ['dr.list', 'dr.set'], uid });
  });

  it('a user key with oid=- gives a token without organizations', async () => {
    const { uid, secret } = await userKey('laptop', [oid]);
    const { jwt } = must(await exchange(context, { uid, oid: '-', secret }, undefined));
    expect(claimsOf(jwt)).toMatchObject({ oid: {}, uid });
    expect(await gate()(jwt)).toMatchObject({ organizations: [], uid });
  });

  it("a user key is refused without its user, with another, and for an organization that is not the user's", async () => {
    const { uid, secret } = await userKey('laptop', [oid]);
    const stranger = await userKey('stranger', [other]);
    for (const sent of [{ oid }, {}, { uid: stranger.uid }, { uid, oid: other }]) {
      expect(refusal(await exchange(context, { ...sent, secret }, undefined))).toBe('ERR_KEY_INVALID');
    }
  });

  it('a user key tells its organizations, with names where asked for', async () => {
    const { uid, secret } = await userKey('laptop', [oid, other]);
    const orgs = [oid, other].sort();
    expect(must(await userKeyInfo(context, { uid, secret, withNames: false }, undefined))).toEqual({ orgs });
    const named = must(await userKeyInfo(context, { uid, secret, withNames: true }, undefined));
    expect({ ...named.names }).toEqual({ [oid]: 'Acme', [other]: 'Other' });
  });
});

describe('perms', () => {
  it('the field perms narrows a token, leaves out what the key lacks, and refuses unknown names', async () => {
    const key = await organizationKey(setting, oid, 'vendor', ['dr.list', 'dr.set']);
    const perms = async (permissions: readonly string[]) => {
      const outcome = await exchange(context, { oid, secret: key.text, permissions }, undefined);
      return outcome.allowed ? claimsOf(outcome.value.jwt).perms : refusal(outcome);
    };
    expect(await perms(['dr.list', 'fp.ctrl'])).toEqual(['dr.list']);
    expect(await perms([])).toEqual([]);
    expect(await perms(['dr.lst'])).toBe('ERR_VALIDATION');
  });

  it('the field perms makes a token that hands out no more than it carries', async () => {
    const key = await organizationKey(setting, oid, 'admin', ['apikey.ctrl', 'dr.list']);
    const { jwt } = must(await exchange(context, { oid, secret: key.text, permissions: ['apikey.ctrl'] }, undefined));
    const principal = await gate()(jwt);
    if (isDenial(principal)) throw new Error(principal.reason);
    const outcome = await createKey(
      setting.context,
      { kind: 'principal', principal, address: undefined },
      { owner: { kind: 'organization', oid }, name: 'made', permissions: ['dr.list'] },
    );
    expect(refusal(outcome)).toBe('ERR_ESCALATION permissions');
  });
});

describe('a token ends', () => {
  it('a token ends with its key, at once', async () => {
    const key = await organizationKey(setting, oid, 'vendor');
    const identify = gate();
    const { jwt } = must(await exchange(context, { oid, secret: key.text }, undefined));
    expect(isDenial(await identify(jwt))).toBe(false);
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: key.keyId }));
    setting.clock.advance(60);
    const denial = await identify(jwt);
    expect(isDenial(denial) && denial.code).toBe('ERR_TOKEN_INVALID');
  });

  it('a token ends no later than its key, and than the secret it came from', async () => {
    const { clock } = setting;
    const key = await organizationKey(setting, oid, 'vendor', [], { expiresAt: clock.wall() + 10_000 });
    const first = must(await exchange(context, { oid, secret: key.text }, undefined));
    expect(claimsOf(first.jwt).exp).toBe(clock.wall() / 1000 + 10);
    must(await rotateKey(setting.context, OPERATOR, { oid, keyId: key.keyId, overlapSeconds: 5 }));
    const second = must(await exchange(context, { oid, secret: key.text }, undefined));
    expect(claimsOf(second.jwt).exp).toBe(clock.wall() / 1000 + 5);
  });

  it('a token ends when its user leaves an organization it names, and not when the user joins another', async () => {
    const { uid, secret } = await userKey('laptop', [oid]);
    const identify = gate();
    const { jwt } = must(await exchange(context, { uid, secret }, undefined));
    must(await joinUser(setting.context, OPERATOR, { uid, oid: other, permissions: ['dr.list'] }));
    setting.clock.advance(60);
    expect(isDenial(await identify(jwt))).toBe(false);
    must(await joinUser(setting.context, OPERATOR, { uid, oid, permissions: ['fp.ctrl'] }));
    setting.clock.advance(60);
    expect(isDenial(await identify(jwt))).toBe(true);
  });
});

describe('an imported hash', () => {
  const text = 'Xq7vT2mK9pR4sW8yB3nL6dF1';
  const salt = 'c2FsdHNhbHQ';
  const checksum = pbkdf2Sync(text, salt, 1000, 32, 'sha256').toString('base64');
  const django = `pbkdf2_sha256$1000$${salt}$${checksum}`;

  it('an imported hash works at the exchange with its user, then everywhere; a wrong text never does', async () => {
    const user = must(await createUser(setting.context, OPERATOR, { email: 'old@example.com' }));
    must(await joinUser(setting.context, OPERATOR, { uid: user.uid, oid, permissions: ['dr.list'] }));
    const { keyId } = must(await importKey(setting.context, OPERATOR, { uid: user.uid, name: 'legacy', hash: django }));
    await expect(setting.principal(text)).rejects.toThrow('unknown');
    expect(refusal(await exchange(context, { uid: user.uid, secret: `${text}x` }, undefined))).toBe('ERR_KEY_INVALID');
    expect(refusal(await exchange(context, { uid: 'other', secret: text }, undefined))).toBe('ERR_KEY_INVALID');
    must(await exchange(context, { uid: user.uid, secret: text }, undefined));
    expect(await setting.principal(text)).toMatchObject({ keyId, kind: 'user-key' });
  });

  /** Creates a user with `count` imported hashes, of which the first is of `text`. */
  async function importer(name: string, count: number) {
    const { uid } = must(await createUser(setting.context, OPERATOR, { email: `${name}@example.com` }));
    for (let each = 0; each < count; each++) {
      const own = pbkdf2Sync(each === 0 ? text : `${text}${each}`, salt, 1000, 32, 'sha256').toString('base64');
      const hash = `pbkdf2_sha256$1000$${salt}$${own}`;
      must(await importKey(setting.context, OPERATOR, { uid, name: `legacy ${each}`, hash }));
    }
    return uid;
  }

  it('an imported hash gives no caller the verdict on the text of another who asks at the same time', async () => {
    const uid = await importer('old', 1);
    context = { ...context, guesses: createGuessQueue() };
    const ask = (secret: string) => exchange(context, { uid, secret }, '203.0.113.7');
    const [first, right, last] = await Promise.all([ask(`${text}x`), ask(text), ask(`${text}y`)]);
    expect([first, right, last].map(({ allowed }) => allowed)).toEqual([false, true, false]);
  });

  it('an imported hash is not given to another text when the write that claims it was lost', async () => {
    const uid = await importer('old', 1);
    let losses = 1;
    const store: Store = {
      ...setting.store,
      write: (work) => {
        if (losses-- > 0) return Promise.reject(new UnavailableError('store', new Error('connection reset')));
        return setting.store.write(work);
      },
    };
    context = { ...context, store };
    await expect(exchange(context, { uid, secret: text }, undefined)).rejects.toThrow(UnavailableError);
    expect(refusal(await exchange(context, { uid, secret: `${text}x` }, undefined))).toBe('ERR_KEY_INVALID');
    must(await exchange(context, { uid, secret: text }, undefined));
  });

  it('an imported hash shows by no time of a wrong secret whether there is one, or how many', async () => {
    const uids = [await importer('one', 1), await importer('four', 4), await importer('none', 0), 'nobody'];
    const times: number[] = [];
    for (const uid of uids) {
      for (const secret of [`${text}x`, 'weak', 'a'.repeat(40), 'a'.repeat(4000)]) {
        const time = virtualTime();
        context = { ...context, guesses: createGuessQueue(time) };
        const [refused] = await time.settle([exchange(context, { uid, secret }, undefined)]);
        expect(refused?.value).toMatchObject({ allowed: false, code: 'ERR_KEY_INVALID' });
        times.push(refused?.at ?? -1);
      }
    }
    expect(new Set(times).size).toBe(1);
  });

  it('an imported hash makes every place as long as the dearest user needs, and short again when all were claimed', async () => {
    const dear = `pbkdf2_sha256$400000$${salt}$${pbkdf2Sync(text, salt, 400_000, 32, 'sha256').toString('base64')}`;
    const timeOf = async (uid: string, secret: string) => {
      const time = virtualTime();
      context = { ...context, guesses: createGuessQueue(time) };
      const [answer] = await time.settle([exchange(context, { uid, secret }, undefined)]);
      return answer?.at;
    };
    expect(await timeOf('nobody', `${text}x`)).toBe(250);
    const { uid } = must(await createUser(setting.context, OPERATOR, { email: 'old@example.com' }));
    must(await importKey(setting.context, OPERATOR, { uid, name: 'dear', hash: dear }));
    expect([await timeOf('nobody', `${text}x`), await timeOf(uid, `${text}x`)]).toEqual([500, 500]);
    expect(await timeOf(uid, text)).toBe(500);
    expect(await timeOf('nobody', `${text}x`)).toBe(250);
  });

  it('an imported hash lets a right secret that has its tag pass all guesses by', async () => {
    const { uid, secret } = await userKey('laptop', [oid]);
    const time = virtualTime();
    context = { ...context, guesses: createGuessQueue(time) };
    const guesses = Array.from({ length: 5 }, () => exchange(context, { uid, secret: `${text}x` }, undefined));
    must(await exchange(context, { uid, secret }, undefined));
    expect(time.now()).toBe(0);
    await time.settle(guesses);
  });

  it('an imported hash is refused in another scheme, and from anyone but the operator', async () => {
    const { uid, secret } = await userKey('laptop', [oid]);
    const bad = await importKey(setting.context, OPERATOR, { uid, name: 'legacy', hash: '$2b$12$abc' });
    expect(refusal(bad)).toBe('ERR_VALIDATION');
    const byUser = await importKey(setting.context, await setting.actor(secret), { uid, name: 'legacy', hash: django });
    expect(byUser.allowed).toBe(false);
  });
});
