import { describe, expect, it } from 'vitest';
import {
  accepted,
  claims,
  craft,
  header,
  input,
  mint,
  OID,
  OTHER_OID,
  payloadOf,
  reasonOf,
  signers,
  verifier,
} from '../token-fixture.js';

const verify = verifier();
const userClaims = (): Record<string, unknown> => {
  const { perms: _perms, flairs: _flairs, ...rest } = claims();
  return { ...rest, uid: 'a-user', oid: { [OID]: ['dr.list'] } };
};

describe('a token says what it was minted with', () => {
  it('a token says what it was minted with for one organization, in the shape the clients read', () => {
    const jwt = mint(input());
    expect(payloadOf(jwt)).toMatchObject({ oid: [OID], perms: ['dr.list', 'dr.set'], flairs: ['segment'], uid: '' });
    const { claims: said, rights } = accepted(verify(jwt));
    expect(said).toMatchObject({ subject: input().subject, tokenId: expect.stringMatching(/^[\w-]{22}$/) });
    expect(said.own).toEqual({
      kind: 'organization-key',
      secretId: input().secretId,
      keyId: 'Ab3dE6gH9k',
      uid: undefined,
      ident: 'vendor[segment]',
      incarnation: input().incarnation,
      revision: 12,
      narrowed: false,
      actors: [],
    });
    expect(rights.organizations).toEqual([OID]);
    expect(rights.in(OID)).toEqual({ permissions: ['dr.list', 'dr.set'], flairs: ['segment'] });
    expect(rights.in(OTHER_OID)).toBeUndefined();
  });

  it('a token says what it was minted with for a user, as a map of organizations', () => {
    const rights = new Map([
      [OID, { permissions: ['dr.list'], flairs: [] }],
      [OTHER_OID, { permissions: [], flairs: ['root', 'bulk'] as const }],
    ]);
    const jwt = mint(input({ uid: 'a-user', kind: 'user-key', rights: { kind: 'user', rights } }));
    expect(payloadOf(jwt)).toMatchObject({
      uid: 'a-user',
      oid: { [OID]: ['dr.list'], [OTHER_OID]: [] },
      flairs: { [OTHER_OID]: ['root', 'bulk'] },
    });
    expect(payloadOf(jwt)).not.toHaveProperty('perms');
    const verified = accepted(verify(jwt));
    expect(verified.claims.own).toMatchObject({ uid: 'a-user', kind: 'user-key' });
    expect(verified.rights.organizations).toEqual([OID, OTHER_OID]);
    expect(verified.rights.in(OTHER_OID)).toEqual({ permissions: [], flairs: ['root', 'bulk'] });
  });

  it('a token says what it was minted with for a user in one organization, as an array beside the uid', () => {
    const jwt = mint(input({ uid: 'a-user', kind: 'api-user', narrowed: true }));
    expect(payloadOf(jwt)).toMatchObject({ uid: 'a-user', oid: [OID], narrowed: true });
    expect(accepted(verify(jwt)).claims.own).toMatchObject({ uid: 'a-user', kind: 'api-user', narrowed: true });
  });

  it('a token says what it was minted with for a user without organizations, as an empty map', () => {
    const jwt = mint(input({ uid: 'a-user', kind: 'user-key', rights: { kind: 'user', rights: new Map() } }));
    expect(payloadOf(jwt).oid).toEqual({});
    expect(accepted(verify(jwt)).rights.organizations).toEqual([]);
  });

  it('a token says which services act for the subject, the last one first', () => {
    const jwt = mint(input({ actors: ['gateway', 'billing'] }));
    expect(payloadOf(jwt).act).toEqual({ sub: 'gateway', act: { sub: 'billing' } });
    expect(accepted(verify(jwt)).claims.own?.actors).toEqual(['gateway', 'billing']);
    expect(() => mint(input({ actors: ['1', '2', '3', '4', '5'] }))).toThrow(/4/);
  });

  it('a token has a type of its own, and an id that does not repeat', () => {
    const jwts = Array.from({ length: 2000 }, () => mint(input(), signers.HS256));
    expect(new Set(jwts.map((jwt) => payloadOf(jwt).jti)).size).toBe(2000);
    expect(JSON.parse(Buffer.from(jwts[0]?.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      alg: 'HS256',
      typ: 'at+jwt',
      kid: signers.HS256.kid,
    });
  });
});

describe('a claim of ours that we would not have written is refused', () => {
  const wrong: readonly [string, readonly unknown[]][] = [
    ['oid', [undefined, null, '', OID, [], [OID, OTHER_OID], [OID.toUpperCase()], ['-'], [1], [[OID]], 1, true]],
    [
      'perms',
      [
        undefined,
        null,
        '',
        'dr.list',
        {},
        [1],
        ['*'],
        ['dr.*'],
        ['DR.LIST'],
        ['dr'],
        [['dr.list']],
        [''],
        { length: 1 },
      ],
    ],
    ['flairs', [null, '', 'root', {}, [1], ['ROOT'], ['owner'], ['root', 'root'], [['root']]]],
    ['sid', [undefined, null, '', 1, [], {}]],
    ['email', [undefined, null, '', 1, []]],
    ['inc', [undefined, null, '', 1]],
    ['rev', [undefined, null, '', '12', -1, 1.5, 2 ** 53, []]],
    ['kid', [null, '', 1, []]],
    ['uid', [null, 1, [], {}]],
    ['knd', [null, '', 'root', '__proto__', 1]],
    ['narrowed', [null, 'true', 1]],
    ['act', [null, 'x', [], {}, { sub: 1 }, { sub: 'a', act: 'b' }, [{ sub: 'a' }]]],
  ];
  it.each(wrong.flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    'the claim %s is refused as %j',
    (name, value) => {
      expect(reasonOf(verify(craft(header(), { ...claims(), [name]: value })))).toMatch(/^claim: /);
    },
  );

  const maps: readonly [string, unknown][] = [
    ['oid', { [OID]: 'dr.list' }],
    ['oid', { [OID]: ['dr.*'] }],
    ['oid', { [OID]: null }],
    ['oid', { [OID.toUpperCase()]: [] }],
    ['oid', { '-': [] }],
    ['oid', { constructor: [] }],
    ['flairs', ['root']],
    ['flairs', { [OTHER_OID]: ['root'] }],
    ['flairs', { [OID]: 'root' }],
    ['flairs', { [OID]: ['owner'] }],
    ['perms', ['dr.list']],
    ['perms', []],
  ];
  it.each(maps)('in a map of organizations, %s is refused as %j', (name, value) => {
    expect(reasonOf(verify(craft(header(), userClaims())))).toBe('accepted');
    expect(reasonOf(verify(craft(header(), { ...userClaims(), [name]: value })))).toMatch(/^claim: /);
  });

  it('__proto__ as an organization is refused, and nothing of it stays behind', () => {
    const text = JSON.stringify(userClaims()).replace('"oid":{', '"oid":{"__proto__":["dr.set"],');
    expect(reasonOf(verify(craft(header(), text)))).toBe('claim: oid');
    const flairs = JSON.stringify({ ...userClaims(), flairs: {} }).replace(
      '"flairs":{',
      '"flairs":{"__proto__":["root"]',
    );
    expect(reasonOf(verify(craft(header(), flairs)))).toBe('claim: flairs');
    const top = JSON.stringify(claims()).replace('{', '{"__proto__":{"root":true,"perms":["user.ctrl"]},');
    expect(accepted(verify(craft(header(), top))).rights.in(OID)?.permissions).toEqual(['dr.list', 'dr.set']);
    expect({}).not.toHaveProperty('root');
  });
});
