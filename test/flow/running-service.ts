import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { Outcome } from '@flairgate/core';
import { type Actor, createKey, createOrganization, createUser, joinUser } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { createService, type Service, type ServiceOptions, serviceApp } from '@flairgate/server';

/** A service on a port of its own, as `flairgate serve` runs it. */
export interface RunningService {
  readonly service: Service;
  readonly url: string;
  send(call: Sent): Promise<Received>;
  close(): Promise<void>;
}

/** A request, byte for byte: nothing is added but `Host` and, for a body, its length. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The members of answers that these stories read. */
export interface Answer {
  readonly jwt: string;
  readonly data: { readonly oid: string };
  readonly api_key: string;
  readonly key_hash: string;
  readonly api_keys: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly keys: Readonly<Record<string, string>>;
  readonly orgs: readonly string[];
  readonly perms: readonly string[];
  readonly code: string;
  readonly error: string;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Answer;
}

export const operator: Actor = { kind: 'operator', name: 'test' };

export async function runService(store: Store, options: Partial<ServiceOptions> = {}): Promise<RunningService> {
  const service = await createService({ issuer: 'https://auth.example', audience: 'flairgate', ...options, store });
  const server = createServer(serviceApp(service)).listen(0, '127.0.0.1');
  // A test that thinks for long must not find its connection closed.
  server.keepAliveTimeout = 0;
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    service,
    url: `http://127.0.0.1:${port}`,
    send: (call) => send(port, call),
    async close() {
      server.closeAllConnections();
      server.close();
      await service.close();
    },
  };
}

async function send(port: number, { method, path, headers = {}, body = '' }: Sent): Promise<Received> {
  const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** The value of an outcome that a test counts on. */
export async function done<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.allowed) throw new Error(`refused: ${settled.code} ${JSON.stringify(settled.members)}`);
  return settled.value;
}

/** An organization with an owner who has a key, and an organization key that manages keys. */
export async function seed({ service }: RunningService) {
  const { administration } = service.context;
  const { oid } = await done(createOrganization(administration, operator, { name: 'acme' }));
  const { uid } = await done(createUser(administration, operator, { email: 'ann@acme.example' }));
  await done(joinUser(administration, operator, { uid, oid, permissions: [], role: 'owner' }));
  const userKey = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }));
  const permissions = ['apikey.ctrl', 'ingestkey.ctrl', 'org.get', 'sensor.list', 'dr.list', 'dr.set'];
  const owner = { kind: 'organization', oid } as const;
  const organizationKey = await done(createKey(administration, operator, { owner, name: 'manager', permissions }));
  return { oid, uid, userKey, organizationKey };
}
