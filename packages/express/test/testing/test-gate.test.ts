import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('testGate', () => {
  let kit: TestGate;
  let app: express.Express;
  beforeEach(async () => {
    kit = await testGate();
    app = express();
    app.use(kit.gate.authenticate({ accept: ['organization-key', 'user-key', 'ingestion-key'] }));
    app.get('/', (req, res) => {
      const { kind, name, organizations } = req.auth;
      const view = req.auth.in(kit.oid);
      res.json({ kind, name, organizations, permissions: view?.permissions, flairs: view?.flairs });
    });
  });
  afterEach(() => kit.close());

  const who = async (key: TestKey) => (await request(app).get('/').set('x-api-key', key.text).expect(200)).body;

  it('testGate creates a key with permissions and flairs', async () => {
    const key = await kit.key({ name: 'vendor[segment][secret]', permissions: ['dr.set', 'dr.list'] });
    const seen = await who(key);
    expect(seen).toMatchObject({
      kind: 'organization-key',
      permissions: ['dr.list', 'dr.set'],
      name: 'vendor[segment][secret]',
    });
    expect(seen.flairs.toSorted()).toEqual(['secret', 'segment']);
  });

  it('testGate creates a user with permissions in several organizations, and their key', async () => {
    const other = await kit.organization();
    const uid = await kit.user({ permissions: { [kit.oid]: ['dr.list'], [other]: [] } });
    const seen = await who(await kit.userKey({ uid, name: 'laptop' }));
    expect(seen).toMatchObject({ kind: 'user-key', permissions: ['dr.list'] });
    expect(seen.organizations).toEqual([kit.oid, other].toSorted());
  });

  it('testGate creates an ingestion key', async () => {
    expect(await who(await kit.ingestionKey())).toMatchObject({ kind: 'ingestion-key' });
  });

  it('testGate exchanges a key for a token', async () => {
    const jwt = await kit.token(await kit.key());
    await request(app).get('/').auth(jwt, { type: 'bearer' }).expect(200);
  });

  it('testGate revokes a key immediately', async () => {
    const key = await kit.key();
    await who(key);
    await kit.revoke(key);
    await request(app).get('/').set('x-api-key', key.text).expect(401);
  });

  it('testGate throws the refusal of what cannot be created', async () => {
    await expect(kit.key({ name: 'vendor[segement]' })).rejects.toMatchObject({ denial: { code: 'ERR_VALIDATION' } });
    await expect(kit.key({ permissions: ['dr.lst'] })).rejects.toMatchObject({ denial: { code: 'ERR_VALIDATION' } });
  });
});
