import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { configure } from '@codegenie/serverless-express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express, { type Express } from 'express';
import mocks from 'node-mocks-http';
import serverless from 'serverless-http';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

type Headers = Readonly<Record<string, readonly string[]>>;
type Answer = { readonly statusCode: number; readonly body: string };
type Lambda = (event: object) => Promise<Answer>;

let kit: TestGate;
let key: TestKey;

beforeEach(async () => {
  kit = await testGate();
  key = await kit.key({ name: 'caller', permissions: ['dr.list'] });
});
afterEach(() => kit.close());

function app(): Express {
  const made = express();
  made.use(kit.gate.authenticate());
  made.get('/rules', kit.gate.requirePermissions('dr.list'), (req, res) => {
    res.json({ ident: kit.gate.authOf(req).ident });
  });
  made.use(kit.gate.errorHandler());
  return made;
}

/** Events as AWS sends them for `GET /rules`; `headers` has one entry for each line. */
const events = {
  'API Gateway, version 1': (headers: Headers) => ({
    version: '1.0',
    resource: '/rules',
    path: '/rules',
    httpMethod: 'GET',
    headers: joined(headers, (lines) => lines.at(-1) ?? ''),
    multiValueHeaders: headers,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: { path: '/rules', httpMethod: 'GET', identity: { sourceIp: '203.0.113.9' } },
    body: null,
    isBase64Encoded: false,
  }),
  'API Gateway, version 2': (headers: Headers) => ({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/rules',
    rawQueryString: '',
    headers: joined(headers, (lines) => lines.join(',')),
    requestContext: { http: { method: 'GET', path: '/rules', sourceIp: '203.0.113.9', protocol: 'HTTP/1.1' } },
    isBase64Encoded: false,
  }),
  'a load balancer': (headers: Headers) => ({
    httpMethod: 'GET',
    path: '/rules',
    multiValueQueryStringParameters: {},
    multiValueHeaders: headers,
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu:0:targetgroup/a/b' } },
    body: '',
    isBase64Encoded: false,
  }),
};

function joined(headers: Headers, join: (lines: readonly string[]) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, lines]) => [name, join(lines)]));
}

const adapters: Readonly<Record<string, (made: Express) => Lambda>> = {
  'serverless-http': (made) => async (event) => (await serverless(made)(event, {})) as Answer,
  '@codegenie/serverless-express': (made) => async (event) => {
    const handle = configure({ app: made }) as unknown as (given: object, context: object) => Promise<Answer>;
    return handle(event, {});
  },
};

const cases = Object.keys(adapters).flatMap((adapter) => Object.keys(events).map((event) => [adapter, event] as const));

const table: (string | number)[][] = [];
afterAll(() => {
  const head = ['adapter', 'event', 'a key', 'no credential', 'a wrong key', 'two credentials', 'too large'];
  process.stdout.write([head, ...table].map((row) => `| ${row.join(' | ')} |\n`).join(''));
});

describe.each(cases)('a function behind %s, called by %s', (adapter, event) => {
  const call = (headers: Headers) => {
    const lambda = adapters[adapter]?.(app());
    const given = events[event as keyof typeof events](headers);
    if (lambda === undefined) throw new Error(adapter);
    return lambda(given);
  };

  it('authenticate behind a Lambda adapter finds the caller of a key', async () => {
    const { statusCode, body } = await call({ host: ['api.example'], 'x-api-key': [key.text] });
    expect([statusCode, JSON.parse(body)]).toEqual([200, { ident: 'caller' }]);
  });

  it('authenticate behind a Lambda adapter finds the caller of a token', async () => {
    const token = await kit.token(key, { oid: kit.oid });
    expect((await call({ authorization: [`Bearer ${token}`] })).statusCode).toBe(200);
  });

  it('authenticate behind a Lambda adapter refuses no credential, a wrong one, two of them, and one that is too large', async () => {
    const statusOf = async (headers: Headers) => (await call(headers)).statusCode;
    const found = {
      'a key': await statusOf({ 'x-api-key': [key.text] }),
      'no credential': await statusOf({}),
      'a wrong key': await statusOf({ 'x-api-key': [`${key.text.slice(0, -1)}${key.text.endsWith('x') ? 'y' : 'x'}`] }),
      'two credentials': await statusOf({ 'x-api-key': [key.text], authorization: ['Bearer abc'] }),
      'a token of 9,000 bytes': await statusOf({ authorization: [`Bearer ${'a'.repeat(9000)}`] }),
    };
    table.push([adapter, event, ...Object.values(found)]);
    expect(Object.values(found)).toEqual([200, 401, 401, 400, 413]);
  });

  it.each([
    ['the last of them is valid', () => ['no-such-key-1', key.text]],
    ['both are the same', () => [key.text, key.text]],
  ])('authenticate behind a Lambda adapter refuses two header lines, joined or dropped: %s', async (_what, lines) => {
    // This adapter shows both lines as one line of a raw header, which is no key.
    const isOneLine = adapter.includes('codegenie');
    const { statusCode } = await call({ 'x-api-key': lines() });
    expect(statusCode).toBe(isOneLine ? 401 : 400);
  });
});

describe('a request without rawHeaders', () => {
  function send(req: object): Promise<number> {
    return new Promise((resolve) => {
      const res = new ServerResponse(req as IncomingMessage);
      res.end = ((): ServerResponse => {
        resolve(res.statusCode);
        return res;
      }) as never;
      app()(req as never, res as never);
    });
  }

  function made(headers: Readonly<Record<string, unknown>>): IncomingMessage {
    return Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/rules', headers });
  }

  it('a request without rawHeaders is authenticated by its headers', async () => {
    expect(await send(made({ 'x-api-key': key.text }))).toBe(200);
    expect(await send(made({ 'X-Api-Key': key.text }))).toBe(200);
    expect(await send(made({}))).toBe(401);
  });

  it.each([
    ['two keys in a list', { 'x-api-key': ['a'.repeat(20), 'b'.repeat(20)] }],
    ['two keys with a comma', { 'x-api-key': `${'a'.repeat(20)}, ${'b'.repeat(20)}` }],
    ['two tokens with a comma', { authorization: 'Bearer a, Bearer b' }],
    ['another scheme and a token', { authorization: 'Basic YTpi, Bearer b' }],
    ['one header in two spellings', { 'x-api-key': 'a'.repeat(20), 'X-API-KEY': 'b'.repeat(20) }],
  ])('a request without rawHeaders is refused as ambiguous with %s', async (_what, headers) => {
    expect(await send(made(headers))).toBe(400);
  });

  it('authenticate finds the caller of a request of node-mocks-http', async () => {
    const req = mocks.createRequest({ method: 'GET', url: '/rules', headers: { 'x-api-key': key.text } });
    const res = mocks.createResponse({ req });
    await new Promise<void>((resolve, reject) => {
      kit.gate.authenticate()(req as never, res as never, (error?: unknown) => (error ? reject(error) : resolve()));
    });
    expect(kit.gate.authOf(req as never).ident).toBe('caller');
  });
});
