import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDenial } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { testGate } from '@flairgate/express/testing';
import { redisWakeUps, withWakeUps } from '@flairgate/stores/redis';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { describe, expect, it } from 'vitest';
import { newPrefix, onRedis, redisAnswers, redisUrl } from '../../../packages/stores/test/redis-server.js';

/** Messages that another client of the same Redis may send into the channel. */
const forged: readonly (string | Buffer)[] = [
  '',
  '{"n":9007199254740991,"incarnation":"another"}',
  '{"scope":"all","id":"*"}',
  '{"__proto__":{"n":1}}',
  'x'.repeat(1 << 20),
  Buffer.from([0, 255, 254, 13, 10]),
];
const TIMES = 500;

describe.skipIf(!(await redisAnswers()))('pushes that another client of Redis forges', () => {
  it('forged pushes neither revive nor revoke anything, and cost one poll at a time', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
    const prefix = newPrefix();
    const store: Store = await sqliteStore({ file: join(folder, 'test.db'), masterKey: Buffer.alloc(32, 7) });
    const wakeUps = await redisWakeUps({ url: redisUrl, prefix });
    const kit = await testGate({ store: withWakeUps(store, wakeUps), maxStalenessSeconds: 300 });
    const [valid, revoked] = [await kit.key(), await kit.key()];
    await kit.revoke(revoked);
    const { revision } = kit.gate.authenticator;
    const isRefused = async ({ text }: { readonly text: string }) =>
      isDenial(await kit.gate.authenticator.authenticate({ kind: 'api-key', text }, undefined));
    const before = { applied: revision.applied, incarnation: revision.incarnation };
    let polls = 0;
    const end = revision.onChange(() => {
      polls += 1;
    });
    await onRedis(redisUrl, async (client) => {
      for (let at = 0; at < TIMES; at += 1) {
        for (const message of forged) await client.publish(`${prefix}changes`, message.toString('latin1'));
        if (at % 100 === 0) expect([await isRefused(valid), await isRefused(revoked)]).toEqual([false, true]);
      }
    });
    await revision.sync();
    expect({ applied: revision.applied, incarnation: revision.incarnation }).toEqual(before);
    // Nothing has changed, so no cache was dropped, however often it was asked.
    expect(polls).toBe(0);
    expect([await isRefused(valid), await isRefused(revoked)]).toEqual([false, true]);
    end();
    await kit.close();
    await wakeUps.close();
    await store.close();
    await rm(folder, { recursive: true });
  });
});
