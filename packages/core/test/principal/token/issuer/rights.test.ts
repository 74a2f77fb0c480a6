import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createTokenVerifier, type IssuerOptions, type IssuerRights, oidcIssuer } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { accepted, OTHER_OID, reasonOf } from '../token-fixture.js';
import { entryOf, fetchFrom, openIdDocuments, signToken } from './fake-issuer.js';
import { NOW, OID } from './provider-tokens.js';

const issuer = 'https://issuer.example';
const accepts = { permissions: ['dr.list', 'dr.set'], flairs: ['segment' as const], organizations: [OID, OTHER_OID] };
const claims = {
  iss: issuer,
  aud: 'us',
  sub: 'someone',
  jti: 'a',
  iat: NOW / 1000,
  exp: NOW / 1000 + 60,
  org_id: 'org_abc',
};

function verifierOf(rights: IssuerRights, changes: Partial<IssuerOptions> = {}) {
  const entry = oidcIssuer({
    issuer,
    audience: 'us',
    fetch: fetchFrom(openIdDocuments(issuer, [entryOf('k', 'ES256')])),
    clock: () => NOW,
  });
  const verify = createTokenVerifier({
    issuers: [{ ...entry, rights, accepts, ...changes }],
    clock: () => NOW,
  });
  return async (said: object) =>
    verify(signToken('ES256', { alg: 'ES256', typ: 'at+jwt', kid: 'k' }, { ...claims, ...said }), NOW);
}

const roles = { claim: 'resource_access.rules.roles', map: { editor: ['dr.list', 'dr.set'], reader: 'dr.list' } };
const organizations = { claim: 'org_id', organizations: { org_abc: OID, org_two: OTHER_OID } };
const withRoles = (list: unknown) => ({ resource_access: { rules: { roles: list } } });

describe('the table of rights of another issuer', () => {
  it('the table of rights gives permissions and organizations by the values of claims', async () => {
    const verify = verifierOf([roles, organizations]);
    const { rights } = accepted(await verify(withRoles(['editor'])));
    expect(rights.organizations).toEqual([OID]);
    expect(rights.in(OID)).toEqual({ permissions: ['dr.list', 'dr.set'], flairs: [] });
    const two = accepted(await verify({ ...withRoles('reader'), org_id: 'org_two' })).rights;
    expect([two.organizations, two.in(OTHER_OID)?.permissions]).toEqual([[OTHER_OID], ['dr.list']]);
  });

  it('the table of rights reads the words of scope, and one row is a table', async () => {
    const verify = verifierOf([{ claim: 'scope', map: { read: 'dr.list', write: 'dr.set' } }, organizations]);
    expect(accepted(await verify({ scope: 'openid read' })).rights.in(OID)?.permissions).toEqual(['dr.list']);
    expect(accepted(await verifierOf(organizations)({})).rights.in(OID)?.permissions).toEqual([]);
  });

  it('the table of rights gives flairs, by its own row alone', async () => {
    const flaired = verifierOf([roles, organizations, { flairs: ['segment'] }]);
    expect(accepted(await flaired({ flairs: ['root'] })).rights.in(OID)?.flairs).toEqual(['segment']);
    const without = verifierOf([roles, organizations]);
    expect(accepted(await without({ flairs: ['segment'] })).rights.in(OID)?.flairs).toEqual([]);
    const byClaim = verifierOf([organizations, { claim: 'kind', flairs: { vendor: ['segment'] } }]);
    expect(accepted(await byClaim({ kind: 'vendor' })).rights.in(OID)?.flairs).toEqual(['segment']);
    expect(accepted(await byClaim({ kind: 'segment' })).rights.in(OID)?.flairs).toEqual([]);
  });

  it('the table of rights is cut by accepts', async () => {
    const narrow = { permissions: ['dr.list'], organizations: [OID] };
    const verify = verifierOf([roles, organizations, { flairs: ['segment'] }], { accepts: narrow });
    expect(accepted(await verify(withRoles(['editor']))).rights.in(OID)).toEqual({
      permissions: ['dr.list'],
      flairs: [],
    });
    expect(accepted(await verify({ org_id: 'org_two' })).rights.organizations).toEqual([]);
  });

  it('the table of rights drops values that it does not have, and publishes each once', async () => {
    const told: unknown[] = [];
    const listen = (event: unknown) => told.push(event);
    subscribe('flairgate:issuer', listen);
    try {
      const verify = verifierOf([roles, organizations]);
      for (const list of [['editor', 'boss'], ['boss'], ['__proto__', 'constructor']]) await verify(withRoles(list));
      expect(accepted(await verify(withRoles(['boss', 'reader']))).rights.in(OID)?.permissions).toEqual(['dr.list']);
      const claim = 'resource_access.rules.roles';
      expect(told).toEqual(
        ['boss', '__proto__', 'constructor'].map((value) => ({ kind: 'unknown-value', issuer, claim, value })),
      );
    } finally {
      unsubscribe('flairgate:issuer', listen);
    }
  });

  it.each([
    ['a number', withRoles(7)],
    ['a list with a number', withRoles(['editor', 7])],
    ['a list of lists', withRoles([['editor']])],
    ['an object', withRoles({ editor: true })],
    ['a text where an object is expected', { resource_access: 'rules' }],
    ['a list where an object is expected', { resource_access: [{ rules: { roles: ['editor'] } }] }],
  ])('the table of rights refuses a claim that is not of the stated shape: %s', async (_, said) => {
    expect(reasonOf(await verifierOf([roles, organizations])(said))).toBe(
      'token: claim of another shape: resource_access.rules.roles',
    );
  });

  it('the table of rights takes an absent claim and null for no value', async () => {
    const verify = verifierOf([roles, organizations]);
    for (const said of [{}, { resource_access: null }, withRoles(null), withRoles([])])
      expect(accepted(await verify(said)).rights.in(OID)?.permissions).toEqual([]);
    expect(accepted(await verify({ org_id: undefined })).rights.organizations).toEqual([]);
  });

  it.each([
    ['a name of an organization', { claim: 'org_name', organizations: { acme: OID } }, /org_id/],
    ['a slug', { claim: 'o.slug', organizations: { acme: OID } }, /by its id/],
    ['an organization that is no UUID', { claim: 'org_id', organizations: { org_abc: 'acme' } }, /UUID/],
    ['a family', { claim: 'roles', map: { editor: 'dr.*' } }, /permission/],
    ['an unknown flair', { flairs: ['segement'] }, /flair/],
    ['a misspelt option', { claim: 'roles', mop: {} }, /did you mean `map`/],
    ['a claim without values', { claim: 'roles' }, /one of map/],
    ['no claim name', { claim: '', map: {} }, /claim/],
    ['no row', [], /at least one/],
  ])('the table of rights is refused at start with %s', (_, rights, message) => {
    expect(() => verifierOf(rights as never)).toThrow(message);
  });

  it('the table of rights needs accepts, and is not for our own tokens', () => {
    expect(() => verifierOf([roles], { accepts: undefined as never })).toThrow(/accepts/);
    expect(() => verifierOf([roles], { accepts: 'own' })).toThrow(/rights/);
  });
});

