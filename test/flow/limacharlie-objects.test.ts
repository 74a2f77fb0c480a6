import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

type Fields = Readonly<Record<string, string>>;

let folder: DemoFolder;
let demo: RunningDemo;

beforeAll(async () => {
  folder = await demoFolder();
  demo = await folder.start();
});
afterAll(() => folder.remove());

async function call(flair: string, method: string, path: string, form?: Fields, key = demo.keys[flair] ?? '') {
  const answer = await fetch(`${demo.url}${path.replace('OID', demo.oid)}`, {
    method,
    headers: { 'x-api-key': key },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const body: Readonly<Record<string, unknown>> = await answer.json();
  return { status: answer.status, body };
}

/** Makes one and gives its id. */
async function make(flair: string, path: string, form: Fields): Promise<string> {
  const { status, body } = await call(flair, 'POST', path, form);
  expect(status).toBe(200);
  return String(body.iid ?? body.id);
}

describe('installation keys', () => {
  const path = '/v1/installationkeys/OID';

  it('installation keys are made, listed and deleted as LimaCharlie does, with the id in the path or in the body', async () => {
    const form = { desc: 'office', tags: 'a,b', use_public_root_ca: 'false' };
    const [first, second] = [await make('bulk', path, form), await make('bulk', path, { desc: 'home' })];
    const listed = await call('bulk', 'GET', path);
    expect(listed.body).toEqual({
      [demo.oid]: {
        [first]: expect.objectContaining({ iid: first, desc: 'office', tags: 'a,b', created_by: 'demo[bulk]' }),
        [second]: expect.objectContaining({ desc: 'home', tags: '' }),
      },
    });
    const gone = { status: 200, body: { success: true } };
    expect(await call('bulk', 'DELETE', path, { iid: first })).toEqual(gone);
    expect(await call('bulk', 'DELETE', `${path}/${second}`)).toEqual(gone);
    expect(await call('bulk', 'DELETE', path, {})).toMatchObject({ status: 400 });
    expect((await call('bulk', 'GET', path)).body).toEqual({ [demo.oid]: {} });
  });

  it('installation keys are listed whole, however many pages of rows and bytes they fill', {
    timeout: 60_000,
  }, async () => {
    const types = '/v1/limeobjects/OID/deal';
    const made = new Set<string>();
    for (let at = 0; at < 300; at += 1) {
      const data = JSON.stringify({ text: 'x'.repeat(at % 50 === 0 ? 60_000 : 10), at });
      made.add(await make('bulk', types, { data }));
    }
    const { body } = await call('bulk', 'GET', types);
    const listed = (body.limeobjects as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(listed.sort()).toEqual([...made].sort());
  });

  it('installation keys obey the flairs', async () => {
    const secret = await make('secret', path, { desc: 'marked', tags: 'marked' });
    const locked = await make('lock', path, { desc: 'locked' });
    const own = await make('segment', path, { desc: 'own' });
    const seen = await call('root', 'GET', `${path}/${secret}`);
    expect(seen.body).toMatchObject({ desc: null, tags: null, opaque: true });
    expect(JSON.stringify(seen.body)).not.toContain('marked');
    expect(await call('bulk', 'DELETE', `${path}/${locked}`)).toMatchObject({ status: 403 });
    expect((await call('segment', 'GET', path)).body[demo.oid]).toEqual({ [own]: expect.anything() });
    const missing = await call('segment', 'DELETE', `${path}/${demo.oid}`);
    expect(missing.status).toBe(404);
    expect(await call('segment', 'DELETE', `${path}/${locked}`)).toEqual(missing);
  });
});

describe('objects of Lime types', () => {
  const path = '/v1/limeobjects/OID/company';

  it('objects of Lime types go from adding to deleting, each verb with the permission of its name', async () => {
    const { body: made } = await call('root', 'POST', '/v1/orgs/OID/keys', {
      key_name: 'reader',
      perms: 'company.read',
    });
    const reader = String(made.api_key);
    const id = await make('bulk', path, { data: '{"name":"A"}' });
    const one = `${path}/${id}`;
    expect(await call('', 'GET', one, undefined, reader)).toMatchObject({ status: 200, body: { data: { name: 'A' } } });
    for (const [method, place, verb] of [
      ['POST', path, 'add'],
      ['PUT', one, 'write'],
      ['DELETE', one, 'delete'],
    ] as const) {
      const refused = await call('', method, place, { data: '{"name":"B"}' }, reader);
      expect(refused).toMatchObject({ status: 401, body: { missing: [`company.${verb}`] } });
    }
    expect(await call('bulk', 'PUT', one, { data: '{"name":"B"}' })).toEqual({ status: 200, body: { id } });
    expect((await call('bulk', 'GET', path)).body.limeobjects).toMatchObject([{ id, data: { name: 'B' } }]);
    expect(await call('bulk', 'PUT', one, { data: 'none' })).toMatchObject({ status: 400 });
    expect(await call('bulk', 'DELETE', one)).toMatchObject({ status: 200 });
    expect(await call('bulk', 'GET', one)).toMatchObject({ status: 404 });
    expect(await call('bulk', 'GET', '/v1/limeobjects/OID/output')).toMatchObject({ status: 404 });
  });

  it('objects of Lime types obey the flairs', async () => {
    const secret = await make('secret', path, { data: '{"name":"marked"}' });
    const read = await call('root', 'GET', `${path}/${secret}`);
    expect(read.body).toMatchObject({ data: null, opaque: true });
    expect(await call('bulk', 'PUT', `${path}/${secret}`, { data: 'null' })).toMatchObject({
      body: { code: 'ERR_CONTENT_WITHHELD' },
    });
    expect(await call('bulk', 'PUT', `${path}/${secret}`, { data: '{"name":"whole"}' })).toMatchObject({ status: 200 });
    expect((await call('secret', 'GET', `${path}/${secret}`)).body.data).toEqual({ name: 'whole' });
    expect(await call('segment', 'GET', `${path}/${secret}`)).toMatchObject({ status: 404 });
  });
});

describe('ingestion', () => {
  it('ingestion takes ingestion keys of the organization and no other key; they are good for nothing else', async () => {
    const { body } = await call('root', 'POST', '/v1/insight/OID/ingestion_keys', { name: 'push' });
    const key = String(body.key);
    const other = '/v1/ingest/00000000-0000-4000-8000-000000000000';
    expect(await call('', 'POST', '/v1/ingest/OID', { line: 'a' }, key)).toEqual({
      status: 200,
      body: { success: true },
    });
    expect(await call('', 'POST', other, {}, key)).toMatchObject({
      status: 401,
      body: { code: 'ERR_PERMISSION_MISSING' },
    });
    expect(await call('root', 'POST', '/v1/ingest/OID', {})).toMatchObject({
      status: 401,
      body: { code: 'ERR_KEY_INVALID' },
    });
    expect(await call('', 'GET', '/v1/installationkeys/OID', undefined, key)).toMatchObject({ status: 401 });
  });
});
