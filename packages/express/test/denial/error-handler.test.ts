import { DeniedError, deny, UnavailableError } from '@flairgate/core';
import { type TestGate, testGate } from '@flairgate/express/testing';
import express, { type ErrorRequestHandler } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectRefusal, raw, serve } from '../support.js';

describe('errorHandler', () => {
  let kit: TestGate;
  const faults: unknown[] = [];

  /** An app whose handler throws what it is given. */
  function throwing(thrown: unknown, before: express.RequestHandler = (_req, _res, next) => next()) {
    const app = express();
    app.use(before);
    app.use(async () => {
      throw thrown;
    });
    app.use(kit.gate.errorHandler({ onFault: (error) => void faults.push(error) }));
    return app;
  }

  beforeAll(async () => {
    kit = await testGate();
  });
  afterAll(() => kit.close());

  it('errorHandler answers a refusal that a handler threw', async () => {
    const locked = new DeniedError(deny('ERR_RESOURCE_LOCKED', { members: { lockedBy: 'someone' } }));
    const answer = await request(throwing(locked)).get('/');
    expectRefusal(answer, { status: 403, code: 'ERR_RESOURCE_LOCKED' });
    expect(answer.body.lockedBy).toBe('someone');
  });

  it('errorHandler gives a hidden resource no trace of what the handler had begun', async () => {
    const hidden = () => new DeniedError(deny('ERR_NOT_FOUND'));
    const plain = await serve(throwing(hidden()));
    const begun = await serve(
      throwing(hidden(), (_req, res, next) => {
        res.set({ ETag: '"7"', 'Last-Modified': 'now', 'Content-Range': 'items 0-1/2', Link: '<x>', Location: '/x' });
        next();
      }),
    );
    expect(await raw(begun.port, [])).toEqual(await raw(plain.port, []));
    await Promise.all([plain.close(), begun.close()]);
  });

  it('errorHandler answers a failed dependency 503 with Retry-After', async () => {
    const store = await request(throwing(new UnavailableError('store', new Error('x')))).get('/');
    expectRefusal(store, { status: 503, code: 'ERR_STORE_UNAVAILABLE' });
    expect(store.headers['retry-after']).toBe('1');
    const keys = await request(throwing(new UnavailableError('key-set', new Error('x')))).get('/');
    expectRefusal(keys, { status: 503, code: 'ERR_KEY_SET_UNAVAILABLE' });
  });

  it('errorHandler answers any other error 500 without its message, and reports it', async () => {
    faults.length = 0;
    const error = new Error('password=hunter2');
    const answer = await request(throwing(error)).get('/');
    expectRefusal(answer, { status: 500, code: 'ERR_INTERNAL' });
    expect(answer.text).not.toContain('hunter2');
    expect(faults).toEqual([error]);
  });

  it('errorHandler emits a process warning for an error without a subscriber', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const app = express();
    app.use(() => {
      throw new Error('seen by the operator');
    });
    app.use(kit.gate.errorHandler());
    await request(app).get('/').expect(500);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('seen by the operator'), 'FlairgateFault');
    warn.mockRestore();
  });

  it('errorHandler hands on the host’s own 4xx errors', async () => {
    const keep: ErrorRequestHandler = (error, _req, res, _next) => void res.status(error.status).json({ own: true });
    const app = throwing(Object.assign(new Error('gone'), { status: 410 }));
    app.use(keep);
    const answer = await request(app).get('/').expect(410);
    expect(answer.body).toEqual({ own: true });
  });

  it('errorHandler closes the connection of an answer that had begun', async () => {
    const app = express();
    app.use((_req, res) => {
      res.status(200).write('half');
      throw new Error('x');
    });
    app.use(kit.gate.errorHandler({ onFault: () => undefined }));
    await expect(request(app).get('/')).rejects.toThrow();
  });

  describe('errors of body parsers', () => {
    function parsing(parser: express.RequestHandler) {
      const app = express();
      app.use(parser);
      app.post('/', (req, res) => void res.json(req.body));
      app.use(kit.gate.errorHandler());
      return app;
    }

    it('errorHandler answers an oversized body 413', async () => {
      const app = parsing(express.json({ limit: 10 }));
      expectRefusal(
        await request(app)
          .post('/')
          .send({ text: 'x'.repeat(20) }),
        { status: 413, code: 'ERR_BODY_TOO_LARGE' },
      );
    });

    it('errorHandler answers a broken body 400 and repeats nothing of it', async () => {
      const answer = await request(parsing(express.json())).post('/').type('json').send('{"secret": <script>');
      expectRefusal(answer, { status: 400, code: 'ERR_VALIDATION' });
      expect(answer.text).not.toContain('script');
    });

    it('errorHandler answers an unknown charset 415', async () => {
      const answer = await request(parsing(express.json()))
        .post('/')
        .set('Content-Type', 'application/json; charset=x')
        .send('{}');
      expectRefusal(answer, { status: 415, code: 'ERR_CONTENT_TYPE' });
    });

    it('errorHandler answers a path that cannot be decoded 400', async () => {
      const app = express();
      app.get('/:id', (_req, res) => void res.json({}));
      app.use(kit.gate.errorHandler());
      const served = await serve(app);
      const answer = await raw(served.port, [], { path: '/%zz' });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'ERR_VALIDATION' });
      await served.close();
    });
  });

  it('errorHandler stops at start for an unknown option', () => {
    // @ts-expect-error not an option
    expect(() => kit.gate.errorHandler({ onFalt: () => undefined })).toThrow(/`onFault`/);
  });
});

describe('DeniedError', () => {
  it.each([
    [deny('ERR_KEY_INVALID'), 401, ['cache-control', 'www-authenticate'], true],
    [deny('ERR_RESOURCE_LOCKED'), 403, ['cache-control'], true],
    [deny('ERR_RATE_LIMITED', { members: { retryAfter: 7 } }), 429, ['cache-control', 'retry-after'], true],
    [deny('ERR_STORE_UNAVAILABLE'), 503, ['cache-control', 'retry-after'], false],
  ])("DeniedError is answered right by Express's own handler: %o", async (denial, status, names, expose) => {
    const error = new DeniedError(denial);
    expect([error.status, error.statusCode, Object.keys(error.headers).sort(), error.expose]).toEqual([
      status,
      status,
      names,
      expose,
    ]);
    const app = express();
    app.set('env', 'test');
    app.use(() => {
      throw error;
    });
    const answer = await request(app).get('/').expect(status);
    for (const name of names) expect(answer.headers[name]).toBe(error.headers[name]);
  });

  it('DeniedError has the status of a missing permission that the gate answers with', () => {
    const denial = deny('ERR_PERMISSION_MISSING');
    expect([new DeniedError(denial).status, new DeniedError(denial, { missingPermissionStatus: 403 }).status]).toEqual([
      401, 403,
    ]);
  });
});
