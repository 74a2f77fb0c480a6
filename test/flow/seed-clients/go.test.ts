import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from '../running-demo.js';
import { createOwnerKey } from './demo-user-key.js';
import { createGoClient, type GoClient, GoError } from './go-client.js';
import { goHive, goOrganization } from './go-sdk.js';

let folder: DemoFolder;
let demo: RunningDemo;
let client: GoClient;
let user: GoClient;
let organization: ReturnType<typeof goOrganization>;
let person: ReturnType<typeof goOrganization>;
let hive: ReturnType<typeof goHive>;

beforeAll(async () => {
  folder = await demoFolder();
  demo = await folder.start();
  const { url, oid, ownerUid: uid } = demo;
  client = createGoClient({ url, oid, secret: demo.keys.root ?? '' });
  user = createGoClient({ url, oid, uid, secret: createOwnerKey(folder, demo) });
  [organization, person, hive] = [goOrganization(client), goOrganization(user), goHive(client)];
});
afterAll(() => folder.remove());

/** Runs a call that must succeed with one request on the wire: the SDK repeats whatever it cannot use. */
async function once<T>(call: () => Promise<T>, of: GoClient = client): Promise<T> {
  of.takeCount();
  const answer = await call();
  expect(of.takeCount()).toBe(1);
  return answer;
}

const twice = async <T>(call: () => Promise<T>): Promise<T> => {
  client.takeCount();
  const answer = await call();
  expect(client.takeCount()).toBe(2);
  return answer;
};

const rule = { detect: { event: 'NEW_PROCESS', op: 'exists', path: 'event' }, respond: [] };

describe("LimaCharlie's Go client and records", () => {
  it("LimaCharlie's Go client, with records, adds one, and reads, lists and renames it", async () => {
    const asked = { hive: 'dr-general', key: 'from go/1', data: rule };
    const made = await once(() => hive.add(asked));
    expect(made).toEqual({
      guid: expect.any(String),
      name: 'from go/1',
      hive: { name: 'dr-general', partition: demo.oid },
    });
    const read = await once(() => hive.get(asked));
    expect(read).toMatchObject({ data: rule, usr_mtd: { enabled: false, tags: [] }, sys_mtd: { guid: made.guid } });
    expect((await once(() => hive.getMetadata(asked))).usr_mtd).toEqual(read.usr_mtd);
    expect(await once(() => hive.list('dr-general'))).toMatchObject({ 'from go/1': { data: rule } });
    expect(await once(() => hive.rename(asked, 'renamed'))).toMatchObject({ name: 'renamed', guid: made.guid });
    expect(await once(() => hive.remove({ ...asked, key: 'renamed' }))).toEqual({ success: true });
  });

  it("LimaCharlie's Go client, with records, updates its content and its metadata, each with the version that was read", async () => {
    const asked = { hive: 'dr-general', key: 'updated' };
    await once(() => hive.add({ ...asked, data: rule, tags: ['a'] }));
    await twice(() => hive.update({ ...asked, data: { ...rule, respond: [{ action: 'report' }] } }));
    expect((await hive.get(asked)).data).toMatchObject({ respond: [{ action: 'report' }] });
    await twice(() => hive.update({ ...asked, enabled: true }));
    expect((await hive.get(asked)).usr_mtd).toMatchObject({ enabled: true, tags: [] });
  });

  it("LimaCharlie's Go client, with records, creates and changes one in a transaction", async () => {
    const asked = { hive: 'secret', key: 'counted' };
    // The look at a record that is missing is answered 404, which the SDK asks for four times.
    client.takeCount();
    await hive.updateTx(asked, () => ({ secret: '1' }));
    expect(client.takeCount()).toBe(5);
    await twice(() => hive.updateTx(asked, (data) => ({ secret: `${String(data?.secret)}2` })));
    expect((await hive.get(asked)).data).toEqual({ secret: '12' });
  });

  it("LimaCharlie's Go client, with records, is told of a version that has changed", async () => {
    const asked = { hive: 'dr-general', key: 'stale', data: rule };
    await hive.add(asked);
    await expect(hive.add({ ...asked, etag: 'of-long-ago' })).rejects.toThrow(/^409: .*ETAG_MISMATCH/);
  });

  it("LimaCharlie's Go client, with records, validates one, and reads what its hive takes", async () => {
    expect(await once(() => hive.validate({ hive: 'fp', key: 'checked', data: { op: 'is' } }))).toEqual({
      success: true,
    });
    expect(await once(() => hive.schema('fp'))).toEqual({ schema: { type: 'object' } });
  });

  it.each([
    'dr-service',
    'cloud_sensor',
    'external_adapter',
    'extension_config',
    'secret',
    'lookup',
    'sop',
    'app',
    'ai_skill',
    'ai_memory',
  ])("LimaCharlie's Go client, with records, finds the hive %s", async (name) => {
    expect((await once(() => hive.add({ hive: name, key: 'one', data: { a: 1 } }))).hive.name).toBe(name);
    expect(Object.keys(await once(() => hive.list(name)))).toContain('one');
  });

  it.each([
    ['acl', /404: .*no such hive: lists of access would be stored and not enforced/],
    ['aclx', /404: .*"no such hive"/],
  ])("LimaCharlie's Go client, with records, is told that there is no hive %s", async (name, text) => {
    await expect(hive.list(name)).rejects.toThrow(text);
    await expect(hive.add({ hive: name, key: 'one', data: {} })).rejects.toThrow(text);
  });

  it("LimaCharlie's Go client, with records, runs several requests at once, each with an answer of its own", async () => {
    const id = (name: string) => ({ hive: { name: 'lookup', partition: demo.oid }, name, guid: '' });
    const metadata = { enabled: true, expiry: 0, tags: null, comment: 'said' };
    const { responses } = await once(() =>
      hive.batch([
        { set_record: { record_id: id('batch'), record: { sys_mtd: null, usr_mtd: metadata, data: { a: 1 } } } },
        { get_record: { record_id: id('batch') } },
        {
          set_record_mtd: { record_id: id('batch'), usr_mtd: { ...metadata, comment: 'again' }, sys_mtd: { etag: '' } },
        },
        { get_record_mtd: { record_id: id('batch') } },
        { delete_record: { record_id: id('batch') } },
        { get_record: { record_id: id('batch') } },
        { get_record: { record_id: { ...id('batch'), hive: { name: 'none', partition: demo.oid } } } },
        { drop_record: { record_id: id('batch') } },
      ]),
    );
    expect(responses.map(({ error }) => error.split(':')[0])).toEqual([
      '',
      '',
      '',
      '',
      '',
      'RECORD_NOT_FOUND',
      'no such hive',
      'the request is not valid',
    ]);
    expect(responses[1]?.data).toMatchObject({ data: { a: 1 }, usr_mtd: { enabled: true, comment: 'said' } });
    expect(responses[3]?.data).toMatchObject({ data: {}, usr_mtd: { comment: 'again' } });
  });
});

