import { allow, deny, denyIssues, memoryStore } from '@flairgate/core';
import { createGate } from '@flairgate/express';
import { defineRoute, mountRoutes } from '@flairgate/server';
import express from 'express';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectDenied, newKey, newOrganization, type ServiceFixture, startServiceFixture } from '../support.js';

let bench: ServiceFixture;

beforeEach(async () => {
  bench = await startServiceFixture();
});

afterEach(() => bench.close());

describe('the route table', () => {
  it('the route table names each method and path once, and says what each is for', () => {
    const { routes } = bench.service;
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['POST /jwt', 'GET /v1/who', 'DELETE /v1/orgs/:oid/keys']));
    expect(routes.every(({ summary }) => summary.length > 5)).toBe(true);
  });

  it('the route table can be written down as JSON schemas', () => {
    for (const { fields, params, answer } of bench.service.routes) {
      for (const schema of [fields, params])
        expect(z.toJSONSchema(schema, { io: 'input' })).toHaveProperty('type', 'object');
      expect(z.toJSONSchema(answer)).toBeTypeOf('object');
    }
  });
});

describe('a path of the table', () => {
  it('a path of the table answers other methods with 405 and the ones it has', async () => {
    const oid = await newOrganization(bench);
    const response = await bench.http.put(`/v1/orgs/${oid}/keys`);
    expectDenied(response, 405, 'ERR_METHOD');
    expect(response.headers.allow).toBe('DELETE, GET, HEAD, POST');
    const options = await bench.http.options('/v1/who');
    expectDenied(options, 405, 'ERR_METHOD');
    expect(options.headers.allow).toBe('GET, HEAD');
    expectDenied(await bench.http.delete('/.well-known/jwks.json'), 405, 'ERR_METHOD');
  });

  it('a path of the table has one spelling: no other letter case', async () => {
    expectDenied(await bench.http.get('/V1/Who'), 404, 'ERR_NOT_FOUND');
  });

  it('a path that cannot be decoded is refused', async () => {
    const { text } = await newKey(bench, await newOrganization(bench));
    expectDenied(await bench.http.get('/v1/orgs/%E0%A4%A/keys').set('x-api-key', text), 400, 'ERR_VALIDATION');
  });
});

describe('an unknown path', () => {
  it('an unknown path is not found, without a credential and with one, and nothing of it comes back', async () => {
    const { text } = await newKey(bench, await newOrganization(bench));
    for (const request of [bench.http.get('/nowhere/<b>'), bench.http.post('/nowhere/<b>').set('x-api-key', text)]) {
      const response = await request;
      expectDenied(response, 404, 'ERR_NOT_FOUND');
      expect(response.text).not.toContain('nowhere');
    }
  });
});

describe('every answer', () => {
  it('every answer says nosniff, and names no software', async () => {
    for (const path of ['/healthz', '/v1/who', '/nowhere', '/.well-known/jwks.json']) {
      const { headers } = await bench.http.get(path);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    }
  });
});

describe('mountRoutes', () => {
  it('mountRoutes answers refusals of a handler by the table, and its faults without their message', async () => {
    const store = await memoryStore();
    const gate = createGate({ store });
    const base = {
      method: 'GET',
      summary: 'test',
      needs: { kind: 'nothing' },
      answer: z.object({ ok: z.boolean() }),
    } as const;
    const router = express.Router();
    mountRoutes(
      router,
      [
        defineRoute({ ...base, path: '/ok', handle: async () => allow({ ok: true }) }),
        defineRoute({
          ...base,
          path: '/denied',
          handle: async () => deny('ERR_REPLAYED', { reason: 'marked-reason' }),
        }),
        defineRoute({
          ...base,
          path: '/invalid',
          handle: async () => denyIssues([{ field: 'data', message: 'is required' }]),
        }),
        defineRoute({ ...base, path: '/fault', handle: () => Promise.reject(new Error('marked-message')) }),
      ],
      { gate },
    );
    const app = express();
    app.use(router, gate.errorHandler({ onFault: () => undefined }));
    const http = supertest(app);
    await http.get('/ok').expect(200, { ok: true });
    const denied = await http.get('/denied').expect(409);
    expect(denied.text).not.toContain('marked');
    const { body } = await http.get('/invalid').expect(400);
    expect(body.error).toBe('the request is not valid: data: is required');
    const fault = await http.get('/fault').expect(500);
    expect(fault.body.code).toBe('ERR_INTERNAL');
    expect(fault.text).not.toContain('marked');
    await gate.close();
    await store.close();
  });
});
