import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';
import { runHere } from './run-here.js';

const timeout = 120_000;
let place: Workplace;
let oid: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  place = await workplace();
  env = { FLAIRGATE_DATA: place.folder };
  oid = String((await answer(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com'])).oid);
}, timeout);
afterAll(() => place.remove());

async function answer(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await runHere([...args, '--json'], env)).stdout);
}

const refused = async (args: readonly string[], ...more: readonly string[]) => (await answer([...args, ...more])).code;

it('the command line takes the name of an organization for its id where only one has it', { timeout }, async () => {
  expect(await answer(['user', 'list', '--org', 'Acme'])).toEqual(await answer(['user', 'list', '--org', oid]));
  const twins = await Promise.all([0, 1].map(() => answer(['org', 'create', '--name', 'Twin'])));
  expect(await answer(['user', 'list', '--org', 'Twin'])).toMatchObject({
    error: expect.stringContaining('several'),
  });
  for (const { oid: twin } of twins) await answer(['org', 'delete', '--org', String(twin), '--name', 'Twin']);
  expect(await refused(['user', 'list'], '--org', 'Twin')).toBe('ERR_NOT_FOUND');
});

it('the command line lists, grants, narrows and removes the users of an organization, but its last owner', {
  timeout,
}, async () => {
  const { items: users } = await answer(['user', 'list', '--org', oid]);
  expect(users).toMatchObject([{ email: 'owner@example.com', role: 'owner' }]);
  const { uid } = await answer(['user', 'create', '--email', 'bob@example.com']);
  await answer(['user', 'join', '--user', String(uid), '--org', oid, '--permission', 'dr.list']);
  const bob = ['--org', oid, '--user', 'bob@example.com'];
  const granted = await answer(['user', 'grant', ...bob, '--permission', 'dr.set', 'dr.del']);
  expect(granted.permissions).toEqual(['dr.del', 'dr.list', 'dr.set']);
  const taken = await answer(['user', 'take', ...bob, '--permission', 'dr.del']);
  expect(taken.permissions).toEqual(['dr.list', 'dr.set']);
  expect(await answer(['user', 'role', ...bob, '--role', 'Basic'])).toMatchObject({ role: 'Basic' });
  expect(await answer(['user', 'remove', ...bob])).toMatchObject({ removed: true });
  const owner = ['--org', oid, '--user', 'owner@example.com'];
  expect(await refused(['user', 'remove'], ...owner)).toBe('ERR_LAST_OWNER');
});

it('the command line breaks the glass: it makes a new owner without the former one', { timeout }, async () => {
  const { uid } = await answer(['user', 'create', '--email', 'rescue@example.com']);
  await answer(['user', 'join', '--user', String(uid), '--org', oid, '--role', 'owner']);
  expect(await answer(['user', 'deactivate', '--user', 'owner@example.com'])).toMatchObject({ deactivated: true });
  expect(await answer(['user', 'activate', '--user', 'Owner@example.com'])).toMatchObject({ active: true });
  expect((await runHere(['user', 'delete'], env)).exit).toBe(2);
});

it('the command line takes a user by the options of before, and not by two', { timeout }, async () => {
  const { uid } = await answer(['user', 'create', '--email', 'earlier@example.com']);
  const join = ['user', 'join', '--uid', String(uid), '--org', oid, '--permission', 'dr.list'];
  expect(await answer(join)).toMatchObject({ uid, permissions: ['dr.list'] });
  const narrowed = ['user', 'role', '--email', 'earlier@example.com', '--org', oid, '--role', 'Basic'];
  expect(await answer(narrowed)).toMatchObject({ role: 'Basic' });
  expect((await runHere([...join, '--user', String(uid)], env)).exit).toBe(2);
  expect((await runHere([...join, '--email', 'earlier@example.com'], env)).exit).toBe(2);
});

it('the command line leaves no group behind if its owner is refused', { timeout }, async () => {
  const before = await answer(['group', 'list']);
  expect(await refused(['group', 'create'], '--name', 'Part', '--owner', 'no-address')).toBe('ERR_VALIDATION');
  expect(await answer(['group', 'list'])).toEqual(before);
});

