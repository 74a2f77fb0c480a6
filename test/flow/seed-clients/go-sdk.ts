import { gzipSync } from 'node:zlib';
import { type GoClient, GoError, type GoType } from './go-client.js';

const texts: GoType = { list: 'string' };
const dict: GoType = { map: 'any' };

const systemMetadata: GoType = {
  struct: {
    etag: 'string',
    created_by: 'string',
    created_at: 'int',
    last_author: 'string',
    last_mod: 'int',
    guid: 'string',
    last_error: 'string',
    last_error_ts: 'int',
  },
};
const userMetadata: GoType = {
  struct: {
    enabled: 'bool',
    expiry: 'int',
    tags: texts,
    comment: 'string',
    ui_actions: { list: { struct: { label: 'string', location: 'string' } } },
  },
};
const record: GoType = { struct: { data: dict, sys_mtd: systemMetadata, usr_mtd: userMetadata } };
const written: GoType = {
  struct: { guid: 'string', name: 'string', hive: { struct: { name: 'string', partition: 'string' } } },
};
const group: GoType = {
  struct: {
    group_id: 'string',
    name: 'string',
    owners: texts,
    members: texts,
    orgs: { list: { struct: { org_name: 'string', org_id: 'string' } } },
    perms: texts,
  },
};
const usersPermissions: GoType = {
  struct: {
    user_permissions: { map: texts },
    direct_users: {
      list: { struct: { email: 'string', uid: 'string', perms: texts, MFA_enabled: 'bool', MFA_types: texts } },
    },
    from_groups: {
      map: { struct: { email: 'string', groups: { map: 'bool' }, MFA_enabled: 'bool', hasDirectAccess: 'bool' } },
    },
    group_info: { map: { struct: { name: 'string', perms: texts, owners: texts } } },
  },
};
const apiKey: GoType = {
  struct: {
    key_hash: 'string',
    name: 'string',
    priv: texts,
    created_at: 'int',
    by: 'string',
    oid: 'string',
    allowed_ip_range: 'string',
    last_used: 'int',
  },
};

/** An installation key has a decoder of its own, to which every member must be there. */
const installationKey: GoType = {
  custom(value) {
    for (const name of ['desc', 'iid', 'key', 'json_key', 'tags']) {
      if (typeof Reflect.get(Object(value), name) !== 'string') throw new GoError(`invalid field ${name}`);
    }
    if (!Number.isInteger(Reflect.get(Object(value), 'created'))) throw new GoError('invalid field created');
  },
};

export interface HiveArguments {
  readonly hive: string;
  readonly key: string;
  readonly data?: object;
  readonly etag?: string;
  readonly tags?: readonly string[];
  readonly enabled?: boolean;
}

interface StoredRecord {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly sys_mtd: { readonly etag?: string; readonly guid: string };
  readonly usr_mtd: Readonly<Record<string, unknown>>;
}

export interface Written {
  readonly guid: string;
  readonly name: string;
  readonly hive: { readonly name: string; readonly partition: string };
}

type Answer = Readonly<Record<string, unknown>>;

