import { afterEach, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../packages/stores/test/databases.js';
import { byKey, byToken, type Issuer, startIssuer } from '../flow/fleet.ts';
import { openStore } from './cluster.ts';
import { type ClusterDatabase, ISSUER, makeDatabase, type Running, startGateway } from './processes.ts';

const PROCESSES = 20;
const timeout = 180_000;

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('twenty gateways that start at once', { timeout }, () => {
  let database: ClusterDatabase;
  let gateways: Running[] = [];
  let control: Issuer | undefined;

  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await control?.close();
    await database?.remove();
    gateways = [];
  }, timeout);

  it('on an empty PostgreSQL make one signing key, and every token counts everywhere', async () => {
    database = await makeDatabase();
    gateways = await Promise.all(Array.from({ length: PROCESSES }, () => startGateway(database.url)));
    const store = await openStore(database.url);
    control = await startIssuer({ store, issuer: ISSUER });
    const keys = await store.read((tx) => tx.find('signingKey', {}));
    expect(keys.filter(({ activeFrom, retiredAt }) => retiredAt === null && activeFrom <= Date.now())).toHaveLength(1);
    const sets = await Promise.all(gateways.map(({ url }) => textOf(fetch(`${url}/.well-known/jwks.json`))));
    expect(new Set(sets).size).toBe(1);
    const oid = await control.organization('acme');
    const { text } = await control.key(oid, 'everywhere', ['dr.list']);
    const tokens = await Promise.all(gateways.map(({ url }) => exchange(url, oid, text)));
    expect(new Set(tokens).size).toBe(PROCESSES);
    for (const { url } of gateways) {
      const statuses = await Promise.all([byKey(text), ...tokens.map(byToken)].map((headers) => ask(url, headers)));
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
  });
});

async function textOf(answer: Promise<Response>): Promise<string> {
  return (await answer).text();
}

async function exchange(url: string, oid: string, secret: string): Promise<string> {
  const answer = await fetch(`${url}/jwt`, { method: 'POST', body: new URLSearchParams({ oid, secret }) });
  const { jwt } = (await answer.json()) as { jwt: string };
  return jwt;
}

async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const answer = await fetch(`${url}/v1/who`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}
