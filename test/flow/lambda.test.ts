import { memoryStore } from '@flairgate/core';
import { createServiceKey, revokeKey } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, operator, type RunningService, runService, seed } from './running-service.ts';

type Answer = { readonly statusCode: number; readonly body: string };
type Headers = Readonly<Record<string, readonly string[]>>;
type Fields = Readonly<Record<string, string>>;

let issuer: RunningService;
let seeded: Awaited<ReturnType<typeof seed>>;
let handler: (event: object, context: object) => Promise<Answer>;
let close: () => Promise<void>;

beforeAll(async () => {
  issuer = await runService(await memoryStore());
  seeded = await seed(issuer);
  const service = { name: 'rules-function', organizations: 'all', mayExchange: [] } as const;
  const { text } = await done(createServiceKey(issuer.service.context.administration, operator, service));
  Object.assign(process.env, {
    FLAIRGATE_URL: issuer.url,
    FLAIRGATE_SERVICE_KEY: text,
    FLAIRGATE_ISSUER: 'https://auth.example',
  });
  ({ handler, close } = (await import('@flairgate/example-lambda')) as never);
});

afterAll(async () => {
  for (const name of ['FLAIRGATE_URL', 'FLAIRGATE_SERVICE_KEY', 'FLAIRGATE_ISSUER']) delete process.env[name];
  await close?.();
  await issuer?.close();
});

/** Events of `GET /rules`; `headers` has one entry for each line. */
const events: Readonly<Record<string, (headers: Headers) => object>> = {
  'API Gateway, version 1': (headers) => ({
    version: '1.0',
    path: '/rules',
    httpMethod: 'GET',
    headers: joined(headers, (lines) => lines.at(-1) ?? ''),
    multiValueHeaders: headers,
    requestContext: { identity: { sourceIp: '203.0.113.9' } },
    body: null,
  }),
  'API Gateway, version 2': (headers) => ({
    version: '2.0',
    rawPath: '/rules',
    rawQueryString: '',
    headers: joined(headers, (lines) => lines.join(',')),
    requestContext: { http: { method: 'GET', path: '/rules', sourceIp: '203.0.113.9' } },
  }),
  'a load balancer': (headers) => ({
    httpMethod: 'GET',
    path: '/rules',
    multiValueHeaders: headers,
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu:0:targetgroup/a/b' } },
    body: '',
  }),
};

function joined(headers: Headers, join: (lines: readonly string[]) => string): Fields {
  return Object.fromEntries(Object.entries(headers).map(([name, lines]) => [name, join(lines)]));
}

describe.each(Object.entries(events))('the function of the example, called by %s', (_event, toEvent) => {
  const call = (headers: Headers) => handler(toEvent(headers), {});

  it('the function of the example answers a key and a token', async () => {
    const { text } = seeded.organizationKey;
    const body = new URLSearchParams({ oid: seeded.oid, secret: text }).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const { jwt } = (await issuer.send({ method: 'POST', path: '/jwt', headers, body })).body;
    for (const given of [{ 'x-api-key': [text] }, { authorization: [`Bearer ${jwt}`] }]) {
      const answer = await call(given);
      expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([200, { you: 'manager', rules: [] }]);
    }
  });

  it('the function of the example refuses no credential, a wrong one, two of them, two lines of one, and one that is too large', async () => {
    const { text } = seeded.organizationKey;
    const statuses: number[] = [];
    for (const headers of [
      {},
      { 'x-api-key': ['no-such-key-at-all'] },
      { 'x-api-key': [text], authorization: ['Bearer abc'] },
      { 'x-api-key': [text, text] },
      { authorization: [`Bearer ${'a'.repeat(9000)}`] },
    ]) {
      statuses.push((await call(headers)).statusCode);
    }
    expect(statuses).toEqual([401, 401, 400, 400, 413]);
  });
});

describe('the function of the example', () => {
  const call = (key: string, event = 'API Gateway, version 2') =>
    handler(events[event]?.({ 'x-api-key': [key] }) ?? {}, {});

  async function keyFor(fields: Fields): Promise<{ readonly api_key: string; readonly key_hash: string }> {
    const body = new URLSearchParams({ key_name: `key-${Math.random()}`, perms: 'dr.list', ...fields }).toString();
    const headers = {
      'x-api-key': seeded.organizationKey.text,
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    const { body: made } = await issuer.send({ method: 'POST', path: `/v1/orgs/${seeded.oid}/keys`, headers, body });
    return made;
  }

  it('the function of the example refuses a key once it is revoked, and answers another one still', async () => {
    const { api_key: key, key_hash: keyId } = await keyFor({});
    expect((await call(key)).statusCode).toBe(200);
    await done(revokeKey(issuer.service.context.administration, operator, { oid: seeded.oid, keyId }));
    await expect.poll(async () => (await call(key)).statusCode, { timeout: 10_000 }).toBe(401);
    expect((await call(seeded.organizationKey.text)).statusCode).toBe(200);
  });

  it('the function of the example knows the address of the event, where it has one', async () => {
    const here = (await keyFor({ allowed_ip_range: '203.0.113.0/24' })).api_key;
    const elsewhere = (await keyFor({ allowed_ip_range: '198.51.100.0/24' })).api_key;
    expect((await call(here)).statusCode).toBe(200);
    expect((await call(elsewhere)).statusCode).toBe(401);
    expect((await call(here, 'a load balancer')).statusCode).toBe(401);
  });
});
