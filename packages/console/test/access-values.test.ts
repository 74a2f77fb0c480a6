import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { detailsOf } from '../src/page/audit/details-of.ts';
import { ACTIONS } from '../src/page/audit/sentence-of.ts';
import { describeToken } from '../src/page/rest-api/described-token.ts';
import { splitPermissions } from '../src/page/usage/used-permissions.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims: object) => `${part({ alg: 'ES256' })}.${part(claims)}.c2ln`;

it('a token is described in each of its forms, with the rights of each organization', () => {
  expect(
    describeToken(tokenOf({ oid: ['o1'], perms: ['dr.list'], flairs: ['lock'], email: 'k', exp: 9 })),
  ).toMatchObject({ ident: 'k', expires: 9, rights: [{ oid: 'o1', permissions: ['dr.list'], flairs: ['lock'] }] });
  const user = describeToken(
    tokenOf({ oid: { o1: ['a.b'], o2: [] }, flairs: { o1: ['segment'] }, sub: 's', aud: ['x', 'y'] }),
  );
  expect(user).toMatchObject({ ident: 's', audience: ['x', 'y'], expires: undefined });
  expect(user?.rights).toEqual([
    { oid: 'o1', permissions: ['a.b'], flairs: ['segment'] },
    { oid: 'o2', permissions: [], flairs: [] },
  ]);
  const oids = Buffer.from('5f2d6c1e9b3a4c578a441d0e7b2f9c36'.repeat(2), 'hex').toString('base64url');
  expect(describeToken(tokenOf({ cmp: { cat: 'x', sets: [{ bits: 'AQ', oids }] } }))).toMatchObject({
    rights: undefined,
    compactOrganizations: ['5f2d6c1e-9b3a-4c57-8a44-1d0e7b2f9c36', '5f2d6c1e-9b3a-4c57-8a44-1d0e7b2f9c36'],
  });
});

it('a text that is no token has no description, whatever it contains', () => {
  for (const text of ['', 'a', 'a.b', 'a.b.c', `${part([])}.${part({})}.x`, `${tokenOf({})}.more`]) {
    expect(describeToken(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (text, claims) => {
      describeToken(text);
      describeToken(`${part({})}.${part(claims)}.${text.replaceAll('.', '')}`);
      describeToken(tokenOf({ oid: claims, perms: claims, flairs: claims, cmp: claims, aud: claims }));
    }),
  );
});

it('the permissions of a key are split by whether they were used, and none is lost', () => {
  const usage = (permissions: Record<string, number>) =>
    ({ key_hash: 'k', ident: null, day: '2026-11-30', calls: 1, denials: 0, limited: 0, permissions }) as const;
  const entries = [usage({ 'dr.list': 2 }), usage({ 'gone.now': 1, constructor: 1 })];
  expect(splitPermissions({ priv: ['dr.set', 'dr.list', 'toString'] }, entries)).toEqual({
    used: ['dr.list'],
    unused: ['dr.set', 'toString'],
  });
});

it('the details of an entry are labels and words, with names for ids, and no JSON', () => {
  const details = {
    permissions: ['dr.list', 'dr.set'],
    uid: 'u1',
    oldEndsAt: 1_700_000_000_000,
    explanation: { because: 'another key holds the lock', holder: 'h1', allowed: false, rule: 'locked' },
    madePrivileged: true,
    matches: { repository: 'a/b' },
    none: null,
  };
  expect(detailsOf({ details, names: { u1: 'ann@acme.example', h1: 'maker[lock]' } })).toEqual([
    { label: 'Permissions', text: 'dr.list, dr.set' },
    { label: 'User', text: 'ann@acme.example (u1)' },
    { label: 'Old secret valid until', text: '1700000000000', at: 1_700_000_000 },
    { label: 'Because', text: 'another key holds the lock' },
    { label: 'Locked by', text: 'maker[lock] (h1)' },
    { label: 'Made privileged', text: 'yes' },
    { label: 'Matches repository', text: 'a/b' },
  ]);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (given) => {
      for (const { text } of detailsOf({ details: given })) expect(typeof text).toBe('string');
    }),
  );
});

it('every action that the packages record has a sentence', () => {
  const packages = join(import.meta.dirname, '../..');
  const files = ['core', 'cli', 'server', 'express'].flatMap((name) =>
    readdirSync(join(packages, name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(packages, name, 'src', path), 'utf8')),
  );
  const recorded = files.flatMap((text) =>
    [...text.matchAll(/\baction(?: =|:) [^;,\n]*/g)].flatMap(([found]) =>
      [...found.matchAll(/'([a-z-]+(?:\.[a-z-]+)+)'/g)].map(([, action = '']) => action),
    ),
  );
  const known = new Set(ACTIONS.map(([action]) => action));
  expect(new Set(recorded).size).toBeGreaterThan(40);
  expect([...new Set(recorded)].filter((action) => !known.has(action))).toEqual([]);
});
