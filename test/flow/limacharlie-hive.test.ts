import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoFolder, demoFolder, type RunningDemo } from './running-demo.js';

type Flair = 'bulk' | 'lock' | 'secret' | 'segment' | 'root';
type Door = 'x-api-key' | 'Bearer';

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const flairs: readonly Flair[] = ['bulk', 'lock', 'secret', 'segment', 'root'];
const doors: readonly Door[] = ['x-api-key', 'Bearer'];
/** Who makes the three records: nobody special, one who locks, one who keeps a secret. */
const makers = { plain: 'bulk', locked: 'lock', secret: 'secret' } as const;
const kinds = ['plain', 'locked', 'secret'] as const;
const content = { detect: { op: 'is' }, respond: [{ action: 'report' }] };

let folder: DemoFolder;
let demo: RunningDemo;
const headers = new Map<string, Readonly<Record<string, string>>>();

beforeAll(async () => {
  folder = await demoFolder();
  demo = await folder.start();
  for (const flair of flairs) {
    const secret = demo.keys[flair] ?? '';
    headers.set(`${flair} x-api-key`, { 'x-api-key': secret });
    const answer = await fetch(`${demo.url}/jwt`, {
      method: 'POST',
      body: new URLSearchParams({ oid: demo.oid, secret }),
    });
    const { jwt } = (await answer.json()) as { jwt: string };
    headers.set(`${flair} Bearer`, { authorization: `Bearer ${jwt}` });
  }
});
afterAll(() => folder.remove());

