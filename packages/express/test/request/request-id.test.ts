import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  createRequestIds,
  type DeniedEvent,
  type FaultEvent,
  findRequestId,
  UnavailableError,
} from '@flairgate/express';
import { testGate } from '@flairgate/express/testing';
import express, { type Express } from 'express';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function appWith(generate?: boolean): Promise<Express> {
  const kit = await testGate();
  closers.push(() => kit.gate.close());
  const app = express();
  app.use(createRequestIds(generate === undefined ? undefined : { generate }));
  app.get('/open', (req, res) => void res.json(findRequestId(req) ?? {}));
  app.get('/down', () => {
    throw new UnavailableError('store', new Error('gone'));
  });
  app.use(kit.gate.authenticate());
  app.use(kit.gate.errorHandler());
  return app;
}

describe('the id of a request', () => {
  it.each([
    ['x-request-id', { 'x-request-id': 'abc-1.2:3/4=' }, 'abc-1.2:3/4='],
    ['traceparent', { traceparent: TRACEPARENT }, TRACE],
    ['x-request-id before traceparent', { 'x-request-id': 'a', traceparent: TRACEPARENT }, 'a'],
  ])('the id of a request is taken from %s, sent back, and put into a refusal', async (_, headers, id) => {
    const app = await appWith();
    const refused = await request(app).get('/').set(headers);
    expect(refused.headers['x-request-id']).toBe(id);
    expect(decodeURIComponent(refused.body.instance)).toBe(id);
    expect(refused.headers['content-length']).toBe(String(Buffer.byteLength(refused.text)));
    expect((await request(app).get('/open').set(headers)).body.id).toBe(id);
  });

  it.each([
    ['a space', { 'x-request-id': 'a b' }],
    ['two ids', { 'x-request-id': 'a, b' }],
    ['129 letters', { 'x-request-id': 'a'.repeat(129) }],
    ['quotes and brackets', { 'x-request-id': '"},{"code":"<script>' }],
    ['a traceparent without a trace', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    ['a traceparent of no version', { traceparent: TRACEPARENT.replace('00', 'ff') }],
    ['a traceparent in capitals', { traceparent: TRACEPARENT.toUpperCase() }],
  ])('the id of a request is not taken from %s', async (_, headers) => {
    const refused = await request(await appWith())
      .get('/')
      .set(headers);
    expect(refused.headers).not.toHaveProperty('x-request-id');
    expect(refused.body).not.toHaveProperty('instance');
  });

  it('the id of a request is created only if the option asks for it', async () => {
    expect((await request(await appWith()).get('/')).headers).not.toHaveProperty('x-request-id');
    const ids = await Promise.all([1, 2].map(async () => (await request(await appWith(true)).get('/')).body.instance));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('the id of a request is the only difference between two refusals', async () => {
    const app = await appWith();
    const textOf = async (id: string) => (await request(app).get('/').set('x-request-id', id)).text;
    expect(await textOf('first')).toBe((await textOf('other')).replace('other', 'first'));
    const plain = (await request(app).get('/')).text;
    expect((await textOf('first')).replace(',"instance":"first"', '')).toBe(plain);
  });

  it('the id of a request is in the events of refusals and of faults', async () => {
    const seen: (string | undefined)[] = [];
    const note = (event: unknown) => void seen.push((event as DeniedEvent | FaultEvent).requestId);
    for (const name of ['flairgate:denied', 'flairgate:fault']) subscribe(name, note);
    try {
      expect(
        (
          await request(await appWith())
            .get('/down')
            .set('x-request-id', 'lost')
        ).status,
      ).toBe(503);
    } finally {
      for (const name of ['flairgate:denied', 'flairgate:fault']) unsubscribe(name, note);
    }
    expect(seen).toEqual(['lost', 'lost']);
  });

  it('createRequestIds refuses an unknown option', () => {
    expect(() => createRequestIds({ generat: true } as never)).toThrow('did you mean `generate`');
  });
});
