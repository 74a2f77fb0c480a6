import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Served, serve, whoami } from '../support.js';

const KEY_INVALID = { status: 401, code: 'ERR_KEY_INVALID', challenge: 'invalid_token' } as const;
const TOKEN_INVALID = { status: 401, code: 'ERR_TOKEN_INVALID', challenge: 'invalid_token' } as const;

describe('accept', () => {
  let kit: TestGate;
  let key: TestKey;
  let token: string;
  let served: Served;

  beforeAll(async () => {
    kit = await testGate();
    key = await kit.key();
    token = await kit.token(key);
    const app = express();
    app.post('/ingest', kit.gate.authenticate({ accept: ['ingestion-key'] }), whoami);
    app.use(kit.gate.authenticate());
    app.get('/', whoami);
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  it('authenticate refuses an ingestion key unless accept names it, and says that it is one', async () => {
    const ingestion = await kit.ingestionKey();
    const elsewhere = async () => {
      const answer = await request(served.url).get('/').set('x-api-key', ingestion.text);
      expectRefusal(answer, { ...KEY_INVALID, detail: /^an ingestion key is not accepted here$/ });
    };
    await elsewhere();
    await elsewhere();
    const accepted = await request(served.url).post('/ingest').set('x-api-key', ingestion.text).expect(200);
    expect(accepted.body.kind).toBe('ingestion-key');
    await elsewhere();
  });

  it('authenticate that accepts only ingestion keys answers a revoked key like an unknown one', async () => {
    const gone = await kit.key();
    await kit.revoke(gone);
    const push = async (text: string) => (await request(served.url).post('/ingest').set('x-api-key', text)).body;
    expect(await push(gone.text)).toEqual(await push('x'));
  });

  it('authenticate that accepts only ingestion keys refuses every other kind', async () => {
    const detail = /^an organization key is not accepted here; send an ingestion key$/;
    expectRefusal(await request(served.url).post('/ingest').set('x-api-key', key.text), { ...KEY_INVALID, detail });
    const byToken = await request(served.url).post('/ingest').auth(token, { type: 'bearer' });
    expectRefusal(byToken, { ...TOKEN_INVALID, detail });
  });

  it('authenticate stops at start for an unknown kind of credential and an empty list', () => {
    const { gate } = kit;
    // @ts-expect-error not a kind
    expect(() => gate.authenticate({ accept: ['ingest-key'] })).toThrow(/`ingestion-key`/);
    expect(() => gate.authenticate({ accept: [] })).toThrow(/accept/);
    // @ts-expect-error not an option
    expect(() => gate.authenticate({ optionl: true })).toThrow(/`optional`/);
  });
});
