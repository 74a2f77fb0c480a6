import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createCatalogue, FLAIRS, type Flair, OptionError, type PrincipalKind } from '@flairgate/core';
import { mintToken, parseCompact, readKeySet, tokenKey, tokenKeyFromJwk } from '@flairgate/core/internal';
import {
  createHmacTokenKey,
  createTokenVerifier,
  type MintedRights,
  type Rights,
  type TokenInput,
  type TokenSigner,
  type VerifiedToken,
} from '@flairgate/core/tokens';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../runs.ts';

const NOW = 1_800_000_000_000;
const now = NOW / 1000;
const ISSUER = 'https://auth.example.com';
const names = Array.from({ length: 90 }, (_, index) => `area${index % 9}.action${index}`);
const catalogue = createCatalogue(names.map((name) => ({ name, description: '', privileged: false })));
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = tokenKey('an-ec-key', 'ES256', ec.publicKey);
const ecSigner: TokenSigner = { kid: 'an-ec-key', algorithm: 'ES256', key: ec.privateKey };
const hmac = createHmacTokenKey('properties are checked under this, 0123456789');

const verifierOf = (key: typeof publicKey) => {
  const verify = createTokenVerifier({
    issuers: [{ issuer: ISSUER, audience: 'us', keys: [key], accepts: 'own', catalogues: { find: () => catalogue } }],
    clock: () => NOW,
  });
  return (text: string) => {
    const outcome = verify(text, NOW);
    if (outcome instanceof Promise) throw new Error('expected an answer at once');
    return outcome;
  };
};
const verifyHmac = verifierOf(hmac);
const verifyEc = verifierOf(publicKey);

const identifier = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const rights: fc.Arbitrary<Rights> = fc.record({
  permissions: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 12 }).map((list) => list.toSorted()),
  flairs: fc.uniqueArray(fc.constantFrom<Flair>(...FLAIRS)).map((list) => list.toSorted()),
});
const oid = fc.uuid();
const minted: fc.Arbitrary<MintedRights> = fc.oneof(
  fc.record({ kind: fc.constant('organization' as const), oid, rights }),
  fc.array(fc.tuple(oid, rights), { maxLength: 12 }).map((list) => ({ kind: 'user' as const, rights: new Map(list) })),
);
const input: fc.Arbitrary<TokenInput> = fc.record({
  issuer: fc.constant(ISSUER),
  audience: fc.constant('us'),
  subject: identifier,
  secretId: identifier,
  kind: fc.constantFrom<PrincipalKind>('organization-key', 'user-key', 'api-user', 'user', 'service'),
  keyId: fc.option(identifier, { nil: undefined }),
  uid: fc.option(identifier, { nil: undefined }),
  ident: identifier,
  incarnation: identifier,
  revision: fc.nat(),
  issuedAt: fc.constant(now),
  expiresAt: fc.integer({ min: now + 1, max: now + 3600 }),
  narrowed: fc.boolean(),
  actors: fc.array(identifier, { maxLength: 4 }),
  rights: minted,
});

const macOf = (signed: string): string => createHmac('sha256', hmac.key).update(signed).digest('base64url');
const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toString('base64url');

function expectSaid({ claims, rights: granted }: VerifiedToken, said: TokenInput, signingKey: string): void {
  const { subject, secretId, kind, keyId, uid, ident, incarnation, revision, narrowed, actors, expiresAt } = said;
  expect(claims).toMatchObject({ subject, issuedAt: now, expiresAt, signingKey });
  expect(claims.own).toEqual({ secretId, kind, keyId, uid, ident, incarnation, revision, narrowed, actors });
  const expected = said.rights.kind === 'user' ? said.rights.rights : new Map([[said.rights.oid, said.rights.rights]]);
  expect(granted.organizations).toEqual([...expected.keys()].sort());
  for (const [id, inside] of expected) expect(granted.in(id)).toEqual(inside);
}

describe('a token', () => {
  it('a token says after verification what it was minted with, plain and compact', () => {
    const forms = fc.constantFrom(0, 1_000_000);
    fc.assert(
      fc.property(input, forms, fc.constantFrom(hmac, ecSigner), (said, compactAboveBytes, signer) => {
        const outcome = mintToken(said, signer, { catalogue, compactAboveBytes });
        if (!outcome.allowed) {
          expect(outcome.code).toBe('ERR_TOKEN_TOO_LARGE');
          return;
        }
        const verified = (signer === hmac ? verifyHmac : verifyEc)(outcome.value.jwt);
        if (!verified.allowed) throw new Error(verified.reason);
        expectSaid(verified.value, said, signer.kid);
      }),
      { numRuns: runs(300) },
    );
  });

  it('a token is refused after any change of one character, insertion or removal', () => {
    fc.assert(
      fc.property(
        input,
        fc.constantFrom(hmac, ecSigner),
        fc.nat(),
        fc.string({ minLength: 0, maxLength: 1 }),
        fc.boolean(),
        (said, signer, where, put, replace) => {
          const outcome = mintToken(said, signer, { maxTokenBytes: 100_000 });
          const jwt = outcome.allowed ? outcome.value.jwt : '';
          const at = where % jwt.length;
          const changed = jwt.slice(0, at) + put + jwt.slice(at + (replace ? 1 : 0));
          fc.pre(changed !== jwt);
          expect((signer === hmac ? verifyHmac : verifyEc)(changed).allowed).toBe(false);
        },
      ),
      { numRuns: runs(600) },
    );
  });

  it('a token has one spelling: every other character of the alphabet in every place is refused', () => {
    const outcome = mintToken(fc.sample(input, { seed: 1, numRuns: 1 })[0] as TokenInput, ecSigner, {
      maxTokenBytes: 100_000,
    });
    const jwt = outcome.allowed ? outcome.value.jwt : '';
    const from = jwt.lastIndexOf('.') + 1;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = from; at < jwt.length; at += 5) {
      for (const other of alphabet) {
        if (other === jwt[at]) continue;
        expect(verifyEc(jwt.slice(0, at) + other + jwt.slice(at + 1)).allowed).toBe(false);
      }
    }
    expect(verifyEc(jwt).allowed).toBe(true);
  });
});

