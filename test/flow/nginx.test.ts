import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createClient } from '@flairgate/client';
import { consoleFolder } from '@flairgate/console';
import { memoryStore, type Outcome } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import { createService, type Service, serviceApp } from '@flairgate/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNginx, type RunningNginx, startNginx } from '../deploy/running-nginx.ts';

const operator = { kind: 'operator', name: 'nginx test' } as const;
const ISSUER = 'https://example.com/auth';

function portOf(server: { address(): unknown }): number {
  const address = server.address() as { port?: number } | null;
  return address?.port ?? 0;
}

function resultOf<T>(outcome: Outcome<T>): T {
  if (!outcome.allowed) throw new Error(outcome.code);
  return outcome.value;
}

describe.runIf(hasNginx())('the service behind nginx as the manual configures it', { timeout: 60_000 }, () => {
  let service: Service;
  let server: Server;
  let nginx: RunningNginx;
  let base: string;
  let oid: string;
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    const store = await memoryStore({ masterKey: Buffer.alloc(32, 1) });
    const options = { store, issuer: ISSUER, audience: 'flairgate', trustProxy: 1, consoleFolder };
    service = await createService({ ...options, gate: { failureLimit: { limit: 1000 } } });
    server = createServer(serviceApp(service)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const context = service.context.administration;
    ({ oid } = resultOf(await createOrganization(context, operator, { name: 'Acme' })));
    for (const [name, ranges] of Object.entries({ open: [], elsewhere: ['203.0.113.0/24'], here: ['127.0.0.0/8'] })) {
      const owner = { kind: 'organization', oid } as const;
      const input = { owner, name, permissions: ['dr.list', 'apikey.ctrl'], ranges };
      keys[name] = resultOf(await createKey(context, operator, input)).text;
    }
    nginx = await startNginx([portOf(server)]);
    base = nginx.url;
  }, 60_000);

  afterAll(async () => {
    await nginx?.close();
    server?.closeAllConnections();
    server?.close();
    await service?.close();
  });

  const who = (key: string | undefined, headers: Record<string, string> = {}) =>
    fetch(`${base}/auth/v1/who`, { headers: { 'x-api-key': key ?? '', ...headers } }).then(({ status }) => status);

  it('the service behind nginx as the manual configures it sees the address that nginx sees, whatever the client writes', async () => {
    expect(await who(keys.open)).toBe(200);
    expect(await who(keys.here)).toBe(200);
    expect(await who(keys.here, { 'x-forwarded-for': '203.0.113.9' })).toBe(200);
    expect(await who(keys.elsewhere, { 'x-forwarded-for': '203.0.113.9' })).toBe(401);
    expect(await who(keys.elsewhere, { forwarded: 'for=203.0.113.9' })).toBe(401);
  });

  it('the service behind nginx as the manual configures it serves the console, the description and the metadata where clients look for them', async () => {
    const page = await fetch(`${base}/auth/console`);
    expect(page.status).toBe(200);
    const asset = /(?:src|href)="([^"]+\.(?:js|css))"/.exec(await page.text())?.[1] ?? 'none';
    expect((await fetch(new URL(asset, page.url))).status).toBe(200);
    const description = (await (await fetch(`${base}/auth/openapi.json`)).json()) as { servers: { url: string }[] };
    expect(new URL(description.servers[0]?.url ?? '', base).href).toBe(`${base}/auth`);
    const metadata = await fetch(`${base}/.well-known/oauth-authorization-server/auth`);
    expect(await metadata.json()).toMatchObject({ issuer: ISSUER, token_endpoint: `${ISSUER}/oauth/token` });
  });

  it('the service behind nginx as the manual configures it answers the client of the packages under the path', async () => {
    const credential = { kind: 'organization-key', oid, key: keys.open ?? '' } as const;
    const client = createClient({ url: `${base}/auth`, credential });
    expect(await client.who()).toMatchObject({ orgs: [oid] });
    const made = await client.organizationKeys.create(oid, { name: 'by the client', permissions: ['dr.list'] });
    expect(await who(made.api_key)).toBe(200);
  });

  it('the service behind nginx as the manual configures it refuses a token that is too large with the answer of the service', async () => {
    const headers = { authorization: `Bearer ${'a'.repeat(9000)}` };
    const response = await fetch(`${base}/auth/v1/who`, { headers });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE' });
  });
});
