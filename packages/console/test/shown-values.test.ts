import type { KeyEntry, Member } from '@flairgate/client';
import { expect, it } from 'vitest';
import { sentenceOf } from '../src/page/audit/sentence-of.ts';
import { readClaims } from '../src/page/session/claims.ts';
import { sumByKey } from '../src/page/usage/sum-by-key.ts';
import { roleOf } from '../src/page/users/role-of.ts';

const entry = (keyHash: string, calls: number, permissions: Record<string, number>) => ({
  key_hash: keyHash,
  ident: keyHash,
  day: '2026-11-30',
  calls,
  denials: 1,
  limited: 0,
  permissions,
});

it('the usage of a key over several days is one row, the most used first and the unused last', () => {
  const entries = [entry('a', 1, { x: 1 }), entry('b', 5, {}), entry('a', 2, { y: 2 })];
  const rows = sumByKey(entries, { idle: { name: 'idle' } as KeyEntry });
  expect(rows.map(({ keyHash, calls, permissions }) => [keyHash, calls, permissions])).toEqual([
    ['b', 5, []],
    ['a', 3, ['x', 'y']],
    ['idle', 0, []],
  ]);
});

it('the role of a member is the one with exactly their permissions', () => {
  const roles = [
    { name: 'Owner', perms: ['a', 'b'] },
    { name: 'Viewer', perms: ['a'] },
  ];
  const member = (role: Member['role'], permissions: readonly string[]) =>
    roleOf({ email: 'x', role, permissions, accepted: true, etag: '' } as Member, roles);
  expect([member('owner', []), member('member', ['a']), member('member', ['b']), member('member', ['a', 'b'])]).toEqual(
    ['Owner', 'Viewer', undefined, undefined],
  );
});

it('the flairs of a session are read from its token, of either form', () => {
  const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  expect(readClaims(token({ flairs: ['segment'], kid: 'k1' }))).toEqual({ flairs: ['segment'], keyHash: 'k1' });
  expect(readClaims(token({ cmp: { sets: [{ flairs: ['lock'] }] } }))).toEqual({
    flairs: ['lock'],
    keyHash: undefined,
  });
  expect(readClaims('nothing')).toEqual({ flairs: [], keyHash: undefined });
});

it('an entry of the audit is a sentence, also where nothing was done', () => {
  const said = (action: string, outcome = 'done', details = {}) =>
    sentenceOf({ id: '', time: 0, ident: '', actor: null, action, target: '', address: null, outcome, details });
  expect(said('key.create')).toBe('Created the key');
  expect(said('key.unknown')).toBe('key.unknown');
  expect(said('request.refuse', 'refused', { code: 'ERR_PERMISSION_MISSING' })).toBe(
    'Was refused, because a permission is missing:',
  );
  expect(said('ownership.release', 'not-done')).toContain('did not do');
});
