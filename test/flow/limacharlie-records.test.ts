import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { content, data, type Flair, type Hive, metadata, openHive, outcome } from './open-hive.js';

let hive: Hive;
beforeAll(async () => {
  hive = await openHive();
});
afterAll(() => hive.close());
const call: Hive['call'] = (...args) => hive.call(...args);
const makeThree: Hive['makeThree'] = (prefix) => hive.makeThree(prefix);

const missing = '404 NOT_FOUND';
const locked = '403 RESOURCE_LOCKED';
const taken = '409 RESOURCE_EXISTS';
const mismatch = '409 ETAG_MISMATCH';

describe('etags', () => {
  const read = async (flair: Flair, name: string) => {
    const { body } = await call([flair, 'x-api-key'], 'GET', `/${name}/data`);
    return body as { readonly sys_mtd: { readonly etag?: string; readonly guid: string }; readonly usr_mtd: unknown };
  };

  it('etags change with every write, and let the last reader of a record write', async () => {
    await makeThree('etag');
    const { etag = '' } = (await read('bulk', 'etag-plain')).sys_mtd;
    const first = await call(['bulk', 'x-api-key'], 'POST', '/etag-plain/data', { data, etag });
    const second = await call(['bulk', 'x-api-key'], 'POST', '/etag-plain/data', { data, etag });
    expect(first.status).toBe(200);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({
      status: 409,
      title: 'Conflict',
      error: expect.stringMatching(/ETAG_MISMATCH/),
    });
  });

  it('etags are not shown if content is withheld, and do not match for such a caller', async () => {
    await makeThree('etag-hidden');
    const { etag = '' } = (await read('secret', 'etag-hidden-secret')).sys_mtd;
    expect((await read('root', 'etag-hidden-secret')).sys_mtd).not.toHaveProperty('etag');
    const known = await call(['root', 'x-api-key'], 'POST', '/etag-hidden-secret/mtd', { usr_mtd: metadata, etag });
    const wrong = await call(['root', 'x-api-key'], 'POST', '/etag-hidden-secret/mtd', {
      usr_mtd: metadata,
      etag: 'a',
    });
    expect(known).toEqual(wrong);
    expect(known.status).toBe(409);
  });

  it('etags of a record that is not there never match', async () => {
    expect(outcome(await call(['bulk', 'x-api-key'], 'POST', '/nobody/data', { data, etag: '*' }))).toBe(mismatch);
  });
});

