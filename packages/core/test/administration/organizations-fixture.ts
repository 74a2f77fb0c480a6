import { randomBytes } from 'node:crypto';
import {
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  createUser,
  joinUser,
  nestGroup,
  putPolicy,
  replaceApiUserKey,
  setGroupPermissions,
} from '@flairgate/core/administration';
import { memoryRowStore } from '@flairgate/core/internal';
import { openStore, type RowStore, type Store, schema, type TableName, type Tables } from '@flairgate/core/store';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture } from './fixture.js';

/** A caller that gives commands. */
export interface Holder {
  readonly name: string;
  readonly text: string;
}

/** Two organizations with people, keys, groups and a policy, as rows that can be laid out again and again. */
export interface OrganizationsFixture {
  readonly oids: readonly string[];
  readonly gids: readonly string[];
  /** Addresses of people, and the id of an API user. */
  readonly users: readonly string[];
  readonly apiUser: string;
  readonly holders: readonly Holder[];
  readonly masterKey: Uint8Array;
  /** These rows, in a store of their own. */
  rows(): Promise<RowStore>;
  /** A setting with these rows, of its own. */
  open(): Promise<AdministrationFixture>;
}

type Rows = readonly { readonly table: TableName; readonly row: Tables[TableName] }[];

export async function createOrganizationsFixture(): Promise<OrganizationsFixture> {
  const masterKey = randomBytes(32);
  const store = await openStore(memoryRowStore(), masterKey);
  const setting = await openAdministrationFixture(store);
  const { context } = setting;
  const holders: Holder[] = [];
  const [first, second] = [await organization(setting, 'first'), await organization(setting, 'second')];
  const person = async (name: string, oid: string | undefined, permissions: string[], role?: 'owner') => {
    const email = `${name}@example.com`;
    const { uid } = must(await createUser(context, OPERATOR, { email }));
    if (oid !== undefined) {
      must(await joinUser(context, OPERATOR, { uid, oid, permissions, ...(role === undefined ? {} : { role }) }));
    }
    const made = must(await createKey(context, OPERATOR, { owner: { kind: 'user', uid }, name: 'laptop' }));
    holders.push({ name, text: made.text });
    return email;
  };
  const users = [
    await person('ann', first, [], 'owner'),
    await person('bob', first, ['user.ctrl', 'apikey.ctrl', 'dr.list', 'company.read']),
    await person('cat', first, ['user.ctrl', 'dr.*', 'company.write']),
    await person('dan', second, [], 'owner'),
    await person('eve', undefined, []),
  ];
  const keys: readonly [string, string, readonly string[]][] = [
    ['keys', first, ['apikey.ctrl', 'dr.list']],
    ['users', first, ['user.ctrl', 'company.read', 'org.get']],
    ['vendor[segment]', first, ['apikey.ctrl', 'user.ctrl', 'dr.list']],
    ['admin[root]', second, ['apikey.ctrl', 'user.ctrl', 'org.del', 'dr.set']],
  ];
  for (const [name, oid, permissions] of keys) {
    const owner = { kind: 'organization', oid } as const;
    holders.push({ name, text: must(await createKey(context, OPERATOR, { owner, name, permissions })).text });
  }
  const apiUser = must(await createApiUser(context, OPERATOR, { oid: first, name: 'sync' })).uid;
  holders.push({
    name: 'sync',
    text: must(await replaceApiUserKey(context, OPERATOR, { oid: first, uid: apiUser })).text,
  });
  const gids: string[] = [];
  for (const holder of [...holders.slice(0, 3), ...holders.slice(0, 3)]) {
    gids.push(must(await createGroup(context, await setting.actor(holder.text), { name: holder.name })).gid);
  }
  const [annGroup = '', bobGroup = ''] = gids;
  must(await setGroupPermissions(context, OPERATOR, { gid: annGroup, permissions: ['insight.evt.get', 'org.get'] }));
  must(await addGroupOrganization(context, OPERATOR, { gid: annGroup, oid: first }));
  must(await addGroupMember(context, OPERATOR, { gid: bobGroup, email: 'eve@example.com' }));
  const grants = { [bobGroup]: { company: ['read', 'delete'] } } as const;
  must(await putPolicy(context, OPERATOR, { oid: first, name: 'objects', grants }));
  must(await nestGroup(context, OPERATOR, { gid: gids[4] ?? '', child: bobGroup }));
  must(await addGroupMember(context, OPERATOR, { gid: annGroup, email: 'cat@example.com' }));
  must(await addGroupOwner(context, OPERATOR, { gid: annGroup, email: 'bob@example.com' }));
  const rows = await dump(store);
  setting.authenticator.close();
  return {
    oids: [first, second],
    gids,
    users: [...users, apiUser],
    apiUser,
    holders,
    masterKey,
    rows: () => layOut(rows),
    open: async () => openAdministrationFixture(await openStore(await layOut(rows), masterKey)),
  };
}

/** Every row, so that a world is built once. */
async function dump(store: Store): Promise<Rows> {
  const tables = Object.keys(schema).filter((name): name is TableName => name in schema);
  return store.read(async (tx) => {
    const rows: { table: TableName; row: Tables[TableName] }[] = [];
    for (const table of tables) for (const row of await tx.find(table, {})) rows.push({ table, row });
    return rows;
  });
}

async function layOut(rows: Rows): Promise<RowStore> {
  const store = memoryRowStore();
  await store.write(async (tx) => {
    for (const { table, row } of rows) await tx.insert(table, row);
  });
  return store;
}

async function organization({ context }: AdministrationFixture, name: string): Promise<string> {
  return must(await createOrganization(context, OPERATOR, { name })).oid;
}
