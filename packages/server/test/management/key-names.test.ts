import { revokeKey } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  done,
  expectDenied,
  expectShape,
  newKey,
  newOrganization,
  newUser,
  operator,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

describe('names of new keys over HTTP', () => {
  let fixture: ServiceFixture;
  let oid: string;
  let manager: string;
  let owner: string;

  beforeAll(async () => {
    fixture = await startServiceFixture();
    oid = await newOrganization(fixture);
    manager = (await newKey(fixture, oid)).text;
    owner = (await newUser(fixture, [oid], { owner: true })).text;
    const { keyId } = await newKey(fixture, oid, { name: 'gone[segment]' });
    await done(revokeKey(fixture.administration, operator, { oid, keyId }));
  });
  afterAll(() => fixture.close());

  const read = (key: string, name: string) =>
    fixture.http.get(`/v1/orgs/${oid}/key_names`).query({ key_name: name }).set('x-api-key', key);
  const create = (key: string, name: string) =>
    fixture.http.post(`/v1/orgs/${oid}/keys`).set('x-api-key', key).send({ key_name: name });

  it('the name of a new key is free, taken, or continues a dead key', async () => {
    const free = await read(manager, 'fresh').expect(200);
    expectShape(fixture, 'GET', '/v1/orgs/:oid/key_names', free.body);
    expect(free.body).toEqual({ taken: false, continues: false, secret_continues: false });
    expect((await read(manager, 'manager').expect(200)).body).toMatchObject({ taken: true, continues: false });
    expect((await read(manager, 'gone[segment]').expect(200)).body).toEqual({
      taken: false,
      continues: true,
      secret_continues: false,
    });
    expect((await read(owner, 'gone[segment]').expect(200)).body).toMatchObject({ secret_continues: true });
  });

  it('the creation of a key says that its name continues a dead key, as foretold', async () => {
    const fresh = await create(manager, 'brand new').expect(200);
    expect(Object.keys(fresh.body).sort()).toEqual(['api_key', 'key_hash']);
    const again = await create(owner, 'gone[segment]').expect(200);
    expect(again.body.continued).toBe(true);
    expectShape(fixture, 'POST', '/v1/orgs/:oid/keys', again.body);
    expectDenied(await create(owner, 'gone[segment]'), 409, 'ERR_NAME_TAKEN');
    expect((await read(owner, 'gone[segment]').expect(200)).body).toMatchObject({ taken: true, continues: false });
  });

  it('the name of a new key is checked, needs apikey.ctrl, and tells a segmented key nothing of others', async () => {
    expectDenied(await read(manager, 'vendor[segement]'), 400, 'ERR_VALIDATION');
    expectDenied(await read(manager, ''), 400, 'ERR_VALIDATION');
    const reader = await newKey(fixture, oid, { name: 'reader', permissions: ['dr.list'] });
    expectDenied(await read(reader.text, 'fresh'), 401, 'ERR_PERMISSION_MISSING');
    const { keyId } = await newKey(fixture, oid, { name: 'dead' });
    await done(revokeKey(fixture.administration, operator, { oid, keyId }));
    const part = await newKey(fixture, oid, { name: 'part[segment]', permissions: ['apikey.ctrl'] });
    expect((await read(part.text, 'dead').expect(200)).body).toEqual({
      taken: false,
      continues: false,
      secret_continues: false,
    });
  });

  it('the list of all permissions has those of each role', async () => {
    const { body } = await fixture.http.get('/owner_permissions').expect(200);
    expectShape(fixture, 'GET', '/owner_permissions', body);
    const roles = new Map(body.roles.map(({ name, perms }: { name: string; perms: string[] }) => [name, perms]));
    expect([...roles.keys()]).toEqual(['Owner', 'Administrator', 'Operator', 'Viewer', 'Basic']);
    expect(roles.get('Viewer')).toContain('dr.list');
    expect(roles.get('Viewer')).not.toContain('secret.get');
  });
});