async function call(
  [flair, door]: readonly [Flair, Door],
  method: string,
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<Reply> {
  const answer = await fetch(`${demo.url}/v1/hive/dr-general/${demo.oid}${path}`, {
    method,
    headers: { ...headers.get(`${flair} ${door}`) },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) };
}

const data = JSON.stringify(content);
const metadata = JSON.stringify({ comment: 'changed' });

/** Makes three records whose names begin with the prefix. */
async function makeThree(prefix: string): Promise<void> {
  for (const kind of kinds) {
    const made = await call([makers[kind], 'x-api-key'], 'POST', `/${prefix}-${kind}/data`, { data });
    expect(made.status, made.text).toBe(200);
  }
}

/** What a call came to, in the words of the tables below. */
function outcome({ status, body }: Reply): string {
  if (status === 200) return body.opaque === true ? 'opaque' : 'ok';
  return `${status} ${String(body.code).replace('ERR_', '')}`;
}

async function eachKind(caller: readonly [Flair, Door], prefix: string, method: string, suffix: string, form = {}) {
  await makeThree(prefix);
  const outcomes = [];
  for (const kind of kinds) {
    const send = method === 'GET' ? undefined : form;
    outcomes.push(outcome(await call(caller, method, `/${prefix}-${kind}${suffix}`, send)));
  }
  return outcomes;
}

const missing = '404 NOT_FOUND';
const locked = '403 RESOURCE_LOCKED';
const taken = '409 RESOURCE_EXISTS';
const mismatch = '409 ETAG_MISMATCH';

/** For each call: what it comes to on the plain, the locked and the secret record, by flair. */
const tables: readonly {
  readonly title: string;
  readonly method: string;
  readonly suffix: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<Flair, readonly [string, string, string]>>;
}[] = [
  ...['', '/data', '/mtd'].map((suffix) => ({
    title: `read ${suffix || 'bare'}`,
    method: 'GET',
    suffix,
    expected: {
      bulk: ['ok', 'ok', 'opaque'],
      lock: ['ok', 'ok', 'opaque'],
      secret: ['ok', 'ok', 'ok'],
      segment: [missing, missing, missing],
      root: ['ok', 'ok', 'opaque'],
    } as const,
  })),
  {
    title: 'change what is said about it',
    method: 'POST',
    suffix: '/mtd',
    form: { usr_mtd: metadata },
    expected: {
      bulk: ['ok', locked, 'opaque'],
      lock: ['ok', 'ok', 'opaque'],
      secret: ['ok', locked, 'ok'],
      segment: [missing, missing, missing],
      root: ['ok', 'ok', 'opaque'],
    },
  },
  {
    title: 'upsert blindly',
    method: 'POST',
    suffix: '/data',
    form: { data },
    expected: {
      bulk: ['ok', locked, 'opaque'],
      lock: ['ok', 'ok', 'opaque'],
      secret: ['409 NOT_SECRET_TO_YOU', locked, 'ok'],
      segment: [taken, taken, taken],
      root: ['ok', 'ok', 'opaque'],
    },
  },
  {
    title: 'update whatever is there',
    method: 'POST',
    suffix: '/data',
    form: { data, etag: '*' },
    expected: {
      bulk: ['ok', locked, 'opaque'],
      lock: ['ok', 'ok', 'opaque'],
      secret: ['ok', locked, 'ok'],
      segment: [mismatch, mismatch, mismatch],
      root: ['ok', 'ok', 'opaque'],
    },
  },
  {
    title: 'write the blank copy back',
    method: 'POST',
    suffix: '/data',
    form: { data: 'null' },
    expected: {
      bulk: ['400 VALIDATION', '400 VALIDATION', '400 CONTENT_WITHHELD'],
      lock: ['400 VALIDATION', '400 VALIDATION', '400 CONTENT_WITHHELD'],
      secret: ['400 VALIDATION', '400 VALIDATION', '400 VALIDATION'],
      segment: ['400 VALIDATION', '400 VALIDATION', '400 VALIDATION'],
      root: ['400 VALIDATION', '400 VALIDATION', '400 CONTENT_WITHHELD'],
    },
  },
  {
    title: 'delete',
    method: 'DELETE',
    suffix: '',
    expected: {
      bulk: ['ok', locked, 'ok'],
      lock: ['ok', 'ok', 'ok'],
      secret: ['ok', locked, 'ok'],
      segment: [missing, missing, missing],
      root: ['ok', 'ok', 'ok'],
    },
  },
];

describe.each(doors)('by %s', (door) => {
  describe.each(tables.map((table, at) => ({ ...table, at })))('$title', ({ at, method, suffix, form, expected }) => {
    it.each(flairs)('with [%s]', async (flair) => {
      const prefix = `t${at}-${flair}-${door.toLowerCase()}`;
      expect(await eachKind([flair, door], prefix, method, suffix, form)).toEqual(expected[flair]);
    });
  });

  it('lists the three to everybody but [segment], opaque where they are secret to another', async () => {
    const prefix = `list-${door.toLowerCase()}`;
    await makeThree(prefix);
    for (const flair of flairs) {
      const { body } = await call([flair, door], 'GET', '');
      const seen = Object.entries(body).filter(([name]) => name.startsWith(prefix));
      const expected = flair === 'segment' ? [] : kinds;
      expect(seen.map(([name]) => name).sort()).toEqual(expected.map((kind) => `${prefix}-${kind}`).sort());
      for (const [name, record] of seen) {
        const opaque = name.endsWith('secret') && flair !== 'secret';
        expect(record).toMatchObject(opaque ? { data: null, opaque: true } : { data: content });
      }
    }
  });

  it('lets [segment] know, change and delete what it made, and others see it', async () => {
    const name = `/own-${door.toLowerCase()}`;
    expect(outcome(await call(['segment', door], 'POST', `${name}/data`, { data }))).toBe('ok');
    expect(Object.keys((await call(['segment', door], 'GET', '')).body)).toEqual([name.slice(1)]);
    expect(outcome(await call(['bulk', door], 'GET', `${name}/data`))).toBe('ok');
    expect(outcome(await call(['segment', door], 'DELETE', name))).toBe('ok');
  });

  it('has [lock] take an unlocked record over, and [root] pass a lock without taking it', async () => {
    const name = `/taken-${door.toLowerCase()}`;
    await call(['bulk', door], 'POST', `${name}/data`, { data });
    await call(['lock', door], 'POST', `${name}/mtd`, { usr_mtd: metadata });
    await call(['root', door], 'POST', `${name}/data`, { data });
    const refused = await call(['bulk', door], 'POST', `${name}/data`, { data });
    expect(refused).toMatchObject({ status: 403, body: { lockedBy: 'demo[lock]' } });
    expect(refused.body.error).toMatch(/locked.*demo\[lock\]/);
  });
});

describe('what is hidden', () => {
  const requests: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
    ['GET', ''],
    ['GET', '/data'],
    ['GET', '/mtd'],
    ['POST', '/mtd', { usr_mtd: metadata }],
    ['POST', '/mtd', { usr_mtd: metadata, etag: '*' }],
    ['POST', '/mtd', { usr_mtd: metadata, etag: 'guess' }],
    ['POST', '/data', { data, etag: '*' }],
    ['POST', '/data', { data, etag: 'guess' }],
    ['POST', '/rename?new_name=other', {}],
    ['DELETE', '', {}],
  ];

  it.each(requests)('answers %s %s byte for byte as what is missing', async (method, suffix, form) => {
    await makeThree('hidden');
    const absent = await call(['segment', 'x-api-key'], method, `/no-such${suffix}`, form);
    for (const kind of kinds) {
      const hidden = await call(['segment', 'x-api-key'], method, `/hidden-${kind}${suffix}`, form);
      expect(hidden).toEqual(absent);
    }
  });
});

