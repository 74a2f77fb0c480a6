import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  content,
  type Door,
  data,
  doors,
  type Flair,
  flairs,
  type Hive,
  kinds,
  metadata,
  openHive,
  outcome,
} from './open-hive.js';

let hive: Hive;
beforeAll(async () => {
  hive = await openHive();
});
afterAll(() => hive.close());
const call: Hive['call'] = (...args) => hive.call(...args);
const makeThree: Hive['makeThree'] = (prefix) => hive.makeThree(prefix);

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
    it.each(flairs)('the hive answers a key with the flair [%s] as the table says', async (flair) => {
      const prefix = `t${at}-${flair}-${door.toLowerCase()}`;
      expect(await eachKind([flair, door], prefix, method, suffix, form)).toEqual(expected[flair]);
    });
  });

  it('the hive lists the three records to every key but [segment], opaque where they are secret to another', async () => {
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

  it('the hive lets [segment] know, change and delete what it made, and others see it', async () => {
    const name = `/own-${door.toLowerCase()}`;
    expect(outcome(await call(['segment', door], 'POST', `${name}/data`, { data }))).toBe('ok');
    expect(Object.keys((await call(['segment', door], 'GET', '')).body)).toEqual([name.slice(1)]);
    expect(outcome(await call(['bulk', door], 'GET', `${name}/data`))).toBe('ok');
    expect(outcome(await call(['segment', door], 'DELETE', name))).toBe('ok');
  });

  it('the hive has [lock] take an unlocked record over, and [root] pass a lock without taking it', async () => {
    const name = `/taken-${door.toLowerCase()}`;
    await call(['bulk', door], 'POST', `${name}/data`, { data });
    await call(['lock', door], 'POST', `${name}/mtd`, { usr_mtd: metadata });
    await call(['root', door], 'POST', `${name}/data`, { data });
    const refused = await call(['bulk', door], 'POST', `${name}/data`, { data });
    expect(refused).toMatchObject({ status: 403, body: { lockedBy: 'demo[lock]' } });
    expect(refused.body.error).toMatch(/locked.*demo\[lock\]/);
  });
});

describe('the lock of a record', () => {
  const ask = (flair: Flair, method: string, path: string, form = {}) => call([flair, 'x-api-key'], method, path, form);

  it('the lock of a record is released by its holder and by root alone, and handed on to another key of the organization', async () => {
    await makeThree('held');
    const lock = '/held-locked/lock';
    expect(outcome(await ask('bulk', 'DELETE', lock))).toBe(locked);
    expect(outcome(await ask('secret', 'PUT', lock, { to: 'somebody' }))).toBe(locked);
    expect(outcome(await ask('lock', 'PUT', lock))).toBe('400 VALIDATION');
    expect(outcome(await ask('lock', 'PUT', lock, { to: 'somebody' }))).toBe('400 VALIDATION');
    const freed = await ask('lock', 'DELETE', lock);
    expect(freed).toMatchObject({ status: 200, body: { id: 'held-locked', to: null } });
    expect(outcome(await ask('bulk', 'POST', '/held-locked/mtd', { usr_mtd: metadata }))).toBe('ok');
    expect(outcome(await ask('lock', 'DELETE', lock))).toBe(missing);

    await ask('lock', 'POST', '/held-locked/mtd', { usr_mtd: metadata });
    const holder = String(freed.body.from);
    expect((await ask('root', 'PUT', lock, { to: holder })).body).toMatchObject({ from: holder, to: holder });
    expect(outcome(await ask('root', 'DELETE', lock))).toBe('ok');
    expect(outcome(await ask('bulk', 'DELETE', '/held-locked'))).toBe('ok');
  });
});

describe('what is hidden', () => {
  interface Request {
    readonly method: string;
    readonly suffix: string;
    readonly form?: Readonly<Record<string, string>>;
  }
  const requests: readonly Request[] = [
    { method: 'GET', suffix: '' },
    { method: 'GET', suffix: '/data' },
    { method: 'GET', suffix: '/mtd' },
    { method: 'POST', suffix: '/mtd', form: { usr_mtd: metadata } },
    { method: 'POST', suffix: '/mtd', form: { usr_mtd: metadata, etag: '*' } },
    { method: 'POST', suffix: '/mtd', form: { usr_mtd: metadata, etag: 'guess' } },
    { method: 'POST', suffix: '/data', form: { data, etag: '*' } },
    { method: 'POST', suffix: '/data', form: { data, etag: 'guess' } },
    { method: 'POST', suffix: '/rename?new_name=other', form: {} },
    { method: 'DELETE', suffix: '', form: {} },
    { method: 'DELETE', suffix: '/lock', form: {} },
    { method: 'PUT', suffix: '/lock', form: { to: 'somebody' } },
  ];

  it.each(requests)(
    'what is hidden answers $method $suffix $form byte for byte as what is missing',
    async (request) => {
      const { method, suffix, form } = request;
      await makeThree('hidden');
      const absent = await call(['segment', 'x-api-key'], method, `/no-such${suffix}`, form);
      for (const kind of kinds) {
        const hidden = await call(['segment', 'x-api-key'], method, `/hidden-${kind}${suffix}`, form);
        expect(hidden).toEqual(absent);
      }
    },
  );
});
