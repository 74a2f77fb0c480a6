import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

type Form = Readonly<Record<string, string>>;

let folder: DemoFolder;
let demo: RunningDemo;
beforeAll(async () => {
  folder = await demoFolder();
  demo = await folder.start();
});
afterAll(() => folder.remove());

async function call(key: string, method: string, path: string, form?: Form) {
  const answer = await fetch(`${demo.url}/v1/${path.replace('OID', demo.oid)}`, {
    method,
    headers: { 'x-api-key': key },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) };
}

async function keyWith(perms: string): Promise<string> {
  const made = await call(demo.keys.root ?? '', 'POST', 'orgs/OID/keys', { key_name: perms, perms });
  expect(made.status, made.text).toBe(200);
  return made.body.api_key;
}

const PATH = 'hive/secret/OID';

describe('permissions for metadata alone', () => {
  beforeAll(async () => {
    const made = await call(demo.keys.bulk ?? '', 'POST', `${PATH}/token/data`, { data: '{"secret":"marked"}' });
    expect(made.status, made.text).toBe(200);
  });

  it('permissions for metadata show the names of secrets and what is said about them, and no secret', async () => {
    const key = await keyWith('secret.get.mtd');
    const listed = await call(key, 'GET', PATH);
    expect(listed.body.token).toMatchObject({ data: {}, usr_mtd: { comment: '' } });
    expect((await call(key, 'GET', `${PATH}/token/mtd`)).body).toMatchObject({ data: {} });
    expect(listed.text).not.toContain('marked');
    const refused = await call(key, 'GET', `${PATH}/token/data`);
    expect(refused).toMatchObject({ status: 401, body: { missing: ['secret.get'] } });
  });

  it('permissions for metadata change what is said about a secret, and not the secret', async () => {
    const key = await keyWith('secret.set.mtd');
    const said = { usr_mtd: '{"comment":"said"}' };
    expect((await call(key, 'POST', `${PATH}/token/mtd`, said)).status).toBe(200);
    expect(await call(key, 'POST', `${PATH}/token/data`, { data: '{}', ...said })).toMatchObject({ status: 401 });
    expect(await call(key, 'POST', `${PATH}/token/rename`, { new_name: 'other' })).toMatchObject({ status: 401 });
    const missing = await call(key, 'GET', `${PATH}/token/mtd`);
    expect(missing.body.error).toBe('missing permission: secret.get, secret.get.mtd');
  });

  it('permissions for metadata alone are those of the hive, and of no other one', async () => {
    const key = await keyWith('lookup.get.mtd');
    expect((await call(key, 'GET', PATH)).status).toBe(401);
    expect((await call(key, 'GET', 'hive/lookup/OID')).status).toBe(200);
    expect((await call(key, 'GET', 'hive/acl/OID')).status).toBe(404);
  });
});
