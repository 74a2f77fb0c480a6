import { type TestGate, testGate } from '@flairgate/express/testing';
import express, { type Express } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let kit: TestGate;

beforeEach(async () => {
  kit = await testGate({ preflight: true });
});
afterEach(() => kit.close());

function app(before: (express: Express) => void = () => undefined): Express {
  const made = express();
  before(made);
  made.use(kit.gate.authenticate());
  made.get('/', (_req, res) => void res.json({}));
  return made;
}

function preflight(headers: Record<string, string>) {
  return request(app())
    .options('/')
    .set({ Origin: 'https://page.test', 'Access-Control-Request-Method': 'POST', ...headers });
}

describe('answer to a CORS preflight', () => {
  it.each([
    'x-api-key',
    'x-api-key,mcp-protocol-version,mcp-session-id,traceparent,x-reason',
    'authorization, sentry-trace',
  ])('a preflight response allows the headers that the page asks for: %s', async (asked) => {
    const { status, headers } = await preflight({ 'Access-Control-Request-Headers': asked });
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toBe(asked);
    expect(headers.vary).toContain('Access-Control-Request-Headers');
  });

  it.each(['x-api-key, ', 'x api key', '"x"', `x,${'y'.repeat(5000)}`])(
    'a preflight response does not repeat what is no list of header names: %.20s',
    async (asked) => {
      const { status, headers } = await preflight({ 'Access-Control-Request-Headers': asked });
      expect(status).toBe(204);
      expect(headers).not.toHaveProperty('access-control-allow-headers');
    },
  );
});

describe('headers that a page can read on a refusal', () => {
  function refusalOf(allow: Readonly<Record<string, string>>) {
    const made = app((host) => {
      host.use((_req, res, next) => {
        res.set(allow);
        next();
      });
    });
    return request(made).get('/').set('Origin', 'https://page.test').expect(401);
  }

  it('a refusal exposes its own headers next to those of the host, if the host allows the origin', async () => {
    const { headers } = await refusalOf({
      'Access-Control-Allow-Origin': 'https://page.test',
      'Access-Control-Expose-Headers': 'X-Request-Id, retry-after',
    });
    expect(headers['access-control-expose-headers']).toBe(
      'X-Request-Id, retry-after, WWW-Authenticate, RateLimit, RateLimit-Policy',
    );
  });

  it('a refusal exposes no headers of its own if the host allows no origin or exposes all', async () => {
    expect((await refusalOf({})).headers).not.toHaveProperty('access-control-expose-headers');
    const open = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': '*' };
    expect((await refusalOf(open)).headers['access-control-expose-headers']).toBe('*');
  });
});