describe('verification never throws, and takes nothing that was not minted', () => {
  const pieces = fc.constantFrom('.', 'e30', 'eyJ', '{', '"', 'A', '=', ' ', '\ud800', '\u0000');
  it.each([
    ['any text', fc.string({ unit: 'binary', maxLength: 300 })],
    ['any pieces of tokens', fc.array(pieces, { maxLength: 20 }).map((list) => list.join(''))],
  ])('verification never throws, and takes nothing that was not minted: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(verifyHmac(text).allowed).toBe(false);
      }),
    );
  });

  it('verification never throws on any header and any payload, though rightly signed', () => {
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc.object({ withNullPrototype: true }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(anything, anything, (header, payload) => {
        const signed = `${part(header)}.${part(payload)}`;
        expect(verifyHmac(`${signed}.${macOf(signed)}`).allowed).toBe(false);
      }),
    );
  });

  it('verification accepts another value of a claim, though rightly signed, only where it is of the right kind', () => {
    const claimNames = [
      'iss',
      'aud',
      'sub',
      'jti',
      'oid',
      'perms',
      'sid',
      'inc',
      'email',
      'rev',
      'exp',
      'iat',
      'flairs',
      'cmp',
      'act',
      'knd',
    ];
    const base = {
      iss: ISSUER,
      aud: 'us',
      sub: 's',
      jti: 'j',
      iat: now,
      exp: now + 60,
      uid: '',
      email: 'e',
      sid: 'x',
      inc: 'i',
      rev: 1,
      oid: [],
      perms: [],
    };
    fc.assert(
      fc.property(fc.constantFrom(...claimNames), fc.jsonValue(), (name, value) => {
        const oidOfBase = { ...base, oid: ['0f8fad5b-d9cb-469f-a165-70867728950e'], [name]: value };
        const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: hmac.kid })}.${part(oidOfBase)}`;
        const outcome = verifyHmac(`${signed}.${macOf(signed)}`);
        if (!outcome.allowed) return;
        const { claims, rights: granted } = outcome.value;
        expect([typeof claims.subject, typeof claims.expiresAt, typeof claims.own?.revision]).toEqual([
          'string',
          'number',
          'number',
        ]);
        for (const id of granted.organizations) {
          expect(granted.in(id)?.permissions.every((one) => typeof one === 'string')).toBe(true);
        }
      }),
      { numRuns: runs(500) },
    );
  });

  it('verification takes no member that stands twice, wherever it is put', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.string({ maxLength: 5 }),
        fc.jsonValue(),
        fc.jsonValue(),
        (rest, name, one, two) => {
          const key = JSON.stringify(name);
          const payload = `{"rest":${rest},"x":{${key}:${JSON.stringify(one)},${key} :${JSON.stringify(two)}}}`;
          const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: hmac.kid })}.${part(payload)}`;
          expect(verifyHmac(`${signed}.${macOf(signed)}`)).toHaveProperty('reason', 'token: payload');
        },
      ),
    );
  });

  it('a payload without a member that stands twice is never mistaken for one that has', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'), (rest, space) => {
        const payload = JSON.stringify({ iss: ISSUER, rest }, undefined, space);
        const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: hmac.kid })}.${part(payload)}`;
        expect(verifyHmac(`${signed}.${macOf(signed)}`)).toHaveProperty('reason', 'token: aud');
      }),
    );
  });
});

describe('parsers of keys and compact claims', () => {
  it('parsers of keys and compact claims give a value or their own error for anything', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        parseCompact(value);
        for (const parse of [tokenKeyFromJwk, readKeySet]) {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(OptionError);
          }
        }
      }),
    );
  });

  it('parsers of keys and compact claims give a key or their own error for anything that looks like a key', () => {
    const jwkLike = fc.record({
      kty: fc.constantFrom('RSA', 'EC', 'oct'),
      crv: fc.constant('P-256'),
      x: fc.base64String(),
      y: fc.base64String(),
      n: fc.base64String(),
      e: fc.constant('AQAB'),
      k: fc.base64String(),
    });
    fc.assert(
      fc.property(jwkLike, (jwk) => {
        try {
          tokenKeyFromJwk(jwk);
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
        }
      }),
    );
  });
});