describe('etags', () => {
  const read = async (flair: Flair, name: string) => {
    const { body } = await call([flair, 'x-api-key'], 'GET', `/${name}/data`);
    return body as { readonly sys_mtd: { readonly etag?: string; readonly guid: string }; readonly usr_mtd: unknown };
  };

  it('change with every write, and let through whoever read the record last', async () => {
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

  it('are not shown where content is withheld, and fit nobody it is withheld from', async () => {
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

  it('of a record that is not there fit nobody', async () => {
    expect(outcome(await call(['bulk', 'x-api-key'], 'POST', '/nobody/data', { data, etag: '*' }))).toBe(mismatch);
  });
});

describe('records', () => {
  it('have the members of LimaCharlie, and nothing that says who owns them', async () => {
    const made = await call(['bulk', 'x-api-key'], 'POST', '/shape/data', {
      data,
      usr_mtd: JSON.stringify({ enabled: false, expiry: 0, tags: ['a'], comment: 'said' }),
    });
    expect(made.body).toEqual({ guid: expect.any(String), name: 'shape', hive: 'dr-general' });
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

  it('keep what was said about them when content alone is sent', async () => {
    await call(['bulk', 'x-api-key'], 'POST', '/kept/data', { data, usr_mtd: metadata });
    await call(['bulk', 'x-api-key'], 'POST', '/kept/data', { data });
    const { body } = await call(['bulk', 'x-api-key'], 'GET', '/kept/data');
    expect(body.usr_mtd).toEqual({ enabled: true, expiry: 0, tags: [], comment: 'changed' });
  });

  it('keep their guid and owner through a rename, and never take a name that is taken', async () => {
    await makeThree('moved');
    const taking = await call(['lock', 'x-api-key'], 'POST', '/moved-locked/rename?new_name=moved-plain', {});
    expect(outcome(taking)).toBe(taken);
    const before = (await call(['lock', 'x-api-key'], 'GET', '/moved-locked/data')).body;
    const renamed = await call(['lock', 'x-api-key'], 'POST', '/moved-locked/rename?new_name=moved-away', {});
    expect(renamed.body).toMatchObject({ name: 'moved-away', guid: (before.sys_mtd as { guid: string }).guid });
    expect(outcome(await call(['bulk', 'x-api-key'], 'DELETE', '/moved-away', {}))).toBe(locked);
    expect(outcome(await call(['lock', 'x-api-key'], 'GET', '/moved-locked'))).toBe(missing);
  });

  it('start clean when the name is used again after a delete', async () => {
    await makeThree('again');
    await call(['lock', 'x-api-key'], 'DELETE', '/again-locked', {});
    await call(['bulk', 'x-api-key'], 'POST', '/again-locked/data', { data });
    expect(outcome(await call(['bulk', 'x-api-key'], 'DELETE', '/again-locked', {}))).toBe('ok');
  });

  it('are not stored by a validation', async () => {
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
  ])('are refused with %s', async (_, form) => {
    expect(outcome(await call(['bulk', 'x-api-key'], 'POST', '/refused/data', form))).toBe('400 VALIDATION');
    expect(outcome(await call(['bulk', 'x-api-key'], 'GET', '/refused'))).toBe(missing);
  });

  it('take almost one MiB, and no more', async () => {
    const sized = (bytes: number) => ({ data: JSON.stringify({ text: 'a'.repeat(bytes) }) });
    expect((await call(['bulk', 'x-api-key'], 'POST', '/large/data', sized(1_000_000))).status).toBe(200);
    expect((await call(['bulk', 'x-api-key'], 'POST', '/larger/data', sized(1_100_000))).status).toBe(413);
  });

  it('are of one organization and one hive', async () => {
    await makeThree('here');
    const other = `${demo.url}/v1/hive/fp/${demo.oid}/here-plain`;
    const key = { headers: { 'x-api-key': demo.keys.root ?? '' } };
    expect((await fetch(other, key)).status).toBe(404);
    const elsewhere = '00000000-0000-4000-8000-000000000000';
    expect((await fetch(`${demo.url}/v1/hive/dr-general/${elsewhere}`, key)).status).toBe(401);
    expect((await fetch(`${demo.url}/v1/hive/no-such/${demo.oid}`, key)).status).toBe(404);
  });
});

describe('a later start', () => {
  it('keeps keys and records, and shows no key again', async () => {
    await call(['bulk', 'x-api-key'], 'POST', '/kept-over/data', { data });
    await demo.stop();
    const before = demo;
    demo = await folder.start();
    expect(demo.oid).toBe(before.oid);
    for (const key of Object.values(before.keys)) expect(demo.text).not.toContain(key);
    expect(outcome(await call(['bulk', 'x-api-key'], 'GET', '/kept-over/data'))).toBe('ok');
  });
});
