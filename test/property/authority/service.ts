import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createCatalogue } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createService, type Service, serviceApp } from '@flairgate/server';
import { type Kind, makeDatabase } from '../../../packages/stores/test/databases.js';
import type { Received, Sent } from '../../flow/running-service.ts';
import { listen, type ManualClock, manualClock } from '../../flow/services-fixture.ts';
import { PERMISSIONS } from './command.ts';
import { fetchIssuer } from './issuer.ts';
import { pushRoute, recordRoutes } from './record-routes.ts';

/** The service that is walked over: over HTTP, with records of a host, and time that the walk moves. */
export interface Ground {
  readonly service: Service;
  readonly clock: ManualClock;
  /** Times that a command answered with 503 is sent again: a server of its own can let a busy machine wait too long. */
  readonly retries: number;
  send(call: Sent): Promise<Received>;
  /** Sends to a process that hears of no change before the time moves. */
  sendStale(call: Sent): Promise<Received>;
  close(): Promise<void>;
}

export type StoreKind = Kind;

const PRIVILEGED: ReadonlySet<string> = new Set(['apikey.ctrl', 'user.ctrl', 'billing.ctrl']);
/** Permissions that policies can grant in addition. */
const MORE = ['company.add', 'company.delete'];
const START = Date.UTC(2026, 0, 1);

/** A short catalogue, so that tokens and comparisons are small. */
export const catalogue = createCatalogue(
  [...PERMISSIONS, ...MORE].map((name) => ({ name, description: `does ${name}`, privileged: PRIVILEGED.has(name) })),
);

export async function openGround(kind: StoreKind): Promise<Ground> {
  const database = await makeDatabase(kind);
  const store = await database.open();
  const clock = manualClock(START);
  const open = (of: Store) =>
    createService({
      store: of,
      issuer: 'https://auth.example',
      audience: 'flairgate',
      catalogue,
      clock,
      keyHash: { scheme: 'sha256', rounds: 1 },
      compactAboveBytes: 65_536,
      federation: { fetch: fetchIssuer },
      maxTokenBytes: 65_536,
      gate: { failureLimit: { limit: 0 } },
    });
  const service = await open(store);
  const stale = await open({ ...store, onPush: () => () => undefined, close: async () => undefined });
  const staleListening = await listen(serviceApp(stale));
  const listening = await listen(serviceApp(service, service.more([pushRoute()]), recordRoutes(service)));
  const agent = new Agent({ keepAlive: true });
  return {
    service,
    clock,
    retries: kind === 'postgres' ? 3 : 0,
    send: (call) => send(listening.url, agent, call),
    sendStale: (call) => send(staleListening.url, agent, call),
    async close() {
      agent.destroy();
      await listening.close();
      await staleListening.close();
      await service.close();
      await stale.close();
      await database.remove();
    },
  };
}

async function send(url: string, agent: Agent, { method, path, headers = {}, body = '' }: Sent): Promise<Received> {
  const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const outgoing = request(`${url}${path}`, { agent, method, headers: { ...length, ...headers } });
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