it('the command line keeps API users in nested groups with a policy', { timeout }, async () => {
  const { uid } = await answer(['api-user', 'create', '--org', oid, '--name', 'Invoice sync']);
  const user = ['--org', oid, '--user', String(uid)];
  const made = async (name: string) => String((await answer(['group', 'create', '--name', name])).gid);
  const [outer, inner] = [await made('All'), await made('Invoices')];
  await answer(['group', 'nest', '--gid', outer, '--child', inner]);
  await answer(['group', 'add-member', '--gid', inner, '--user', String(uid)]);
  await answer(['group', 'attach', '--gid', outer, '--org', oid]);
  await answer(['group', 'set-permissions', '--gid', outer, '--permission', 'dr.list']);
  expect(await answer(['group', 'show', '--gid', outer])).toMatchObject({
    name: 'All',
    perms: ['dr.list'],
    orgs: [oid],
    groups: [inner],
  });
  const named = ['--org', oid, '--name', 'objects'];
  const grants = { [outer]: { company: ['read'] } };
  const put = await runHere(['policy', 'put', ...named, '--file', '-', '--json'], env, JSON.stringify(grants));
  expect(JSON.parse(put.stdout)).toEqual({ name: 'objects', grants, etag: '1' });
  expect(JSON.parse((await runHere(['policy', 'show', ...named], env)).stdout)).toEqual(grants);
  const late = await runHere(['policy', 'put', ...named, '--file', '-', '--etag', '7', '--json'], env, '{}');
  expect(JSON.parse(late.stdout)).toMatchObject({ code: 'ERR_ETAG_MISMATCH' });
  const wrong = await runHere(['policy', 'put', ...named, '--file', '-'], env, '[]');
  expect(wrong.stderr).toMatch(/^--file: must have groups/);
  const { key_hash: hash, key } = await answer(['api-user', 'key', ...user]);
  expect(key).toMatch(/^fg_/);
  const { items: listed } = await answer(['api-user', 'list', '--org', oid]);
  expect(listed).toEqual([
    { uid, name: 'Invoice sync', active: true, key_hash: hash, groups: [inner, outer].toSorted() },
  ]);
  expect(await answer(['api-user', 'end-key', ...user])).toMatchObject({ ended: true });
  expect(await answer(['policy', 'delete', ...named])).toMatchObject({ deleted: true });
  expect(await answer(['group', 'delete', '--gid', outer])).toMatchObject({ done: true });
});

it('the command line ends tokens, shows who did it, and deletes an organization by id and name only', {
  timeout,
}, async () => {
  expect(await answer(['org', 'end-tokens', '--org', oid])).toEqual({ oid, ended: true });
  const { items: events, cursor } = await answer(['audit', 'list', '--org', oid, '--limit', '1']);
  const made = { action: 'tokens.revoke', ident: 'command line', actor: null, address: null, outcome: 'done' };
  expect(events).toMatchObject([made]);
  expect(cursor).toEqual(expect.any(String));
  const { items: others } = await answer(['audit', 'list']);
  const actions = (others as readonly { readonly action: string }[]).map(({ action }) => action);
  expect(actions).toContain('user.create');
  expect(actions).not.toContain('tokens.revoke');
  expect(await answer(['audit', 'prune', '--older-than-days', '1'])).toEqual({
    removed: 0,
    before: expect.any(Number),
  });
  for (const days of ['0', 'all']) {
    expect(await refused(['audit', 'prune'], '--older-than-days', days)).toMatch(/^ERR_(VALIDATION|USAGE|OPTION)$/);
  }
  expect(await refused(['org', 'delete'], '--org', oid, '--name', 'Acma')).toBe('ERR_VALIDATION');
  expect(await answer(['org', 'delete', '--org', oid, '--name', 'Acme'])).toEqual({ oid, deleted: true });
  expect(await answer(['org', 'list'])).toEqual({ items: [] });
  expect(await refused(['user', 'list'], '--org', oid)).toBe('ERR_NOT_FOUND');
});

it('user unlink removes the account at the OpenID provider, once', { timeout }, async () => {
  const { uid } = await answer(['user', 'create', '--email', 'linked@example.com']);
  const file = join(place.folder, 'flairgate.db');
  const masterKey = (await readFile(`${file}.master-key`, 'utf8')).trim();
  const store = await sqliteStore({ file, masterKey });
  const link = { issuer: 'https://id.example.com', subject: 'subject-1', uid: String(uid), linkedAt: 1 };
  const links = () => store.read((tx) => tx.find('linkedSubject', { uid: link.uid }));
  try {
    await store.write((tx) => tx.insert('linkedSubject', link));
    const unlink = ['user', 'unlink', '--user', 'linked@example.com'];
    expect(await answer(unlink)).toEqual({ uid, unlinked: true });
    expect(await links()).toEqual([]);
    expect(await answer(unlink)).toEqual({ uid, unlinked: false });
  } finally {
    await store.close();
  }
});