describe('the function that reads rights', () => {
  it('the rights function gives permissions by organization, cut by accepts, and never flairs', async () => {
    const verify = verifierOf((said) => ({ [OID]: said.tier === 'gold' ? ['dr.set', 'user.ctrl'] : [] }));
    expect(accepted(await verify({ tier: 'gold' })).rights.in(OID)).toEqual({ permissions: ['dr.set'], flairs: [] });
  });

  it.each([
    ['throws', (said: { readonly tier?: unknown }) => ({ [OID]: [(said.tier as string[]).map(String).join()] })],
    ['returns nothing', () => undefined],
    ['returns an organization by name', () => ({ acme: ['dr.list'] })],
    ['returns what is no permission', () => ({ [OID]: ['*'] })],
    ['writes into the claims', (said: object) => Object.assign(said, { sub: 'admin' }) && { [OID]: ['dr.list'] }],
  ])('a rights function that %s refuses the token, and the reason is published', async (_, read) => {
    const told: unknown[] = [];
    const listen = (event: unknown) => told.push(event);
    subscribe('flairgate:issuer', listen);
    try {
      expect(reasonOf(await verifierOf(read as never)({ tier: 7 }))).toBe('token: claim of another shape: rights');
      expect(told).toMatchObject([{ kind: 'rights-failed', issuer }]);
    } finally {
      unsubscribe('flairgate:issuer', listen);
    }
  });
});

describe('claims that must have a value', () => {
  it('the claim azp must be one of the clients', async () => {
    const verify = verifierOf([roles], { azp: ['web', 'cli'] });
    expect(reasonOf(await verify({ azp: 'cli' }))).toBe('accepted');
    for (const azp of ['other', undefined, ['web'], null, ''])
      expect(reasonOf(await verify({ azp }))).toBe('token: azp');
  });

  it('the claim client_id is the audience of an issuer without aud, and token_use must be access', async () => {
    const verify = verifierOf([roles], { audienceClaim: 'client_id' });
    const right = { aud: undefined, client_id: 'us', token_use: 'access' };
    expect(reasonOf(await verify(right))).toBe('accepted');
    expect(reasonOf(await verify({ ...right, client_id: 'them' }))).toBe('token: client_id');
    expect(reasonOf(await verify({ ...right, token_use: 'id' }))).toBe('token: token_use');
    expect(reasonOf(await verify({ ...right, token_use: undefined }))).toBe('token: token_use');
    expect(reasonOf(await verify({ ...right, aud: 'them' }))).toBe('token: aud');
  });
});
