import { once } from 'node:events';
import { createServer } from 'node:http';
import { consoleFolder } from '@flairgate/console';
import { memoryStore, type Outcome } from '@flairgate/core';
import { type Actor, createKey, createOrganization, createUser, joinUser } from '@flairgate/core/administration';
import { createService, serviceApp } from '@flairgate/server';

const operator: Actor = { kind: 'operator', name: 'bench' };

/** A service with the admin page, and one organization with many keys. */
export interface ManyKeys {
  readonly url: string;
  /** Owner of the organization. */
  readonly uid: string;
  readonly key: string;
  close(): Promise<void>;
}

/** Starts a service on a port of its own, whose organization has this many keys. */
export async function serveManyKeys(count: number): Promise<ManyKeys> {
  const store = await memoryStore();
  const service = await createService({
    store,
    issuer: 'https://auth.example',
    audience: 'flairgate',
    keyHash: { scheme: 'sha256', rounds: 1 },
    consoleFolder,
  });
  const { administration } = service.context;
  const { oid } = await done(createOrganization(administration, operator, { name: 'many' }));
  const { uid } = await done(createUser(administration, operator, { email: 'owner@many.example' }));
  await done(joinUser(administration, operator, { uid, oid, permissions: [], role: 'owner' }));
  const { text } = await done(createKey(administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }));
  const permissions = ['dr.list', 'dr.set', 'output.list', 'sensor.list', 'sensor.get', 'insight.evt.get'];
  for (let index = 0; index < count; index += 1) {
    const name = `key ${index}${index % 3 === 0 ? ' [segment]' : ''}`;
    await done(createKey(administration, operator, { owner: { kind: 'organization', oid }, name, permissions }));
  }
  const server = createServer(serviceApp(service)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    uid,
    key: text,
    async close() {
      server.closeAllConnections();
      server.close();
      await service.close();
      await store.close();
    },
  };
}

async function done<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.allowed) throw new Error(`refused: ${settled.code}`);
  return settled.value;
}
