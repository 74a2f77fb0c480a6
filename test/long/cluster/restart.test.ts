import { setTimeout } from 'node:timers/promises';
import { revokeKey } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canStartRedis, type OwnRedis, ownRedis } from '../../../packages/stores/test/redis-server.js';
import { ask } from '../../cluster/ask.ts';
import { type Cluster, openStore, startCluster, untilRefusedEverywhere } from '../../cluster/cluster.ts';
import { type Sent, startLoad } from '../../cluster/load.ts';
import { type OwnPostgres, ownPostgres, postgresPrograms } from '../../cluster/own-postgres.ts';
import { byKey, byToken, done, OPERATOR } from '../../flow/services-fixture.ts';

const BOUND_MS = 30_000;
const DOWN_MS = 4000;
const GOOD = new Set([200, 503]);
const ENDED = new Set([401, 503]);

const programs = postgresPrograms();
const canRun = programs !== undefined && canStartRedis();

interface Key {
  readonly keyId: string;
  readonly text: string;
}

describe.skipIf(!canRun)('four gateways and two services under load', { timeout: 120_000 }, () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let cluster: Cluster;
  let oid: string;
  let sent: readonly Sent[] = [];
  /** Good keys that no process has seen yet. */
  const unseen: Key[] = [];
  const endless: Key[] = [];

  beforeAll(async () => {
    [postgres, redis] = [await ownPostgres(programs ?? ''), await ownRedis()];
    await Promise.all([postgres.start(), redis.start()]);
    cluster = await startCluster({
      redisUrl: redis.url,
      database: { url: postgres.url, remove: async () => undefined },
    });
    oid = await cluster.control.organization('acme');
    const [kept, ended] = [await makeKey('kept'), await makeKey('ended')];
    const [keptToken, endedToken] = [await tokenOf(kept), await tokenOf(ended)];
    sent = [
      { name: 'kept key', headers: byKey(kept.text), may: GOOD },
      { name: 'kept token', headers: byToken(keptToken), may: GOOD },
      { name: 'ended key', headers: byKey(ended.text), may: ENDED },
      { name: 'ended token', headers: byToken(endedToken), may: ENDED },
    ];
    for (const { headers } of sent) for (const { url } of cluster.all) await ask(`${url}/v1/who`, headers);
    await revoke(ended);
    const credentials = { key: ended.text, token: endedToken };
    await untilRefusedEverywhere(cluster.all, credentials, performance.now(), BOUND_MS);
    for (let count = 0; count < 24; count += 1) unseen.push(await makeKey(`unseen-${count}`));
    for (let count = 0; count < 100; count += 1) endless.push(await makeKey(`endless-${count}`));
  }, 180_000);

  afterAll(async () => {
    await cluster?.close();
    await Promise.all([postgres?.remove(), redis?.kill()]);
  });

  const makeKey = (name: string): Promise<Key> => cluster.control.key(oid, name, ['dr.list']);
  const tokenOf = ({ text }: Key) => cluster.control.token({ oid, secret: text });
  const revoke = ({ keyId }: Key) =>
    done(revokeKey(cluster.control.service.context.administration, OPERATOR, { oid, keyId }));

  /** Ends keys one after the other until the server is gone; notes those whose end was acknowledged. */
  async function revokeUntilDown(acknowledged: Key[], isDown: () => boolean): Promise<void> {
    // A key is ended once, so that a second run of the test ends others.
    for (let key = endless.shift(); key !== undefined && !isDown(); key = endless.shift()) {
      try {
        await revoke(key);
        acknowledged.push(key);
      } catch {
        break;
      }
    }
  }

  /** Milliseconds until every process lets in a key it has to read from the database. */
  async function untilAllRead(from: number): Promise<number> {
    const reads = cluster.all.map(async ({ url }) => {
      for (const { text } of unseen) {
        if ((await ask(`${url}/v1/who`, byKey(text))).status === 200) return performance.now() - from;
        await setTimeout(100);
      }
      throw new Error('a process does not come back');
    });
    const times = await Promise.all(reads);
    return Math.round(Math.max(...times));
  }

  it('four gateways and two services wrongly allow and refuse no caller while PostgreSQL is killed, and lose no revocation', async () => {
    const load = startLoad(cluster.all, () => [
      ...sent,
      ...unseen.map(({ text }) => ({ name: 'unseen key', headers: byKey(text), may: GOOD })).slice(-4),
    ]);
    let isDown = false;
    const acknowledged: Key[] = [];
    const revoking = revokeUntilDown(acknowledged, () => isDown);
    await expect.poll(() => acknowledged.length, { timeout: BOUND_MS }).toBeGreaterThanOrEqual(5);
    await postgres.kill();
    isDown = true;
    await revoking;
    await setTimeout(DOWN_MS);
    const from = performance.now();
    await postgres.start();
    const serverMs = Math.round(performance.now() - from);
    const allReadMs = await untilAllRead(from);
    const revived = await reviveCheck(acknowledged, performance.now());
    await load.stop();
    print('PostgreSQL killed', load, { acknowledged: acknowledged.length, serverMs, allReadMs, ...revived });
    expect(load.broken).toEqual([]);
    await expectCalm();
  });

  /** Checks that every acknowledged revocation still applies, in every process. */
  async function reviveCheck(ended: readonly Key[], from: number) {
    for (const { text } of ended) {
      for (const { url } of cluster.all) {
        for (;;) {
          const { status } = await ask(`${url}/v1/who`, byKey(text));
          if (status === 401) break;
          expect(performance.now() - from).toBeLessThan(BOUND_MS);
          await setTimeout(50);
        }
      }
    }
    return { endedEverywhereMs: Math.round(performance.now() - from) };
  }

  /** Nothing is lost: after a fault every process answers everything as before it. */
  async function expectCalm(): Promise<void> {
    const load = startLoad(cluster.all, () =>
      sent.map((each) => ({ ...each, may: new Set([each.may.has(200) ? 200 : 401]) })),
    );
    await setTimeout(1500);
    await load.stop();
    expect(load.broken).toEqual([]);
    expect(load.counts.size).toBe(sent.length);
  }

  it('four gateways and two services go on while Redis is killed: pushes and shared limits wait for it, revocations do not', async () => {
    const load = startLoad(cluster.all, () => sent);
    await setTimeout(500);
    await redis.kill();
    const whileDown = await makeKey('ended while Redis is down');
    const token = await tokenOf(whileDown);
    const from = performance.now();
    await revoke(whileDown);
    const refusedMs = await untilRefusedEverywhere(cluster.all, { key: whileDown.text, token }, from, BOUND_MS);
    await setTimeout(1500);
    await redis.start();
    await setTimeout(1500);
    await load.stop();
    print('Redis killed', load, { refusedMs: Math.round(refusedMs) });
    expect(load.broken).toEqual([]);
    await expectCalm();
  });

  it('four gateways and two services under load take nothing from a server that became a standby', async () => {
    const store = await openStore(postgres.url);
    await postgres.kill();
    await postgres.start('standby');
    await expect(store.changesAfter?.(0, 10)).rejects.toMatchObject({ name: 'UnavailableError' });
    const key = { tag: 'any', keyId: null, setting: 'suspended' };
    await expect(store.rowsOfKey?.(key)).rejects.toMatchObject({ name: 'UnavailableError' });
    const feed = { after: 0, limit: 10, keyId: 'any', setting: 'suspended' };
    await expect(store.rowsOfFeed?.(feed)).rejects.toMatchObject({ name: 'UnavailableError' });
    await expect(store.read((tx) => tx.get('revision', { id: 1 }))).rejects.toMatchObject({ name: 'UnavailableError' });
    await store.close();
    await postgres.kill();
    await postgres.start();
  });
});

function print(what: string, { counts, slowestMs }: ReturnType<typeof startLoad>, figures: object): void {
  const answers = Object.fromEntries([...counts].map(([name, of]) => [name, Object.fromEntries(of)]));
  process.stdout.write(`${JSON.stringify({ what, ...figures, slowestMs: Math.round(slowestMs), answers })}\n`);
}