/** The calls of the SDK about keys, users, groups, organizations, ingestion and installation keys and the audit. */
export function goOrganization(client: GoClient) {
  const { oid } = client;
  const call = (verb: string, path: string, form: object | undefined, shape: GoType) =>
    client.call<Answer>(verb, path, form === undefined ? {} : { form: form as Answer }, shape);
  const inGroup = (verb: string, path: string, form: object) => call(verb, `groups/${path}`, form, 'nothing');
  return {
    whoAmI: () =>
      call('GET', 'who', undefined, {
        struct: { user_perms: { map: texts }, orgs: texts, perms: texts, ident: 'string' },
      }),
    getApiKeys: () => call('GET', `orgs/${oid}/keys`, undefined, { struct: { api_keys: { map: apiKey } } }),
    createApiKey: (name: string, perms: readonly string[], range = '') =>
      call(
        'POST',
        `orgs/${oid}/keys`,
        { key_name: name, perms: perms.join(','), ...(range === '' ? {} : { allowed_ip_range: range }) },
        { struct: { api_key: 'string', key_hash: 'string' } },
      ),
    deleteApiKey: (hash: unknown) => call('DELETE', `orgs/${oid}/keys`, { key_hash: hash }, 'nothing'),
    getUsers: () => call('GET', `orgs/${oid}/users`, undefined, { struct: { users: texts } }),
    addUser: (email: string, inviteMissing: boolean, role: string) =>
      call(
        'POST',
        `orgs/${oid}/users`,
        { email, role, ...(inviteMissing ? { invite_missing: 'true' } : {}) },
        { struct: { success: 'bool', role: 'string', invite_sent: 'bool' } },
      ),
    removeUser: (email: string) => call('DELETE', `orgs/${oid}/users`, { email }, 'nothing'),
    getUsersPermissions: () => call('GET', `orgs/${oid}/users/permissions`, undefined, usersPermissions),
    addUserPermission: (email: string, perm: string) =>
      call('POST', `orgs/${oid}/users/permissions`, { email, perm }, 'nothing'),
    removeUserPermission: (email: string, perm: string) =>
      call('DELETE', `orgs/${oid}/users/permissions`, { email, perm }, 'nothing'),
    setUserRole: (email: string, role: string) =>
      call(
        'PUT',
        `orgs/${oid}/users/role`,
        { email, role },
        {
          struct: { success: 'bool', role: 'string', permissions: texts },
        },
      ),
    getGroups: () =>
      call('GET', 'groups', undefined, { struct: { groups: { list: { struct: { gid: 'string', name: 'string' } } } } }),
    getGroupsConcurrent: () => call('GET', 'groups/concurrent', undefined, { struct: { groups: { list: group } } }),
    createGroup: (name: string) =>
      call('POST', 'groups', { name }, { struct: { data: { struct: { gid: 'string' } }, success: 'bool' } }),
    getGroup: (gid: string) => call('GET', `groups/${gid}`, undefined, { struct: { group } }),
    deleteGroup: (gid: string) => call('DELETE', `groups/${gid}`, undefined, 'nothing'),
    addMember: (gid: string, email: string) =>
      inGroup('POST', `${gid}/users`, { member_email: email, invite_missing: 'true' }),
    removeMember: (gid: string, email: string) => inGroup('DELETE', `${gid}/users`, { member_email: email }),
    addOwner: (gid: string, email: string) => inGroup('POST', `${gid}/owners`, { member_email: email }),
    removeOwner: (gid: string, email: string) => inGroup('DELETE', `${gid}/owners`, { member_email: email }),
    setPermissions: (gid: string, perm: readonly string[]) => inGroup('POST', `${gid}/permissions`, { perm }),
    addOrg: (gid: string) => inGroup('POST', `${gid}/orgs`, { oid }),
    removeOrg: (gid: string) => inGroup('DELETE', `${gid}/orgs`, { oid }),
    getGroupLogs: (gid: string) => call('GET', `groups/${gid}/logs`, undefined, dict),
    getInfo: () =>
      call('GET', `orgs/${oid}`, undefined, {
        struct: { oid: 'string', name: 'string', sensor_version: 'string', n_rules: 'int' },
      }),
    createOrganization: (loc: string, name: string) =>
      call('POST', 'orgs/new', { loc, name }, { struct: { data: { struct: { oid: 'string' } }, success: 'bool' } }),
    listUserOrgs: (query: Answer = {}) =>
      client.call<Answer>(
        'GET',
        'user/orgs',
        { query },
        {
          struct: { orgs: { list: { struct: { oid: 'string', name: 'string', permissions: texts } } }, total: 'int' },
        },
      ),
    getUrls: () =>
      call('GET', `orgs/${oid}/url`, undefined, {
        struct: { url: { map: 'string' }, certs: { map: 'string' }, site_name: 'string' },
      }),
    renameOrg: (name: string) => call('POST', `orgs/${oid}/name`, { name }, dict),
    getDeleteConfirmationToken: (of: string) =>
      call('GET', `orgs/${of}/delete`, undefined, { struct: { confirmation: 'string' } }),
    deleteOrganization: (of: string, confirmation: unknown) =>
      client.call<Answer>('DELETE', `orgs/${of}/delete`, { query: { confirmation } }, { struct: { success: 'bool' } }),
    addToGroup: (gid: string) =>
      client.call<Answer>('POST', `groups/${gid}/orgs`, { query: { oid } }, { struct: { success: 'bool' } }),
    getAuditLogs: (query: Answer) =>
      client.call<{ readonly events: readonly Answer[] }>(
        'GET',
        `insight/${oid}/audit`,
        { query: { cursor: '-', ...query } },
        { struct: { events: { list: dict }, next_cursor: 'string' } },
      ),
    orgValueGet: (name: string) =>
      call('GET', `configs/${oid}/${name}`, undefined, { struct: { config: 'string', value: 'string' } }),
    orgValueSet: (name: string, value: string) => call('POST', `configs/${oid}/${name}`, { value }, dict),
    getIngestionKeys: () => call('GET', `insight/${oid}/ingestion_keys`, undefined, { map: dict }),
    setIngestionKeys: (name: string) => call('POST', `insight/${oid}/ingestion_keys`, { name }, dict),
    delIngestionKeys: (name: string) =>
      call('DELETE', `insight/${oid}/ingestion_keys?name=${encodeURIComponent(name)}`, undefined, dict),
    installationKeys: () => call('GET', `installationkeys/${oid}`, undefined, { map: { map: installationKey } }),
    installationKey: (iid: string) => call('GET', `installationkeys/${oid}/${iid}`, undefined, installationKey),
    addInstallationKey: (key: { desc: string; tags: readonly string[] | null; iid?: string }) =>
      call('POST', `installationkeys/${oid}`, { ...key, use_public_root_ca: false }, dict),
    delInstallationKey: (iid: string) => call('DELETE', `installationkeys/${oid}`, { iid }, dict),
  };
}

