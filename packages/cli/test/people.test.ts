import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 120_000;
let place: Workplace;
let oid: string;

beforeAll(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com'])).oid);
}, timeout);
afterAll(() => place.remove());

const refused = async (args: readonly string[], ...more: readonly string[]) =>
  (await place.json([...args, ...more])).code;

it('takes the name of an organization for its id where only one has it', { timeout }, async () => {
  expect(await place.json(['user', 'list', '--org', 'Acme'])).toEqual(await place.json(['user', 'list', '--org', oid]));
  const twins = await Promise.all([0, 1].map(() => place.json(['org', 'create', '--name', 'Twin'])));
  expect(await place.json(['user', 'list', '--org', 'Twin'])).toMatchObject({
    error: expect.stringContaining('several'),
  });
  for (const { oid: twin } of twins) await place.json(['org', 'delete', '--org', String(twin), '--name', 'Twin']);
  expect(await refused(['user', 'list'], '--org', 'Twin')).toBe('ERR_NOT_FOUND');
});

it('lists, grants, narrows and removes the users of an organization, but its last owner', { timeout }, async () => {
  const { items: users } = await place.json(['user', 'list', '--org', oid]);
  expect(users).toMatchObject([{ email: 'owner@example.com', role: 'owner' }]);
  const { uid } = await place.json(['user', 'create', '--email', 'bob@example.com']);
  await place.json(['user', 'join', '--uid', String(uid), '--org', oid, '--permission', 'dr.list']);
  const bob = ['--org', oid, '--email', 'bob@example.com'];
  const granted = await place.json(['user', 'grant', ...bob, '--permission', 'dr.set', 'dr.del']);
  expect(granted.permissions).toEqual(['dr.del', 'dr.list', 'dr.set']);
  const taken = await place.json(['user', 'take', ...bob, '--permission', 'dr.del']);
  expect(taken.permissions).toEqual(['dr.list', 'dr.set']);
  expect(await place.json(['user', 'role', ...bob, '--role', 'Basic'])).toMatchObject({ role: 'Basic' });
  expect(await place.json(['user', 'remove', ...bob])).toMatchObject({ removed: true });
  const owner = ['--org', oid, '--email', 'owner@example.com'];
  expect(await refused(['user', 'remove'], ...owner)).toBe('ERR_LAST_OWNER');
});

it('breaks the glass: makes a new owner, whoever owned it before', { timeout }, async () => {
  const { uid } = await place.json(['user', 'create', '--email', 'rescue@example.com']);
  await place.json(['user', 'join', '--uid', String(uid), '--org', oid, '--role', 'owner']);
  expect(await place.json(['user', 'deactivate', '--email', 'owner@example.com'])).toMatchObject({ deactivated: true });
  expect(await place.json(['user', 'activate', '--email', 'Owner@example.com'])).toMatchObject({ active: true });
  expect((await place.run(['user', 'delete'])).exit).toBe(2);
});

it('keeps API users in nested groups with a policy', { timeout }, async () => {
  const { uid } = await place.json(['api-user', 'create', '--org', oid, '--name', 'Invoice sync']);
  const user = ['--org', oid, '--uid', String(uid)];
  const made = async (name: string) => String((await place.json(['group', 'create', '--name', name])).gid);
  const [outer, inner] = [await made('All'), await made('Invoices')];
  await place.json(['group', 'nest', '--gid', outer, '--child', inner]);
  await place.json(['group', 'add-member', '--gid', inner, '--email', String(uid)]);
  await place.json(['group', 'attach', '--gid', outer, '--org', oid]);
  await place.json(['group', 'set-permissions', '--gid', outer, '--permission', 'dr.list']);
  expect(await place.json(['group', 'show', '--gid', outer])).toMatchObject({
    name: 'All',
    perms: ['dr.list'],
    orgs: [oid],
    groups: [inner],
  });
  const named = ['--org', oid, '--name', 'objects'];
  const grants = { [outer]: { company: ['read'] } };
  const put = await place.run(['policy', 'put', ...named, '--file', '-', '--json'], {}, JSON.stringify(grants));
  expect(JSON.parse(put.stdout)).toEqual({ name: 'objects', grants, etag: '1' });
  expect(JSON.parse((await place.run(['policy', 'show', ...named])).stdout)).toEqual(grants);
  const late = await place.run(['policy', 'put', ...named, '--file', '-', '--etag', '7', '--json'], {}, '{}');
  expect(JSON.parse(late.stdout)).toMatchObject({ code: 'ERR_ETAG_MISMATCH' });
  expect((await place.run(['policy', 'put', ...named, '--file', '-'], {}, '[]')).stderr).toMatch(
    /^--file: must have groups/,
  );
  const { key_hash: hash, key } = await place.json(['api-user', 'key', ...user]);
  expect(key).toMatch(/^fg_/);
  const { items: listed } = await place.json(['api-user', 'list', '--org', oid]);
  expect(listed).toEqual([
    { uid, name: 'Invoice sync', active: true, key_hash: hash, groups: [inner, outer].toSorted() },
  ]);
  expect(await place.json(['api-user', 'end-key', ...user])).toMatchObject({ ended: true });
  expect(await place.json(['policy', 'delete', ...named])).toMatchObject({ deleted: true });
  expect(await place.json(['group', 'delete', '--gid', outer])).toMatchObject({ done: true });
});

it('ends tokens, shows who did it, and deletes an organization by id and name only', { timeout }, async () => {
  expect(await place.json(['org', 'end-tokens', '--org', oid])).toEqual({ oid, ended: true });
  const { items: events, cursor } = await place.json(['audit', 'list', '--org', oid, '--limit', '1']);
  const made = { action: 'tokens.revoke', ident: 'command line', actor: null, address: null, outcome: 'done' };
  expect(events).toMatchObject([made]);
  expect(cursor).toEqual(expect.any(String));
  const { items: others } = await place.json(['audit', 'list']);
  const actions = (others as readonly { readonly action: string }[]).map(({ action }) => action);
  expect(actions).toContain('user.create');
  expect(actions).not.toContain('tokens.revoke');
  expect(await place.json(['audit', 'prune', '--older-than-days', '1'])).toEqual({
    removed: 0,
    before: expect.any(Number),
  });
  for (const days of ['0', 'all']) {
    expect(await refused(['audit', 'prune'], '--older-than-days', days)).toMatch(/^ERR_(VALIDATION|USAGE|OPTION)$/);
  }
  expect(await refused(['org', 'delete'], '--org', oid, '--name', 'Acma')).toBe('ERR_VALIDATION');
  expect(await place.json(['org', 'delete', '--org', oid, '--name', 'Acme'])).toEqual({ oid, deleted: true });
  expect(await place.json(['org', 'list'])).toEqual({ items: [] });
  expect(await refused(['user', 'list'], '--org', oid)).toBe('ERR_NOT_FOUND');
});
