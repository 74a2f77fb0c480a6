import { expect } from 'vitest';
import { byKey, byToken, startIssuer } from '../flow/services-fixture.ts';
import { openStore } from './cluster.ts';
import { ISSUER, makeDatabase, type Running, startGateway } from './processes.ts';

/** Starts a number of gateways at the same time on an empty PostgreSQL, and checks that they are one Flairgate. */
export async function startTogether(processes: number): Promise<void> {
  const database = await makeDatabase();
  const starts = await Promise.allSettled(Array.from({ length: processes }, () => startGateway(database.url)));
  const gateways = starts.flatMap((started) => (started.status === 'fulfilled' ? [started.value] : []));
  try {
    expect(starts.filter(({ status }) => status === 'rejected')).toEqual([]);
    await checkOneFlairgate(database.url, gateways);
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await database.remove();
  }
}

async function checkOneFlairgate(databaseUrl: string, gateways: readonly Running[]): Promise<void> {
  const store = await openStore(databaseUrl);
  const control = await startIssuer({ store, issuer: ISSUER });
  try {
    const keys = await store.read((tx) => tx.find('signingKey', {}));
    expect(keys.filter(({ activeFrom, retiredAt }) => retiredAt === null && activeFrom <= Date.now())).toHaveLength(1);
    const sets = await Promise.all(gateways.map(({ url }) => textOf(fetch(`${url}/.well-known/jwks.json`))));
    expect(new Set(sets).size).toBe(1);
    const oid = await control.organization('acme');
    const { text } = await control.key(oid, 'everywhere', ['dr.list']);
    const tokens = await Promise.all(gateways.map(({ url }) => exchange(url, oid, text)));
    expect(new Set(tokens).size).toBe(gateways.length);
    for (const { url } of gateways) {
      const statuses = await Promise.all([byKey(text), ...tokens.map(byToken)].map((headers) => ask(url, headers)));
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
  } finally {
    await control.close();
  }
}

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
