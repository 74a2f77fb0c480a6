import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryStore, type Outcome } from '@flairgate/core';
import {
  type Actor,
  type CreateServiceKeyInput,
  createKey,
  createOrganization,
  createServiceKey,
  createUser,
  joinUser,
} from '@flairgate/core/administration';
import type { Clock } from '@flairgate/core/internal';
import { createGate, type Gate, type GateOptions } from '@flairgate/express';
import { createService, type Service, type ServiceOptions, serviceApp } from '@flairgate/server';
import { type RemoteStoreOptions, remoteStore } from '@flairgate/stores/remote';
import express, { type Express } from 'express';
import { expect, vi } from 'vitest';

export const OPERATOR: Actor = { kind: 'operator', name: 'test' };
export const AUDIENCE = 'flairgate';

/** Time that moves when a test says so. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(start = Date.now()): ManualClock {
  let now = start;
  return {
    wall: () => now,
    monotonic: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** The value of an outcome that a test counts on. */
export async function done<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (settled.allowed) return settled.value;
  throw new Error(`refused: ${settled.code} ${JSON.stringify(settled.members)}`);
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

export async function listen(app: Express): Promise<Listening> {
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The Flairgate that keeps the keys, over real HTTP. */
export interface Issuer extends Listening {
  readonly service: Service;
  organization(name: string): Promise<string>;
  key(oid: string, name: string, permissions: readonly string[], ranges?: readonly string[]): Promise<NewKey>;
  /** A user with a key, member of these organizations. */
  user(
    email: string,
    oids: readonly string[],
    permissions: readonly string[],
  ): Promise<NewKey & { readonly uid: string }>;
  serviceKey(input: CreateServiceKeyInput): Promise<NewKey>;
  token(fields: Readonly<Record<string, string>>): Promise<string>;
}

export interface NewKey {
  readonly text: string;
  readonly keyId: string;
}

export async function startIssuer(options: Partial<ServiceOptions> = {}): Promise<Issuer> {
  const store = options.store ?? (await memoryStore());
  const service = await createService({
    issuer: 'https://auth.example',
    audience: AUDIENCE,
    keyHash: { scheme: 'sha256', rounds: 1 },
    ...options,
    store,
  });
  const { administration } = service.context;
  const http = await listen(serviceApp(service));
  return {
    ...http,
    service,
    organization: async (name) => (await done(createOrganization(administration, OPERATOR, { name }))).oid,
    key: (oid, name, permissions, ranges = []) =>
      done(createKey(administration, OPERATOR, { owner: { kind: 'organization', oid }, name, permissions, ranges })),
    async user(email, oids, permissions) {
      const { uid } = await done(createUser(administration, OPERATOR, { email }));
      for (const oid of oids) await done(joinUser(administration, OPERATOR, { uid, oid, permissions, role: 'member' }));
      const key = await done(createKey(administration, OPERATOR, { owner: { kind: 'user', uid }, name: 'laptop' }));
      return { ...key, uid };
    },
    serviceKey: (input) => done(createServiceKey(administration, OPERATOR, input)),
    async token(fields) {
      const response = await fetch(`${http.url}/jwt`, { method: 'POST', body: new URLSearchParams(fields) });
      const body = (await response.json()) as { jwt: string };
      return body.jwt;
    },
    async close() {
      await http.close();
      await service.close();
      await store.close();
    },
  };
}

/** A service without a database. */
export interface Member extends Listening {
  readonly gate: Gate;
}

export interface MemberOptions {
  readonly remote: RemoteStoreOptions;
  readonly audience?: string;
  readonly gate?: Omit<GateOptions, 'store' | 'tokens'>;
  /** Further routes, mounted behind `authenticate`. */
  routes?(app: Express, gate: Gate): void;
}

export async function startMember({ remote, audience = AUDIENCE, gate: more, routes }: MemberOptions): Promise<Member> {
  const store = remoteStore(remote);
  const gate = createGate({ ...more, store, tokens: { issuer: 'https://auth.example', audience } });
  const app = express();
  app.use(gate.authenticate());
  app.get('/me', (req, res) => void res.json(describeCaller(req)));
  app.get(
    '/rules/:oid',
    gate.requirePermissions('dr.list', { organization: ({ params }) => params.oid }),
    (req, res) => void res.json(describeCaller(req)),
  );
  routes?.(app, gate);
  app.use(gate.errorHandler());
  const http = await listen(app);
  return {
    ...http,
    gate,
    async close() {
      await http.close();
      await gate.close();
      await store.close();
    },
  };
}

function describeCaller({ auth }: express.Request) {
  const { kind, identity, secretId, ident, organizations, via, actors = [] } = auth;
  const views = organizations.map((oid) => [oid, auth.in(oid)] as const);
  const permissions = Object.fromEntries(views.map(([oid, view]) => [oid, view?.permissions]));
  const flairs = Object.fromEntries(views.map(([oid, view]) => [oid, view?.flairs]));
  return { kind, identity, secretId, ident, organizations, via, actors, permissions, flairs };
}

/** Status and code of one call. */
export async function call(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const byKey = (text: string) => ({ 'x-api-key': text });
export const byToken = (jwt: string) => ({ authorization: `Bearer ${jwt}` });

/** Waits until the member has heard of everything committed so far, by its own feed: nothing else wakes it. */
export async function heard(issuer: Issuer, member: Member): Promise<void> {
  const { revision } = issuer.service.gate.authenticator;
  await vi.waitFor(() => expect(member.gate.authenticator.revision.applied).toBe(revision.applied), {
    timeout: 30_000,
    interval: 5,
  });
}
