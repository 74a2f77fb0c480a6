import { DeniedError, deny, OptionError, UnavailableError } from '@flairgate/core';
import type { AnswerDenial, GateOptions } from '@flairgate/express';
import { testGate } from '@flairgate/express/testing';
import express, { type ErrorRequestHandler } from 'express';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';

const kits: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const kit of kits.splice(0)) await kit.close();
});

async function appWith(answer: AnswerDenial, more: Omit<GateOptions, 'store'> = {}) {
  const kit = await testGate({ answer, ...more });
  kits.push(kit);
  const app = express();
  app.use(kit.gate.authenticate());
  app.get('/', kit.gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
  app.use(kit.gate.errorHandler());
  return { kit, app };
}

describe('the option answer', () => {
  it('the option answer sends the body of the host, with the status and the headers of the refusal', async () => {
    const { kit, app } = await appWith((denial, _req, res) => res.json({ message: denial.detail, ...denial }));
    const missing = await request(app).get('/').expect(401);
    expect(missing.headers['content-type']).toMatch(/^application\/json/);
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="flairgate"');
    expect(missing.headers['cache-control']).toBe('no-store');
    expect(missing.headers.vary).toMatch(/x-api-key/);
    expect(missing.body).toMatchObject({ code: 'ERR_CREDENTIAL_MISSING', status: 401 });
    const { text } = await kit.key();
    const refused = await request(app).get('/').set('x-api-key', text).expect(401);
    expect(refused.body).toMatchObject({ code: 'ERR_PERMISSION_MISSING', members: { missing: ['dr.list'] } });
  });

  it('the option answer is told nothing that is not for the caller', async () => {
    const told: object[] = [];
    const { app } = await appWith((denial, _req, res) => {
      told.push(denial);
      res.json({});
    });
    await request(app).get('/').set('x-api-key', 'no key').expect(401);
    expect(told.map((denial) => Object.keys(denial).sort())).toEqual([['code', 'detail', 'members', 'status']]);
  });

  it.each<[string, AnswerDenial]>([
    [
      'throws',
      () => {
        throw new Error('a fault of the host');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault of the host'))],
  ])('the option answer is replaced by the problem document where it %s', async (_, answer) => {
    vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { app } = await appWith(answer);
    const answered = await request(app).get('/').expect(401);
    expect(answered.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answered.body).toMatchObject({ code: 'ERR_CREDENTIAL_MISSING' });
  });

  it('the option answer must be a function', async () => {
    await expect(appWith('json' as never)).rejects.toThrow(/^answer: must be a function/);
  });
});

describe("errorHandler with faults: 'next'", () => {
  async function throwing(thrown: unknown) {
    const kit = await testGate();
    kits.push(kit);
    const app = express();
    app.use(() => {
      throw thrown;
    });
    app.use(kit.gate.errorHandler({ faults: 'next' }));
    app.use(((error, _req, res, _next) => {
      res.status(500).json({ own: error instanceof Error ? error.message : String(error) });
    }) satisfies ErrorRequestHandler);
    return request(app).get('/');
  }

  it("errorHandler with faults: 'next' passes other errors on to the error handler of the app", async () => {
    expect((await throwing(new Error('boom'))).body).toEqual({ own: 'boom' });
  });

  it("errorHandler with faults: 'next' still answers refusals and failed dependencies", async () => {
    expect((await throwing(new DeniedError(deny('ERR_NOT_FOUND')))).status).toBe(404);
    expect((await throwing(new UnavailableError('store', new Error('x')))).status).toBe(503);
  });

  it("errorHandler with faults: 'next' takes no onFault, which would never be called", async () => {
    const kit = await testGate();
    kits.push(kit);
    expect(() => kit.gate.errorHandler({ faults: 'next', onFault: () => undefined })).toThrow(OptionError);
    expect(() => kit.gate.errorHandler({ faults: 'throw' as 'next' })).toThrow(/^errorHandler\.faults/);
  });
});
