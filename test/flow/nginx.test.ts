import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@flairgate/client';
import { consoleFolder } from '@flairgate/console';
import { memoryStore, type Outcome } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import { createService, type Service, serviceApp } from '@flairgate/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const operator = { kind: 'operator', name: 'nginx test' } as const;
const ISSUER = 'https://example.com/auth';

/** The configuration in the manual, without TLS, on ports of this test. */
async function configuration(port: number, servicePort: number): Promise<string> {
  const page = await readFile(new URL('../../docs/deploy/nginx.md', import.meta.url), 'utf8');
  const block = /```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const http = block
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
    .replace(/^\s*ssl_certificate.*\n/gm, '')
    .replace('server 127.0.0.1:8787;', `server 127.0.0.1:${servicePort};`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path temp/${name};`,
  );
  return `daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http { access_log off; ${temporary.join(' ')}
${http}
}`;
}

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isHealthy = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not answer');
}

function portOf(server: { address(): unknown }): number {
  const address = server.address() as { port?: number } | null;
  return address?.port ?? 0;
}

function resultOf<T>(outcome: Outcome<T>): T {
  if (!outcome.allowed) throw new Error(outcome.code);
  return outcome.value;
}

function hasNginx(): boolean {
  if (spawnSync('nginx', ['-v']).status === 0) return true;
  const reason = 'skipped: nginx is not installed';
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return false;
}

describe.runIf(hasNginx())('the service behind nginx as the manual configures it', { timeout: 60_000 }, () => {
  let folder: string;
  let service: Service;
  let server: Server;
  let nginx: ChildProcess;
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
    folder = await mkdtemp(join(tmpdir(), 'flairgate-nginx-'));
    await mkdir(join(folder, 'temp'));
    const port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), await configuration(port, portOf(server)));
    nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'ignore' });
    base = `http://127.0.0.1:${port}`;
    await untilHealthy(`${base}/auth/healthz`);
  }, 60_000);

  afterAll(async () => {
    nginx?.kill('SIGTERM');
    server?.closeAllConnections();
    server?.close();
    await service?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const who = (key: string | undefined, headers: Record<string, string> = {}) =>
    fetch(`${base}/auth/v1/who`, { headers: { 'x-api-key': key ?? '', ...headers } }).then(({ status }) => status);

  it('sees the address that nginx sees, whatever the client writes', async () => {
    expect(await who(keys.open)).toBe(200);
    expect(await who(keys.here)).toBe(200);
    expect(await who(keys.here, { 'x-forwarded-for': '203.0.113.9' })).toBe(200);
    expect(await who(keys.elsewhere, { 'x-forwarded-for': '203.0.113.9' })).toBe(401);
    expect(await who(keys.elsewhere, { forwarded: 'for=203.0.113.9' })).toBe(401);
  });

  it('serves the console, the description and the metadata where clients look for them', async () => {
    const page = await fetch(`${base}/auth/console`);
    expect(page.status).toBe(200);
    const asset = /(?:src|href)="([^"]+\.(?:js|css))"/.exec(await page.text())?.[1] ?? 'none';
    expect((await fetch(new URL(asset, page.url))).status).toBe(200);
    const description = (await (await fetch(`${base}/auth/openapi.json`)).json()) as { servers: { url: string }[] };
    expect(new URL(description.servers[0]?.url ?? '', base).href).toBe(`${base}/auth`);
    const metadata = await fetch(`${base}/.well-known/oauth-authorization-server/auth`);
    expect(await metadata.json()).toMatchObject({ issuer: ISSUER, token_endpoint: `${ISSUER}/oauth/token` });
  });

  it('answers the client of the packages under the path', async () => {
    const credential = { kind: 'organization-key', oid, key: keys.open ?? '' } as const;
    const client = createClient({ url: `${base}/auth`, credential });
    expect(await client.who()).toMatchObject({ orgs: [oid] });
    const made = await client.organizationKeys.create(oid, { name: 'by the client', permissions: ['dr.list'] });
    expect(await who(made.api_key)).toBe(200);
  });

  it('refuses a token that is too large with the answer of the service', async () => {
    const headers = { authorization: `Bearer ${'a'.repeat(9000)}` };
    const response = await fetch(`${base}/auth/v1/who`, { headers });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE' });
  });
});
