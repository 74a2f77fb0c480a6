import { once } from 'node:events';
import { createServer } from 'node:http';
import { memoryStore, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  createKey,
  createOrganization,
  createUser,
  joinUser,
} from '@flairgate/core/administration';
import type { AuditRow } from '@flairgate/core/store';
import { createService, type Service, type ServiceOptions, serviceApp } from '@flairgate/server';
import supertest, { type Response } from 'supertest';
import { expect } from 'vitest';

export const issuer = 'https://auth.example';

export const operator: Actor = { kind: 'operator', name: 'test' };

/** A service over memory, and an operator to fill it. */
export interface ServiceFixture {
  readonly service: Service;
  readonly http: ReturnType<typeof supertest>;
  readonly url: string;
  readonly administration: AdministrationContext;
  /** Closes the gate, which writes down what it noted, and gives the refusals in the audit. */
  refusals(): Promise<readonly AuditRow[]>;
  close(): Promise<void>;
}

export async function startServiceFixture(options: Partial<ServiceOptions> = {}): Promise<ServiceFixture> {
  const store = options.store ?? (await memoryStore());
  const service = await createService({
    issuer,
    audience: 'flairgate',
    keyHash: { scheme: 'sha256', rounds: 1 },
    ...options,
    store,
  });
  const { administration } = service.context;
  const refusals = async () => {
    await service.gate.close();
    return store.read((tx) => tx.find('audit', { outcome: 'refused' }));
  };
  const server = createServer(serviceApp(service)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    service,
    http: supertest(url),
    url,
    administration,
    refusals,
    async close() {
      server.closeAllConnections();
      server.close();
      await service.close();
      await store.close();
    },
  };
}

/** The value of an outcome that a test counts on. */
export async function done<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.allowed) throw new Error(`refused: ${settled.code} ${JSON.stringify(settled.members)}`);
  return settled.value;
}

export async function newOrganization({ administration }: ServiceFixture, name = 'acme'): Promise<string> {
  return (await done(createOrganization(administration, operator, { name }))).oid;
}

export interface NewKey {
  readonly text: string;
  readonly keyId: string;
}

export interface KeyOptions {
  readonly name?: string;
  readonly permissions?: readonly string[];
  readonly ranges?: readonly string[];
  readonly expiresAt?: number;
}

export const managing = ['apikey.ctrl', 'ingestkey.ctrl', 'dr.list', 'dr.set', 'org.get'];

export function newKey({ administration }: ServiceFixture, oid: string, options: KeyOptions = {}): Promise<NewKey> {
  const { name = 'manager', permissions = managing, ...rest } = options;
  return done(
    createKey(administration, operator, { owner: { kind: 'organization', oid }, name, permissions, ...rest }),
  );
}

export function newIngestionKey({ administration }: ServiceFixture, oid: string, name: string): Promise<NewKey> {
  return done(createKey(administration, operator, { owner: { kind: 'ingestion', oid }, name }));
}

/** A user with a key, member of these organizations. */
export async function newUser(
  { administration }: ServiceFixture,
  oids: readonly string[],
  { email = 'ann@acme.example', permissions = ['dr.list'], owner = false } = {},
): Promise<NewKey & { readonly uid: string }> {
  const { uid } = await done(createUser(administration, operator, { email }));
  for (const oid of oids) {
    await done(joinUser(administration, operator, { uid, oid, permissions, role: owner ? 'owner' : 'member' }));
  }
  const key = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }));
  return { ...key, uid };
}

export async function tokenFor({ http }: ServiceFixture, fields: Readonly<Record<string, string>>): Promise<string> {
  const response = await http.post('/jwt').type('form').send(fields).expect(200);
  return response.body.jwt;
}

/** The claims of a token, unverified. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/** Checks everything a refusal must be: status, problem document, challenge. */
export function expectDenied(response: Response, status: number, code: string): void {
  expect({ status: response.status, code: response.body.code }).toEqual({ status, code });
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.headers['cache-control']).toMatch(/no-store/);
  expect(response.headers['x-content-type-options']).toBe('nosniff');
  expect(response.body).toMatchObject({
    type: `https://flairgate.github.io/flairgate/errors/${code}`,
    status,
    error: response.body.detail,
  });
  expect(typeof response.body.title).toBe('string');
  if (status === 401) expect(response.headers['www-authenticate']).toMatch(/^Bearer /);
}

/** Checks that an answer is exactly what the route table says of it. */
export function expectShape({ service }: ServiceFixture, method: string, path: string, body: unknown): void {
  const route = service.routes.find((each) => each.method === method && each.path === path);
  if (route === undefined) throw new Error(`no such route: ${method} ${path}`);
  expect(route.answer.parse(body)).toEqual(body);
}
