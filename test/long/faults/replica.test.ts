import { UnavailableError } from '@flairgate/core';
import { openAdministration } from '@flairgate/core/administration';
import { faultCause } from '@flairgate/core/internal';
import { createGate } from '@flairgate/express';
import { postgresStore } from '@flairgate/stores/postgres';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { masterKey } from '../../../packages/stores/test/databases.js';
import { type OwnPostgres, ownPostgres, postgresPrograms } from '../../cluster/own-postgres.ts';

const programs = postgresPrograms();

describe.skipIf(programs === undefined)('a read replica, whose rows can be old', () => {
  let server: OwnPostgres;
  beforeAll(async () => {
    server = await ownPostgres(programs ?? '');
    await server.start();
  });
  afterAll(() => server?.remove());

  test('a read replica is asked for nothing: no store opens on it, and an open one answers 503', async () => {
    const store = await postgresStore({ url: server.url, masterKey });
    const operator = openAdministration(store).asOperator('test');
    const { oid } = await operator.createOrganization({ name: 'acme' });
    const keys = [];
    for (const name of ['cached', 'cold']) {
      keys.push((await operator.create({ organization: oid, name, permissions: ['dr.list'] })).text);
    }
    const [cached = '', cold = ''] = keys;
    const gate = createGate({ store, maxStalenessSeconds: 1 });
    const app = express();
    app.use(gate.authenticate());
    app.get('/', (_req, res) => void res.json({}));
    app.use(gate.errorHandler());
    const statusOf = async (key: string) => (await request(app).get('/').set('x-api-key', key)).status;
    expect(await statusOf(cached)).toBe(200);

    await server.kill();
    await server.start('standby');
    expect(await statusOf(cold)).toBe(503);
    await expect.poll(() => statusOf(cached), { timeout: 20_000 }).toBe(503);
    const opening = postgresStore({ url: server.url, masterKey });
    const refusal = await opening.catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UnavailableError);
    expect(faultCause(refusal).text).toBe('the server lets this user only read, or is a standby');

    await server.kill();
    await server.start();
    await expect.poll(() => statusOf(cold), { timeout: 20_000 }).toBe(200);
    await gate.close();
    await store.close();
  });
});
