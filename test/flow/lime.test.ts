import express from 'express';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { callerWith, type ServerFixture, startServerFixture } from './caller.ts';

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('an integration with one key, on %s', (kind) => {
  const databases: TestDatabase[] = [];
  let place: ServerFixture;

  beforeEach(async () => {
    const database = await makeDatabase(kind);
    databases.push(database);
    place = await startServerFixture(await database.open());
  });

  afterEach(() => place.close());
  afterAll(() => Promise.all(databases.map((database) => database.remove())));

  it('an integration with one key may do what its policy says, at the next call, with the same key until there is a new one', async () => {
    const { owner, oid, running } = place;
    const apiUsers = `/v1/orgs/${oid}/api_users`;
    const uid = (await owner('POST', apiUsers, { form: { name: 'Invoice sync' } })).text('uid');
    const outer = (await owner('POST', '/v1/groups', { form: { name: 'All integrations' } })).text('gid');
    const inner = (await owner('POST', '/v1/groups', { form: { name: 'Invoices' } })).text('gid');
    expect((await owner('PUT', `/v1/groups/${outer}/groups/${inner}`)).status).toBe(200);
    expect((await owner('POST', `/v1/groups/${inner}/users`, { form: { member_email: uid } })).status).toBe(200);
    const policy = `/v1/orgs/${oid}/policies/objects`;
    const put = (...actions: string[]) => owner('PUT', policy, { json: { grants: { [outer]: { company: actions } } } });
    expect(await put('read')).toMatchObject({ status: 200, body: { grants: { [outer]: { company: ['read'] } } } });

    const key = await owner('POST', `${apiUsers}/${uid}/key`);
    expect(key).toMatchObject({ status: 200, body: { key_hash: expect.any(String) } });
    const objects = await serveObjects(key.text('api_key'));
    expect(await objects('GET')).toMatchObject({ status: 200 });
    expect(await objects('PUT')).toMatchObject({ status: 401, body: { missing: ['company.write'] } });
    expect((await put('read', 'write')).status).toBe(200);
    expect(await objects('PUT')).toMatchObject({ status: 200 });

    const next = (await owner('POST', `${apiUsers}/${uid}/key`)).text('api_key');
    expect(await objects('GET')).toMatchObject({ status: 401, body: { code: 'ERR_KEY_INVALID' } });
    const replaced = await serveObjects(next);
    expect(await replaced('GET')).toMatchObject({ status: 200 });

    // A key made in one shape is seen and audited in the other.
    const events = (await owner('GET', `/v1/orgs/${oid}/audit?limit=1`)).body.events;
    expect(events).toMatchObject([{ action: 'key.recreate' }]);
    const whoIs = await callerWith(running, next)('GET', '/v1/who');
    expect(whoIs.body).toMatchObject({ ident: 'Invoice sync', orgs: [oid] });

    expect((await owner('POST', `${apiUsers}/${uid}/deactivate`)).body).toEqual({
      success: true,
      everywhereBy: expect.any(Number),
    });
    expect(await replaced('GET')).toMatchObject({ status: 401, body: { code: 'ERR_KEY_INVALID' } });
    expect((await owner('GET', apiUsers)).body).toMatchObject({
      api_users: [{ uid, name: 'Invoice sync', active: false, key_hash: null, groups: [inner, outer].sort() }],
    });
    expect((await owner('POST', `${apiUsers}/${uid}/activate`)).body).toEqual({
      success: true,
      everywhereBy: expect.any(Number),
    });
    expect(await replaced('GET')).toMatchObject({ status: 401, body: { code: 'ERR_KEY_INVALID' } });
    const again = await serveObjects((await owner('POST', `${apiUsers}/${uid}/key`)).text('api_key'));
    expect(await again('PUT')).toMatchObject({ status: 200 });
    expect((await owner('DELETE', `${apiUsers}/${uid}`)).status).toBe(200);
    expect(await again('GET')).toMatchObject({ status: 401, body: { code: 'ERR_KEY_INVALID' } });
    expect((await owner('GET', `${apiUsers}/${uid}`)).status).toBe(404);
  });

  it('an integration with one key has policies that several people edit at once, none of them blindly', async () => {
    const { owner, oid } = place;
    const gid = (await owner('POST', '/v1/groups', { form: { name: 'Group' } })).text('gid');
    const at = `/v1/orgs/${oid}/policies/objects`;
    const put = (ifMatch: string, ...actions: string[]) =>
      owner('PUT', at, { json: { grants: { [gid]: { deal: actions } } }, headers: { 'If-Match': ifMatch } });
    const mismatch = { status: 412, body: { code: 'ERR_ETAG_MISMATCH' } };
    expect(await put('*', 'read')).toMatchObject(mismatch);
    expect((await owner('PUT', at, { json: { grants: {} } })).etag).toBe('"1"');
    expect((await put('"1"', 'read')).etag).toBe('"2"');
    for (const stale of ['"1"', 'W/"2"', '"x"', '"1", "2"']) expect(await put(stale, 'add')).toMatchObject(mismatch);
    const read = await owner('GET', at);
    expect(read).toMatchObject({ etag: '"2"', body: { grants: { [gid]: { deal: ['read'] } }, etag: '2' } });
    expect((await owner('GET', `/v1/orgs/${oid}/policies`)).body.policies).toHaveLength(1);
    expect((await owner('DELETE', at)).status).toBe(200);
    expect((await owner('GET', at)).status).toBe(404);
  });

  it('an integration with one key has new policies that never take the place of one, where If-None-Match says so', async () => {
    const { owner, oid } = place;
    const at = `/v1/orgs/${oid}/policies/objects`;
    const put = (headers: Readonly<Record<string, string>>) => owner('PUT', at, { json: { grants: {} }, headers });
    const mismatch = { status: 412, body: { code: 'ERR_ETAG_MISMATCH' } };
    expect(await put({ 'If-None-Match': '*', 'If-Match': '*' })).toMatchObject(mismatch);
    expect((await put({ 'If-None-Match': '*' })).etag).toBe('"1"');
    for (const other of ['*', ' * ', '"1"', '"2"']) {
      expect(await put({ 'If-None-Match': other })).toMatchObject(mismatch);
    }
    expect(await owner('DELETE', at, { headers: { 'If-None-Match': '*' } })).toMatchObject(mismatch);
    expect((await owner('GET', at)).etag).toBe('"1"');
  });

  it('a policy of an integration that is none is refused, with the field', async () => {
    const { owner, oid } = place;
    const gid = (await owner('POST', '/v1/groups', { form: { name: 'Group' } })).text('gid');
    const put = (grants: unknown) => owner('PUT', `/v1/orgs/${oid}/policies/objects`, { json: { grants } });
    const bad = [[], 'all', { [gid]: [] }, { [gid]: { deal: 'read' } }, { [gid]: { deal: ['own'] } }, { x: {} }, null];
    for (const grants of bad) {
      expect(await put(grants)).toMatchObject({ status: 400, body: { issues: [{ field: 'grants' }] } });
    }
  });

  it('the key of an integration is given to no caller who holds less', async () => {
    const { owner, person, oid } = place;
    const uid = (await owner('POST', `/v1/orgs/${oid}/api_users`, { form: { name: 'sync' } })).text('uid');
    const gid = (await owner('POST', '/v1/groups', { form: { name: 'Group' } })).text('gid');
    await owner('POST', `/v1/groups/${gid}/users`, { form: { member_email: uid } });
    await owner('PUT', `/v1/orgs/${oid}/policies/objects`, { json: { grants: { [gid]: { deal: ['read'] } } } });
    const admin = await person('admin', ['user.ctrl']);
    expect(await admin.call('POST', `/v1/orgs/${oid}/api_users/${uid}/key`)).toMatchObject({
      status: 403,
      body: { code: 'ERR_ESCALATION', beyond: ['deal.read'] },
    });
    expect((await admin.call('DELETE', `/v1/orgs/${oid}/api_users/${uid}/key`)).status).toBe(404);
    expect((await admin.call('POST', `/v1/orgs/${oid}/api_users/${uid}/deactivate`)).status).toBe(200);
    expect(await admin.call('POST', `/v1/orgs/${oid}/api_users/${uid}/activate`)).toMatchObject({
      status: 403,
      body: { code: 'ERR_ESCALATION', beyond: ['deal.read'] },
    });
  });

  it('the key of an integration is replaced only by a caller who saw the one before', async () => {
    const { owner, oid } = place;
    const uid = (await owner('POST', `/v1/orgs/${oid}/api_users`, { form: { name: 'sync' } })).text('uid');
    const at = `/v1/orgs/${oid}/api_users/${uid}`;
    const replace = (etag = '') => owner('POST', `${at}/key`, { headers: { 'If-Match': etag } });
    const { etag: none } = await owner('GET', at);
    expect((await replace(none)).status).toBe(200);
    const mismatch = { status: 412, body: { code: 'ERR_ETAG_MISMATCH' } };
    expect(await replace(none)).toMatchObject(mismatch);
    for (const [method, verb] of [
      ['DELETE', '/key'],
      ['DELETE', ''],
      ['POST', '/deactivate'],
      ['POST', '/activate'],
    ]) {
      expect(await owner(method ?? '', `${at}${verb}`, { headers: { 'If-Match': none ?? '' } })).toMatchObject(
        mismatch,
      );
    }
    const { etag: first } = await owner('GET', at);
    expect((await owner('DELETE', `${at}/key`, { headers: { 'If-Match': first ?? '' } })).status).toBe(200);
    expect((await owner('GET', at)).etag).toBe(none);
  });

  /** Two routes of a service with objects, behind the same gate, called with this key. */
  async function serveObjects(key: string): Promise<(method: string) => Promise<{ status: number; body: unknown }>> {
    const { gate } = place.running.service;
    const app = express();
    app.use(gate.authenticate());
    app.get('/company', gate.requirePermissions('company.read'), (_req, res) => void res.json({}));
    app.put('/company', gate.requirePermissions('company.write'), (_req, res) => void res.json({}));
    app.use(gate.errorHandler());
    return async (method) => {
      const server = app.listen(0, '127.0.0.1');
      try {
        await new Promise((resolve) => server.once('listening', resolve));
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        const sent = await fetch(`http://127.0.0.1:${port}/company`, { method, headers: { 'X-API-Key': key } });
        return { status: sent.status, body: await sent.json() };
      } finally {
        server.closeAllConnections();
        server.close();
      }
    };
  }
});
