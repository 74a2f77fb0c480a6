import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, runService, seed } from './running-service.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

let folder: string;
const open: (RunningService | Store)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-flow-'));
});

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(store: Store): Promise<RunningService> {
  const running = await runService(store);
  open.push(store, running);
  return running;
}

const newFile = () => join(folder, `${randomUUID()}.db`);

const stores: Readonly<Record<string, () => Promise<Store>>> = {
  memory: () => memoryStore(),
  SQLite: () => sqliteStore({ file: newFile() }),
};

describe.each(Object.entries(stores))('the life of a key on %s', (_name, openStore) => {
  it('the life of a key goes from a user to an organization, a key, its token, and the end of both', async () => {
    const running = await start(await openStore());
    const { uid, userKey } = await seed(running);
    const exchange = async (fields: Record<string, string>) => {
      const body = new URLSearchParams(fields).toString();
      return running.send({ method: 'POST', path: '/jwt', headers: FORM, body });
    };
    const call = (method: string, path: string, bearer: string, fields: Record<string, string> = {}) => {
      const body = new URLSearchParams(fields).toString();
      return running.send({ method, path, headers: { ...FORM, Authorization: `Bearer ${bearer}` }, body });
    };

    const user = (await exchange({ uid, secret: userKey.text })).body.jwt;
    const made = await call('POST', '/v1/orgs/new', user, { loc: 'usa', name: 'second' });
    expect(made).toMatchObject({ status: 200, body: { success: true } });
    const { oid } = made.body.data;

    // The first token was minted before the organization was there; its owner asks for another.
    const owner = (await exchange({ uid, oid, secret: userKey.text })).body.jwt;
    const keys = `/v1/orgs/${oid}/keys`;
    const created = await call('POST', keys, owner, { key_name: 'vendor[segment]', perms: 'dr.list,dr.set' });
    expect(created.status).toBe(200);
    const { api_key: key, key_hash: hash } = created.body;

    const token = (await exchange({ oid, secret: key })).body.jwt;
    const who = await call('GET', '/v1/who', token);
    expect(who.body).toEqual({ ident: 'vendor[segment]', orgs: [oid], perms: ['dr.list', 'dr.set'] });
    expect((await call('GET', keys, owner)).body.api_keys[hash]).toMatchObject({ flairs: ['segment'] });

    expect((await call('DELETE', keys, owner, { key_hash: hash })).status).toBe(200);
    expect((await call('GET', '/v1/who', token)).body.code).toBe('ERR_TOKEN_INVALID');
    const byKey = await running.send({ method: 'GET', path: '/v1/who', headers: { 'x-api-key': key } });
    expect(byKey.body.code).toBe('ERR_KEY_INVALID');
    expect((await exchange({ oid, secret: key })).text).toBe((await exchange({ oid, secret: 'unknown' })).text);
  });
});

describe('two services on one SQLite file', () => {
  it('two services on one SQLite file see what the other made and ended at their next request, and after a restart', async () => {
    const file = newFile();
    const first = await start(await sqliteStore({ file }));
    const second = await start(await sqliteStore({ file }));
    const { oid, organizationKey: manager } = await seed(first);
    const as = (key: string) => ({ 'x-api-key': key, ...FORM });
    const who = (running: RunningService, key: string) =>
      running.send({ method: 'GET', path: '/v1/who', headers: as(key) });
    const path = `/v1/orgs/${oid}/keys`;
    const { body } = await first.send({ method: 'POST', path, headers: as(manager.text), body: 'key_name=shared' });
    expect((await who(second, body.api_key)).status).toBe(200);
    const token = (
      await second.send({ method: 'POST', path: '/jwt', headers: FORM, body: `oid=${oid}&secret=${body.api_key}` })
    ).body.jwt;
    const bearer = { Authorization: `Bearer ${token}` };
    expect((await first.send({ method: 'GET', path: '/v1/who', headers: bearer })).status).toBe(200);

    await first.send({ method: 'DELETE', path, headers: as(manager.text), body: `key_hash=${body.key_hash}` });
    // A process looks at most every 10 ms whether another one has written.
    await expect
      .poll(async () => (await who(second, body.api_key)).body.code, { interval: 10 })
      .toBe('ERR_KEY_INVALID');
    expect((await second.send({ method: 'GET', path: '/v1/who', headers: bearer })).body.code).toBe(
      'ERR_TOKEN_INVALID',
    );

    const third = await start(await sqliteStore({ file }));
    expect((await who(third, body.api_key)).body.code).toBe('ERR_KEY_INVALID');
    expect((await third.send({ method: 'GET', path: '/v1/who', headers: bearer })).body.code).toBe('ERR_TOKEN_INVALID');
    expect((await who(third, manager.text)).status).toBe(200);
  });
});
