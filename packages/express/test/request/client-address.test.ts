import { clientAddress } from '@flairgate/express';
import { type TestGate, testGate } from '@flairgate/express/testing';
import express, { type Express } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let kit: TestGate;

beforeEach(async () => {
  kit = await testGate({ failureLimit: { limit: 3 } });
});
afterEach(() => kit.close());

function behind(trust: unknown): Express {
  const app = express();
  app.set('trust proxy', trust);
  app.get('/address', (req, res) => void res.json({ address: clientAddress(req) ?? null }));
  app.use(kit.gate.authenticate());
  app.use((_req, res) => void res.json({}));
  return app;
}

describe('X-Forwarded-For of a proxy that is trusted', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:50000', '203.0.113.9'],
    ['"203.0.113.9:50000"', '203.0.113.9'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['198.51.100.1, 203.0.113.9:50000', '203.0.113.9'],
    ['unknown', null],
    ['203.0.113.999:1', null],
    ['[2001:db8::1', null],
    ['_hidden', null],
  ])('X-Forwarded-For of a proxy that is trusted is read as an address: %s', async (forwarded, address) => {
    await request(behind(1)).get('/address').set('x-forwarded-for', forwarded).expect(200, { address });
  });

  it('X-Forwarded-For of a proxy that is trusted is followed through proxies that write ports', async () => {
    const app = behind(['127.0.0.1', '10.0.0.0/8']);
    const forwarded = '203.0.113.9:1234, 10.0.0.7:443';
    await request(app).get('/address').set('x-forwarded-for', forwarded).expect(200, { address: '203.0.113.9' });
  });

  it.each([
    ['each connection', (count: number) => `203.0.113.9:${50_000 + count}`],
    ['each text that is no address', (count: number) => `caller-${count}`],
  ])('X-Forwarded-For of a proxy that is trusted gives %s no count of its own', async (_name, forwarded) => {
    const app = behind(1);
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      const sent = { 'x-api-key': `wrong-key-wrong-key-${count}`, 'x-forwarded-for': forwarded(count) };
      statuses.push((await request(app).get('/').set(sent)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
  });

  it('a key that is bound to addresses is accepted by a forwarded address, and by no other text', async () => {
    const { text } = await kit.key({ ranges: ['203.0.113.0/24', '127.0.0.0/8'] });
    const from = (forwarded: string) =>
      request(behind(1)).get('/').set({ 'x-api-key': text, 'x-forwarded-for': forwarded });
    await from('203.0.113.9:50001').expect(200);
    await from('unknown').expect(401);
  });
});
