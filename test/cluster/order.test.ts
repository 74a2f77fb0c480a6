import { revokeKey } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../packages/stores/test/databases.js';
import { byKey, done, OPERATOR } from '../flow/services-fixture.ts';
import { type Cluster, headersOf, judged, judgedEverywhere, startCluster, untilRefusedEverywhere } from './cluster.ts';

const BOUND_MS = 30_000;

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('a process that missed a revocation', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let oid: string;

  beforeAll(async () => {
    cluster = await startCluster();
    oid = await cluster.control.organization('acme');
  });

  afterAll(() => cluster?.close());

  async function makeKey(name: string) {
    const { keyId, text } = await cluster.control.key(oid, name, ['dr.list']);
    return { keyId, key: text, token: await cluster.control.token({ oid, secret: text }) };
  }

  const revoke = (keyId: string, store: Store = cluster.control.service.context.administration.store) =>
    done(revokeKey({ ...cluster.control.service.context.administration, store }, OPERATOR, { oid, keyId }));

  it('a process that missed a revocation because it stood still refuses the requests that lay before it, and the first one after', async () => {
    for (const [index, stopped] of cluster.all.entries()) {
      const ended = await makeKey(`stopped-${index}`);
      expect(await judgedEverywhere(cluster.all, ended)).toEqual(['allowed']);
      stopped.signal('SIGSTOP');
      await revoke(ended.keyId);
      const waiting = headersOf(ended).map((headers) => judged(stopped, headers));
      await new Promise((resolve) => setTimeout(resolve, 100));
      stopped.signal('SIGCONT');
      const after = headersOf(ended).map((headers) => judged(stopped, headers));
      expect(await Promise.all([...waiting, ...after])).toEqual(Array.from({ length: 4 }, () => 'refused'));
    }
  });

  it('a process that missed a revocation because its commit was held open between two others hears of all three', async () => {
    const [before, held, behind] = [await makeKey('before'), await makeKey('held'), await makeKey('behind')];
    for (const each of [before, held, behind]) expect(await judgedEverywhere(cluster.all, each)).toEqual(['allowed']);
    const { store, release, isHeld } = holdOpen(cluster.control.service.context.administration.store);
    const holding = revoke(held.keyId, store);
    await isHeld;
    const waiting = revoke(behind.keyId);
    for (const each of [held, behind]) expect(await judgedEverywhere(cluster.all, each)).toEqual(['allowed']);
    release();
    await Promise.all([holding, waiting]);
    const from = performance.now();
    await revoke(before.keyId);
    for (const each of [before, held, behind]) await untilRefusedEverywhere(cluster.all, each, from, BOUND_MS);
  });

  it('a process that missed a revocation while reading the key for the first time keeps no caller it read too early', async () => {
    for (let count = 0; count < 10; count += 1) {
      const raced = await makeKey(`raced-${count}`);
      const from = performance.now();
      const reads = cluster.all.map((process) => judged(process, byKey(raced.key)));
      await revoke(raced.keyId);
      await Promise.all(reads);
      await untilRefusedEverywhere(cluster.all, raced, from, BOUND_MS);
      expect(await judgedEverywhere(cluster.all, raced)).toEqual(['refused']);
    }
  });
});

/** The same store, whose writes stay open after their last statement until they are released. */
function holdOpen(store: Store) {
  const held = signal();
  const released = signal();
  const holding: Store = {
    ...store,
    write: (work) =>
      store.write(async (tx) => {
        const value = await work(tx);
        held.give();
        await released.given;
        return value;
      }),
  };
  return { store: holding, release: released.give, isHeld: held.given };
}

function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give: () => give(), given };
}
