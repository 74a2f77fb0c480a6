import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDenial } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';
import { done, operator } from '../flow/running-service.ts';

const root = join(import.meta.dirname, '..', '..');

/** Names that a careless reader takes for one with a flair. Code points outside ASCII are escapes. */
const ALMOST_ROOT = [
  '[root',
  'root]',
  ']root[',
  '[[root]]',
  '[ro ot]',
  '[ root]',
  '[root ]',
  '[ROOT]',
  '[Root]',
  '[root,bulk]',
  '[root|bulk]',
  '[root=true]',
  '[ro\u200bot]',
  '[ro\u00adot]',
  '[r\u00a0oot]',
  '\uff3broot\uff3d',
  '\ufe47root\ufe48',
  '[r\u043e\u043et]',
  '[\uff52oot]',
  '[\u{1d42b}oot]',
  '[loc\u212a]',
  '[ro\u0301ot]',
  '[]',
  '[__proto__]',
  '[constructor]',
  '[toString]',
  '[root\u0000]',
  '\u202e[toor]',
];

describe.each(await kindsToTest(['sqlite', 'postgres']))('names and ids, on %s', (kind) => {
  let database: TestDatabase;
  let place: ServerFixture;
  let path: string;

  beforeAll(async () => {
    database = await makeDatabase(kind);
    place = await startServerFixture(await database.open(), { gate: { failureLimit: { limit: 0 } } });
    path = `/v1/orgs/${place.oid}/keys`;
  });
  afterAll(async () => {
    await place.close();
    await database.remove();
  });

  const flairsOf = async (text: string): Promise<readonly string[]> => {
    const { authenticator } = place.running.service.gate;
    const found = await authenticator.authenticate({ kind: 'api-key', text }, '127.0.0.1');
    if (isDenial(found)) throw new Error('the key is refused');
    return found.in(place.oid)?.flairs ?? [];
  };

  const create = (name: string, more: Readonly<Record<string, string>> = {}) =>
    place.organizationCaller('POST', path, { form: { key_name: name, ...more } });

  it('T-F01, T-F04, T-F05, T-F06, T-F07, T-F11, T-F12: a name that resembles a flair has none or is refused', async () => {
    for (const name of ALMOST_ROOT) {
      const made = await create(name);
      expect([200, 400], name).toContain(made.status);
      if (made.status === 200) expect(await flairsOf(made.text('api_key')), name).not.toContain('root');
    }
    // The caller is no owner, so the flair itself is refused, wherever it stands.
    for (const name of ['x [root]', '[root] x', 'a[root]b', '[bulk][root]']) {
      expect((await create(name)).status, name).not.toBe(200);
    }
  });

  it('T-F15, E-09: a flair, a permission or an id in another field or as a name gives nothing', async () => {
    const names = ['root', '*', 'user.ctrl', 'apikey.ctrl', 'owner', place.oid, place.uid, place.userKey.keyId];
    for (const name of names) {
      const made = await create(name, { description: '[root] [secret]' });
      expect(made.status, name).toBe(200);
      const send = (at: string) =>
        place.running.send({ method: 'GET', path: at, headers: { 'x-api-key': made.text('api_key') } });
      expect((await send('/v1/who')).body.perms).toEqual([]);
      expect((await send(path)).status).toBe(401);
      expect(await flairsOf(made.text('api_key')), name).not.toContain('root');
    }
  });

  it('T-F08, T-O08: names that differ by letter case or form are different keys, and one name is one', async () => {
    for (const name of ['Case', 'case', 'CASE', 'stra\u00dfe', 'strasse', '\u0130x', 'ix', 'a_b', 'a%b']) {
      expect((await create(name)).status, name).toBe(200);
      expect((await create(name)).status, name).not.toBe(200);
    }
  });

  it('T-F14: a name is refused past its length, and never cut', async () => {
    for (const length of [100, 127, 128, 129, 254, 255, 256, 300, 5000]) {
      for (const unit of ['a', '\u00e9', '\u{1f600}']) {
        const name = `${unit.repeat(length - 7)}[lock]x`;
        const made = await create(name);
        if (made.status !== 200) continue;
        const listed = await place.organizationCaller('GET', path);
        expect(JSON.stringify(listed.body)).toContain(JSON.stringify(name).slice(1, -1));
      }
    }
  });

  it('T-K10: an expiry in a wrong form is refused, and never taken for none', async () => {
    for (const expiry of ['-1', 'tomorrow', '1e999', 'NaN', 'null', '9999-99-99', '0x10', ' ', '1', `${Date.now()}`]) {
      const made = await create(`expires ${expiry}`, { expiry });
      expect(made.status, expiry).toBe(400);
    }
  });

  it('T-V10, K-04: of 20 that ask for one name at once, one gets it', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create('contested')));
    expect(made.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(made.every(({ status }) => status < 500)).toBe(true);
  });

  it('E-10, T-K15, T-R19, N-05: a name that is used again has nothing of the key before', async () => {
    const first = await create('again', { perms: 'sensor.list' });
    const hash = first.text('key_hash');
    await place.organizationCaller('DELETE', path, { form: { key_hash: hash } });
    const second = await create('again');
    expect(second.text('key_hash')).not.toBe(hash);
    const who = (text: string) =>
      place.running.send({ method: 'GET', path: '/v1/who', headers: { 'x-api-key': text } });
    expect((await who(first.text('api_key'))).status).toBe(401);
    expect((await who(second.text('api_key'))).body.perms).toEqual([]);
    const revived = await place.organizationCaller('PATCH', `${path}/${hash}`, {
      form: { description: 'back' },
      headers: { 'If-Match': '*' },
    });
    expect(revived.status).toBe(404);
    expect((await place.organizationCaller('POST', `${path}/${hash}/enable`)).status).toBe(404);
    expect((await who(first.text('api_key'))).status).toBe(401);
  });

  it('J-06, T-D06: no path of a route has a pattern in which two parameters touch', () => {
    const paths = place.running.service.routes.map((route) => route.path);
    expect(paths.length).toBeGreaterThan(55);
    expect(paths.filter((pattern) => /:[a-z_]+[^/a-z_]|[*+?(]/i.test(pattern))).toEqual([]);
  });

  it('D-06, T-P08: what a caller did on one route opens no other', async () => {
    const made = await create('narrow', { perms: 'sensor.list' });
    const send = (at: string) =>
      place.running.send({ method: 'GET', path: at, headers: { 'x-api-key': made.text('api_key') } });
    for (let round = 0; round < 3; round += 1) {
      expect((await send('/v1/who')).status).toBe(200);
      expect((await send(path)).status).toBe(401);
      expect((await send(`/v1/orgs/${place.oid}/users`)).status).toBe(401);
    }
  });

  it('T-T01, T-T05, E-11, H-08: an organization named anywhere else than its credential changes nothing', async () => {
    const { administration } = place;
    const { oid } = await done(createOrganization(administration, operator, { name: 'another' }));
    const theirs = `/v1/orgs/${oid}/keys`;
    const missing = await place.organizationCaller('GET', '/v1/orgs/00000000-0000-4000-8000-000000000000/keys');
    for (const form of [{ oid }, { organization: oid, owner: 'root' }]) {
      const headers = { 'x-oid': oid, 'x-organization': oid };
      expect((await place.organizationCaller('GET', theirs, { headers })).status).toBe(missing.status);
      const made = await place.organizationCaller('POST', path, { form: { key_name: 'moved', ...form }, headers });
      expect([200, 400]).toContain(made.status);
    }
    expect(await administration.store.read((tx) => tx.find('key', { oid }))).toEqual([]);
  });
});

describe('what is published', () => {
  it('T-U03: no package has tests, keys, environment files or databases', () => {
    for (const folder of readdirSync(join(root, 'packages'))) {
      const cwd = join(root, 'packages', folder);
      const { files }: { readonly files: readonly string[] } = JSON.parse(
        readFileSync(join(cwd, 'package.json'), 'utf8'),
      );
      // Everything else stays out by itself: a list of what is published, not of what is left out.
      const named = files.filter((entry) => !entry.startsWith('!'));
      expect(named.filter((entry) => !/^(bin|dist|README\.md|LICENSE|CHANGELOG\.md)/.test(entry))).toEqual([]);
      const built = readdirSync(join(cwd, 'dist'), { recursive: true, encoding: 'utf8' });
      expect(built.length).toBeGreaterThan(3);
      const wrong = /(^|\/)(tests?|node_modules|coverage)\/|\.test\.|\.env|\.db$|\.master-key|\.pem$/;
      expect(built.filter((path) => wrong.test(path))).toEqual([]);
    }
  });
});