describe('records', () => {
  it('records have the members of LimaCharlie, and nothing that says who owns them', async () => {
    const made = await call(['bulk', 'x-api-key'], 'POST', '/shape/data', {
      data,
      usr_mtd: JSON.stringify({ enabled: false, expiry: 0, tags: ['a'], comment: 'said' }),
    });
    const { oid: partition } = hive.demo();
    expect(made.body).toEqual({
      guid: expect.any(String),
      name: 'shape',
      hive: { name: 'dr-general', partition },
    });
    expect((await call(['root', 'x-api-key'], 'GET', '/shape/data')).body).toEqual({
      data: content,
      usr_mtd: { enabled: false, expiry: 0, tags: ['a'], comment: 'said' },
      sys_mtd: {
        etag: expect.any(String),
        created_by: 'demo[bulk]',
        created_at: expect.any(Number),
        last_author: 'demo[bulk]',
        last_mod: expect.any(Number),
        guid: made.body.guid,
      },
    });
    expect((await call(['root', 'x-api-key'], 'GET', '/shape/mtd')).body).toMatchObject({ data: {} });
  });

  it('records keep what was said about them when content alone is sent', async () => {
    await call(['bulk', 'x-api-key'], 'POST', '/kept/data', { data, usr_mtd: metadata });
    await call(['bulk', 'x-api-key'], 'POST', '/kept/data', { data });
    const { body } = await call(['bulk', 'x-api-key'], 'GET', '/kept/data');
    expect(body.usr_mtd).toEqual({ enabled: false, expiry: 0, tags: [], comment: 'changed' });
  });

  it('records keep their guid and owner through a rename, and never take a name that is taken', async () => {
    await makeThree('moved');
    const taking = await call(['lock', 'x-api-key'], 'POST', '/moved-locked/rename?new_name=moved-plain', {});
    expect(outcome(taking)).toBe(taken);
    const before = (await call(['lock', 'x-api-key'], 'GET', '/moved-locked/data')).body;
    const renamed = await call(['lock', 'x-api-key'], 'POST', '/moved-locked/rename?new_name=moved-away', {});
    expect(renamed.body).toMatchObject({ name: 'moved-away', guid: (before.sys_mtd as { guid: string }).guid });
    expect(outcome(await call(['bulk', 'x-api-key'], 'DELETE', '/moved-away', {}))).toBe(locked);
    expect(outcome(await call(['lock', 'x-api-key'], 'GET', '/moved-locked'))).toBe(missing);
  });

  it('records start clean when the name is used again after a delete', async () => {
    await makeThree('again');
    await call(['lock', 'x-api-key'], 'DELETE', '/again-locked', {});
    await call(['bulk', 'x-api-key'], 'POST', '/again-locked/data', { data });
    expect(outcome(await call(['bulk', 'x-api-key'], 'DELETE', '/again-locked', {}))).toBe('ok');
  });

  it('records are not stored by a validation', async () => {
    expect((await call(['bulk', 'x-api-key'], 'POST', '/checked/validate', { data })).body).toEqual({ success: true });
    expect(outcome(await call(['bulk', 'x-api-key'], 'POST', '/checked/validate', { data: '[]' }))).toBe(
      '400 VALIDATION',
    );
    expect(outcome(await call(['bulk', 'x-api-key'], 'GET', '/checked'))).toBe(missing);
  });

  it.each([
    ['no object', { data: '[1]' }],
    ['no JSON', { data: '{' }],
    ['a member twice', { data: '{"a":1,"a":2}' }],
    ['an unknown member of usr_mtd', { data, usr_mtd: '{"enabeld":true}' }],
    ['tags that are no texts', { data, usr_mtd: '{"tags":[1]}' }],
  ])('records are refused with %s', async (_, form) => {
    expect(outcome(await call(['bulk', 'x-api-key'], 'POST', '/refused/data', form))).toBe('400 VALIDATION');
    expect(outcome(await call(['bulk', 'x-api-key'], 'GET', '/refused'))).toBe(missing);
  });

  it('records keep the actions of a page, and leave them out where there are none', async () => {
    const actions = [{ label: 'Open', location: '/x' }];
    const sent = { data, usr_mtd: JSON.stringify({ ui_actions: actions, tags: null }) };
    await call(['bulk', 'x-api-key'], 'POST', '/actions/data', sent);
    const { body } = await call(['bulk', 'x-api-key'], 'GET', '/actions/mtd');
    expect(body.usr_mtd).toMatchObject({ ui_actions: actions, tags: [] });
    await call(['bulk', 'x-api-key'], 'POST', '/actions/mtd', { usr_mtd: '{"ui_actions":null}' });
    expect((await call(['bulk', 'x-api-key'], 'GET', '/actions/mtd')).body.usr_mtd).not.toHaveProperty('ui_actions');
  });

  it('a refused record names an unknown member of usr_mtd, and content that is elsewhere', async () => {
    const unknown = await call(['bulk', 'x-api-key'], 'POST', '/named/data', { data, usr_mtd: '{"enabeld":true}' });
    expect(unknown.body.error).toContain('usr_mtd.enabeld: is not known');
    const elsewhere = await call(['bulk', 'x-api-key'], 'POST', '/named/data', { arl: '[https,example.com]' });
    expect(elsewhere.body.error).toContain('arl: is not supported');
  });

  it('records take content packed by gzip, unpacked no further than one MiB', async () => {
    const gz = (text: string) => ({ gzdata: gzipSync(text).toString('base64') });
    const send = (form: Readonly<Record<string, string>>) => call(['bulk', 'x-api-key'], 'POST', '/packed/data', form);
    // Packing takes long, and a connection that is idle for long is closed.
    const [large, huge] = [1_000_000, 20_000_000].map((length) => gz(JSON.stringify({ text: 'a'.repeat(length) })));
    if (large === undefined || huge === undefined) throw new Error('nothing is packed');
    expect(outcome(await send(gz(data)))).toBe('ok');
    expect((await call(['bulk', 'x-api-key'], 'GET', '/packed')).body.data).toEqual(content);
    expect(outcome(await send(large))).toBe('ok');
    const before = (await call(['bulk', 'x-api-key'], 'GET', '/packed')).text;
    expect(outcome(await send(huge))).toBe('413 BODY_TOO_LARGE');
    for (const broken of [{ gzdata: 'no base64' }, { gzdata: 'bm8gZ3ppcA==' }, gz('[1]'), { ...gz(data), data }]) {
      expect(outcome(await send(broken))).toBe('400 VALIDATION');
    }
    expect(outcome(await send({ gzdata: gz(data).gzdata.slice(0, 40) }))).toBe('400 VALIDATION');
    expect((await call(['bulk', 'x-api-key'], 'GET', '/packed')).text).toBe(before);
  });

  it('records whose content is withheld are not replaced by a packed blank', async () => {
    await makeThree('blank');
    const gzdata = gzipSync('null\n').toString('base64');
    const sent = await call(['root', 'x-api-key'], 'POST', '/blank-secret/data', { gzdata });
    expect(outcome(sent)).toBe('400 CONTENT_WITHHELD');
  });

  it('records answer alike where they are missing and where they are hidden', async () => {
    await makeThree('hid');
    const [hidden, gone] = [
      await call(['segment', 'x-api-key'], 'GET', '/hid-plain/data'),
      await call(['segment', 'x-api-key'], 'GET', '/hid-none/data'),
    ];
    expect(hidden.text).toBe(gone.text);
    expect(gone).toMatchObject({ status: 404, body: { error: expect.stringContaining('RECORD_NOT_FOUND') } });
  });

  it('records take almost one MiB, and no more', async () => {
    const sized = (bytes: number) => ({ data: JSON.stringify({ text: 'a'.repeat(bytes) }) });
    expect((await call(['bulk', 'x-api-key'], 'POST', '/large/data', sized(1_000_000))).status).toBe(200);
    expect((await call(['bulk', 'x-api-key'], 'POST', '/larger/data', sized(1_100_000))).status).toBe(413);
  });

  it('records are of one organization and one hive', async () => {
    await makeThree('here');
    const demo = hive.demo();
    const other = `${demo.url}/v1/hive/fp/${demo.oid}/here-plain`;
    const key = { headers: { 'x-api-key': demo.keys.root ?? '' } };
    expect((await fetch(other, key)).status).toBe(404);
    const elsewhere = '00000000-0000-4000-8000-000000000000';
    expect((await fetch(`${demo.url}/v1/hive/dr-general/${elsewhere}`, key)).status).toBe(401);
    expect((await fetch(`${demo.url}/v1/hive/no-such/${demo.oid}`, key)).status).toBe(404);
  });
});

describe('a later start', () => {
  it('a later start keeps keys and records, and shows no key again', async () => {
    await call(['bulk', 'x-api-key'], 'POST', '/kept-over/data', { data });
    const before = hive.demo();
    await hive.restart();
    const demo = hive.demo();
    expect(demo.oid).toBe(before.oid);
    for (const key of Object.values(before.keys)) expect(demo.text).not.toContain(key);
    expect(outcome(await call(['bulk', 'x-api-key'], 'GET', '/kept-over/data'))).toBe('ok');
  });
});
