import { revokeKey } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { ask } from '../../cluster/ask.ts';
import { judgedEverywhere, openStore, untilRefusedEverywhere } from '../../cluster/cluster.ts';
import {
  type ClusterDatabase,
  ISSUER,
  makeDatabase,
  type Running,
  startGateway,
  startMember,
} from '../../cluster/processes.ts';
import { type DatabaseProxy, proxyTo } from '../../cluster/proxy.ts';
import { byKey, byToken, done, type Issuer, OPERATOR, startIssuer } from '../../flow/services-fixture.ts';

const BOUND_MS = 30_000;
const POLL_MS = 200;

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('while PostgreSQL', { timeout: 90_000 }, () => {
  let database: ClusterDatabase;
  let control: Issuer;
  let proxy: DatabaseProxy;
  let gateway: Running;
  let member: Running;
  let oid: string;

  beforeAll(async () => {
    database = await makeDatabase();
    control = await startIssuer({ store: await openStore(database.url), issuer: ISSUER });
    proxy = await proxyTo(database.url);
    gateway = await startGateway(proxy.url);
    const { text } = await control.serviceKey({ name: 'readings', organizations: 'all', mayExchange: [] });
    member = await startMember(gateway.url, text);
    oid = await control.organization('acme');
  });

  afterAll(async () => {
    await member?.stop();
    await gateway?.stop();
    await proxy?.close();
    await control?.close();
    await database?.remove();
  });

  async function makeKey(name: string) {
    const { keyId, text } = await control.key(oid, name, ['dr.list']);
    return { keyId, key: text, token: await control.token({ oid, secret: text }) };
  }

  const revoke = (keyId: string) => done(revokeKey(control.service.context.administration, OPERATOR, { oid, keyId }));

  it('while PostgreSQL tells nothing, a revocation counts within the bound all the same', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, (_, index) => makeKey(`deaf-${index}`)));
    for (const each of keys) expect(await judgedEverywhere([gateway, member], each)).toEqual(['allowed']);
    proxy.deafen();
    const from = performance.now();
    for (const { keyId } of keys) await revoke(keyId);
    const waits = keys.map((each) => untilRefusedEverywhere([gateway, member], each, from, BOUND_MS));
    expect(Math.max(...(await Promise.all(waits)))).toBeLessThanOrEqual(BOUND_MS);
    expect(proxy.withheld).toBeGreaterThan(0);
  });

  it('while PostgreSQL tells everything late, a revocation counts within the bound all the same', async () => {
    const keys = await Promise.all(Array.from({ length: 3 }, (_, index) => makeKey(`late-${index}`)));
    proxy.delay('everything', 100);
    try {
      for (const each of keys) expect(await judgedEverywhere([gateway, member], each)).toEqual(['allowed']);
      const from = performance.now();
      for (const { keyId } of keys) await revoke(keyId);
      const waits = keys.map((each) => untilRefusedEverywhere([gateway, member], each, from, BOUND_MS));
      expect(Math.max(...(await Promise.all(waits)))).toBeLessThanOrEqual(BOUND_MS);
      for (const each of keys) expect(await judgedEverywhere([gateway, member], each)).toEqual(['refused']);
    } finally {
      proxy.mend();
    }
  });

  it('while PostgreSQL cannot be reached, known callers are let in until the bound, then 503, and then as it is', async () => {
    const [kept, ended] = [await makeKey('kept'), await makeKey('ended')];
    for (const each of [kept, ended]) expect(await judgedEverywhere([gateway, member], each)).toEqual(['allowed']);
    proxy.cut();
    const from = performance.now();
    await revoke(ended.keyId);
    const calls = [gateway, member].flatMap(({ url }) => [kept, ended].map(({ key, token }) => ({ url, key, token })));
    const seen = await Promise.all(calls.map((call) => watch(call, from, BOUND_MS + 2000)));
    for (const answers of seen) {
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
      const lastLetIn = Math.max(...answers.filter(({ status }) => status === 200).map(({ sentAt }) => sentAt));
      expect(lastLetIn).toBeLessThanOrEqual(BOUND_MS);
      expect(lastLetIn).toBeGreaterThan(BOUND_MS / 3);
    }
    const lost = await fetch(`${gateway.url}/readyz`);
    expect(lost.status).toBe(503);
    proxy.mend();
    const sinceMended = performance.now();
    await untilRefusedEverywhere([gateway, member], ended, sinceMended, BOUND_MS);
    await expect.poll(() => judgedEverywhere([gateway, member], kept), { timeout: BOUND_MS }).toEqual(['allowed']);
  });
});

interface Seen {
  /** Milliseconds after the cut. */
  readonly sentAt: number;
  readonly status: number;
}

async function watch(
  { url, key, token }: { readonly url: string; readonly key: string; readonly token: string },
  from: number,
  untilMs: number,
): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  while (performance.now() - from < untilMs) {
    for (const headers of [byKey(key), byToken(token)]) {
      const sentAt = performance.now() - from;
      const { status } = await ask(`${url}/v1/who`, headers);
      seen.push({ sentAt, status });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return seen;
}