describe("LimaCharlie's Go client and what belongs to an organization", () => {
  it("LimaCharlie's Go client knows who it is", async () => {
    expect(await once(() => organization.whoAmI())).toMatchObject({ ident: 'demo[root]', orgs: [demo.oid] });
    expect(await once(() => person.whoAmI(), user)).toMatchObject({ orgs: [demo.oid] });
  });

  it("LimaCharlie's Go client makes, lists and deletes API keys", async () => {
    const made = await once(() => organization.createApiKey('go', ['dr.list', 'dr.set'], '127.0.0.0/8'));
    expect(made.api_key).toMatch(/^[0-9a-f-]{36}$/);
    const { api_keys: keys } = (await once(() => organization.getApiKeys())) as { api_keys: Record<string, object> };
    expect(keys[String(made.key_hash)]).toMatchObject({ priv: ['dr.list', 'dr.set'], allowed_ip_range: '127.0.0.0/8' });
    await once(() => organization.deleteApiKey(made.key_hash));
  });

  it("LimaCharlie's Go client adds a user with a role, changes what they may do, and removes them", async () => {
    const email = 'ann@acme.example';
    const added = await once(() => person.addUser(email, true, 'Viewer'), user);
    expect(added).toMatchObject({ success: true, role: 'Viewer', invite_sent: true });
    const permissions = async () => {
      const answer = (await once(() => person.getUsersPermissions(), user)) as {
        user_permissions: Record<string, string[]>;
      };
      return answer.user_permissions[email];
    };
    expect(await permissions()).toEqual(expect.arrayContaining(['dr.list']));
    expect(await permissions()).not.toContain('dr.set');
    await once(() => person.addUserPermission(email, 'dr.set'), user);
    expect(await permissions()).toContain('dr.set');
    await once(() => person.removeUserPermission(email, 'dr.set'), user);
    expect(await once(() => person.setUserRole(email, 'Basic'), user)).toMatchObject({ success: true, role: 'Basic' });
    expect((await once(() => person.getUsers(), user)).users).toContain(email);
    await once(() => person.removeUser(email), user);
    expect((await once(() => person.getUsers(), user)).users).not.toContain(email);
  });

  it("LimaCharlie's Go client is refused a role that does not exist, and then no user is added", async () => {
    const refused = expect(person.addUser('bob@acme.example', true, 'Boss')).rejects;
    await refused.toThrow(/role: must be one of Owner, Administrator, Operator, Viewer, Basic/);
    expect((await person.getUsers()).users).not.toContain('bob@acme.example');
  });

  it("LimaCharlie's Go client keeps groups, and sees whom they give access", async () => {
    const { data } = (await once(() => person.createGroup('helpers'), user)) as { data: { gid: string } };
    const { gid } = data;
    await once(() => person.addOrg(gid), user);
    await once(() => person.setPermissions(gid, ['dr.list', 'sensor.list']), user);
    await once(() => person.addMember(gid, 'owner@demo.example'), user);
    // What a user may do has changed, which ended their token: the SDK gets the next one by itself.
    await person.getGroups();
    await once(() => person.addOwner(gid, 'other@demo.example'), user);
    const { groups } = (await once(() => person.getGroupsConcurrent(), user)) as { groups: object[] };
    expect(groups).toEqual([
      expect.objectContaining({
        group_id: gid,
        name: 'helpers',
        perms: ['dr.list', 'sensor.list'],
        members: ['owner@demo.example'],
        orgs: [{ org_id: demo.oid, org_name: 'demo' }],
      }),
    ]);
    expect(await once(() => person.getUsersPermissions(), user)).toMatchObject({
      direct_users: [{ email: 'owner@demo.example', uid: demo.ownerUid }],
      from_groups: {
        'owner@demo.example': { email: 'owner@demo.example', groups: { [gid]: true }, hasDirectAccess: true },
      },
      group_info: { [gid]: { name: 'helpers', perms: ['dr.list', 'sensor.list'] } },
    });
    expect((await once(() => person.getGroups(), user)).groups).toEqual([{ gid, name: 'helpers' }]);
    expect(await once(() => person.getGroup(gid), user)).toMatchObject({ group: { group_id: gid } });
    await once(() => person.getGroupLogs(gid), user);
    await once(() => person.removeOwner(gid, 'other@demo.example'), user);
    await once(() => person.removeMember(gid, 'owner@demo.example'), user);
    await person.getGroups();
    await once(() => person.removeOrg(gid), user);
    await once(() => person.addToGroup(gid), user);
    await once(() => person.deleteGroup(gid), user);
  });

  it("LimaCharlie's Go client reads, creates and lists organizations", async () => {
    expect(await once(() => organization.getInfo())).toMatchObject({ oid: demo.oid, name: 'demo' });
    const made = await once(() => person.createOrganization('usa', 'go-made'), user);
    expect(made).toEqual({ data: { oid: expect.any(String) }, success: true });
    const listed = await once(() => person.listUserOrgs({ limit: ['1'], filter: ['go-'] }), user);
    expect(listed).toMatchObject({ orgs: [{ name: 'go-made' }], total: 1 });
    expect(await once(() => organization.getUrls())).toMatchObject({ url: { jwt: `${demo.url}/jwt` } });
  });

  it("LimaCharlie's Go client renames an organization, keeps its values and reads its audit", async () => {
    await once(() => organization.renameOrg('go-named'));
    expect(await once(() => organization.getInfo())).toMatchObject({ name: 'go-named' });
    await once(() => organization.renameOrg('demo'));
    await once(() => organization.orgValueSet('otx_key', 'one'));
    expect(await once(() => organization.orgValueGet('otx_key'))).toEqual({ config: 'otx_key', value: 'one' });
    const now = Math.floor(Date.now() / 1000);
    const { events } = await once(() => organization.getAuditLogs({ start: `${now - 3600}`, end: `${now + 60}` }));
    expect(events).toContainEqual(expect.objectContaining({ etype: 'org.rename', ident: 'demo[root]' }));
  });

  it("LimaCharlie's Go client deletes an organization with the token that it asked for", async () => {
    const made = await once(() => person.createOrganization('usa', 'go-deleted'), user);
    const { oid } = made.data as { oid: string };
    const { url, ownerUid: uid } = demo;
    const own = createGoClient({ url, oid, uid, secret: createOwnerKey(folder, demo, 'to delete') });
    const gone = goOrganization(own);
    const { confirmation } = await once(() => gone.getDeleteConfirmationToken(oid), own);
    expect(await once(() => gone.deleteOrganization(oid, confirmation), own)).toMatchObject({ success: true });
  });

  it("LimaCharlie's Go client makes, lists and deletes ingestion keys", async () => {
    const made = await once(() => organization.setIngestionKeys('go push'));
    expect(made).toMatchObject({ name: 'go push', key: expect.any(String) });
    expect(await once(() => organization.getIngestionKeys())).toMatchObject({
      keys: { 'go push': expect.any(String) },
    });
    await once(() => organization.delIngestionKeys('go push'));
    expect(await once(() => organization.getIngestionKeys())).toEqual({ keys: {} });
  });

  it("LimaCharlie's Go client adds installation keys with an id of its own, reads, lists and deletes them", async () => {
    const iid = '7f6b7ac9-8f0c-4a1e-9d3b-0f5f3f1d2c4b';
    expect(await once(() => organization.addInstallationKey({ desc: 'own', tags: ['a', 'b'], iid }))).toEqual({ iid });
    expect(await once(() => organization.addInstallationKey({ desc: 'none', tags: null }))).toHaveProperty('iid');
    expect(await once(() => organization.installationKey(iid))).toMatchObject({ desc: 'own', tags: 'a,b' });
    const listed = (await once(() => organization.installationKeys()))[demo.oid];
    expect(Object.values(Object(listed))).toEqual(expect.arrayContaining([expect.objectContaining({ tags: '' })]));
    await expect(organization.addInstallationKey({ desc: 'again', tags: [], iid })).rejects.toThrow(GoError);
    await once(() => organization.delInstallationKey(iid));
  });
});