/** The calls of the SDK about records of hives. */
export function goHive(client: GoClient) {
  const { oid } = client;
  const at = ({ hive, key }: HiveArguments, target: string) =>
    `hive/${hive}/${oid}/${encodeURIComponent(key)}${target === '' ? '' : `/${target}`}`;
  const usrMtd = ({ tags, enabled = false }: HiveArguments) => ({
    enabled,
    expiry: 0,
    tags: tags ?? null,
    comment: '',
  });
  const get = (asked: HiveArguments) => client.call<StoredRecord>('GET', at(asked, 'data'), {}, record);
  const getMetadata = (asked: HiveArguments) => client.call<StoredRecord>('GET', at(asked, 'mtd'), {}, record);
  const add = (asked: HiveArguments) => {
    const gzdata = gzipSync(`${JSON.stringify(asked.data ?? null)}\n`).toString('base64');
    const etag = asked.etag === undefined ? {} : { etag: asked.etag };
    return client.call<Written>(
      'POST',
      at(asked, 'data'),
      { form: { gzdata, usr_mtd: usrMtd(asked), ...etag } },
      written,
    );
  };
  return {
    get,
    getMetadata,
    add,
    list: (hive: string) =>
      client.call<Readonly<Record<string, StoredRecord>>>('GET', `hive/${hive}/${oid}`, {}, { map: record }),
    async update(asked: HiveArguments) {
      const existing = asked.data === undefined ? await getMetadata(asked) : await get(asked);
      const form =
        asked.data === undefined
          ? { usr_mtd: usrMtd(asked), etag: existing.sys_mtd.etag ?? '' }
          : { data: asked.data, usr_mtd: usrMtd(asked), sys_mtd: existing.sys_mtd };
      const target = asked.data === undefined ? 'mtd' : 'data';
      return client.call<Written>('POST', at(asked, target), { form }, written);
    },
    /** A missing record is created: the client knows it by the text of the error. */
    async updateTx(asked: HiveArguments, change: (data: StoredRecord['data']) => object) {
      const found = await get(asked).catch((error: unknown) => {
        if (error instanceof GoError && error.message.includes('RECORD_NOT_FOUND')) return undefined;
        throw error;
      });
      return add({ ...asked, data: change(found?.data ?? null), etag: found?.sys_mtd.etag ?? '' });
    },
    rename: (asked: HiveArguments, name: string) =>
      client.call<Written>('POST', at(asked, 'rename'), { form: { new_name: [name] } }, written),
    remove: (asked: HiveArguments) => client.call<Answer>('DELETE', at(asked, ''), {}, 'any'),
    schema: (hive: string) => client.call<Answer>('GET', `hive/${hive}/schema`, {}, dict),
    validate: (asked: HiveArguments) =>
      client.call<Answer>('POST', at(asked, 'validate'), { form: { data: asked.data } }, dict),
    batch: (requests: readonly object[]) =>
      client.call<{ readonly responses: readonly { readonly data: Answer; readonly error: string }[] }>(
        'POST',
        'hive',
        { values: requests.map((request) => ['request', JSON.stringify(request)] as const) },
        { struct: { responses: { list: { struct: { data: dict, error: 'string' } } } } },
      ),
  };
}
