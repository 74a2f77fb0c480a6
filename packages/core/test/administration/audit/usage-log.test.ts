import { randomBytes } from 'node:crypto';
import {
  compileRequirement,
  createAuthenticator,
  defaultCatalogue,
  deny,
  memoryStore,
  type Principal,
} from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  createKey,
  createOrganization,
  createUsageLog,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import type { Store } from '@flairgate/core/store';
import { beforeEach, describe, expect, it } from 'vitest';

const operator: Actor = { kind: 'operator', name: 'test' };
const DAY_MS = 86_400_000;
const noon = 20_000 * DAY_MS + DAY_MS / 2;
const listing = compileRequirement(['dr.list'], defaultCatalogue, 'all');
const either = compileRequirement(['dr.set', 'dr.list'], defaultCatalogue, 'any');

describe('the log of usage', () => {
  let store: Store;
  let oid: string;
  let caller: Principal;
  let now: number;

  beforeEach(async () => {
    store = await memoryStore();
    now = noon;
    const hasher = createHasher();
    const context: AdministrationContext = {
      store,
      catalogue: defaultCatalogue,
      now: Date.now,
      random: randomBytes,
      keyFormat: 'fg',
      hashSecret: (text) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
      readableIngestionKeys: false,
      committed: async () => undefined,
    };
    const organization = await createOrganization(context, operator, { name: 'acme' });
    if (!organization.allowed) throw new Error('no organization');
    oid = organization.value.oid;
    const key = await createKey(context, operator, {
      owner: { kind: 'organization', oid },
      name: 'caller',
      permissions: ['dr.list'],
    });
    if (!key.allowed) throw new Error('no key');
    const authenticator = createAuthenticator({ store });
    const found = await authenticator.authenticate({ kind: 'api-key', text: key.value.text } as never, undefined);
    if (!('identity' in found)) throw new Error('no principal');
    caller = found;
    await authenticator.close();
  });

  const rows = () => store.read((tx) => tx.find('usage', {}));
  const open = (over: Store = store) => createUsageLog({ store: over, now: () => now });

  it('the log of usage adds up calls, refusals, limits and permissions, exactly and over several writes', async () => {
    const usage = open();
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 10; n++) usage.countCall(caller);
      for (let n = 0; n < 7; n++) usage.countPermitted(caller, oid, listing);
      for (let n = 0; n < 2; n++) usage.countPermitted(caller, oid, either);
      usage.countDenial(caller, deny('ERR_PERMISSION_MISSING'));
      usage.countDenial(caller, deny('ERR_RATE_LIMITED'));
      usage.countDenial(caller, deny('ERR_STORE_UNAVAILABLE'));
      await usage.flush();
    }
    await usage.stop();
    expect(await rows()).toEqual([
      { oid, day: 20_000, keyId: caller.keyId, calls: 30, denials: 3, limited: 3, permissions: { 'dr.list': 27 } },
    ]);
  });

  it('the log of usage counts a call on its day', async () => {
    const usage = open();
    usage.countCall(caller);
    await usage.flush();
    now += DAY_MS;
    usage.countCall(caller);
    usage.countCall(caller);
    await usage.stop();
    expect((await rows()).map(({ day, calls }) => [day, calls])).toEqual([
      [20_000, 1],
      [20_001, 2],
    ]);
  });

  it('the log of usage keeps what it could not write', async () => {
    let isDown = true;
    const failing: Store = {
      ...store,
      write: (work) => (isDown ? Promise.reject(new Error('down')) : store.write(work)),
    };
    const usage = open(failing);
    for (let n = 0; n < 5; n++) usage.countCall(caller);
    await expect(usage.flush()).rejects.toThrow('down');
    usage.countCall(caller);
    isDown = false;
    await usage.stop();
    expect((await rows()).map(({ calls }) => calls)).toEqual([6]);
  });

  it('the log of usage of two processes adds to the same sums', async () => {
    const logs = [open(), open()];
    for (let round = 0; round < 20; round++) {
      for (const log of logs) log.countCall(caller);
      await Promise.all(logs.map((log) => log.flush()));
    }
    await Promise.all(logs.map((log) => log.stop()));
    expect((await rows()).map(({ calls }) => calls)).toEqual([40]);
  });

  it('the log of usage takes no revision lock', async () => {
    const locked: string[] = [];
    const watched: Store = {
      ...store,
      write: (work) =>
        store.write((tx) => {
          const lockRevision = () => {
            locked.push('locked');
            return tx.lockRevision();
          };
          return work({ ...tx, lockRevision });
        }),
    };
    const usage = open(watched);
    usage.countCall(caller);
    await usage.stop();
    expect([locked, (await rows()).length]).toEqual([[], 1]);
  });

  it('the log of usage holds at most 10,000 keys at a time', async () => {
    const usage = open();
    for (let n = 0; n < 10_050; n++)
      usage.countCall({ ...caller, keyId: `k${n}`, in: () => ({ ...caller.in(oid) }) as never });
    await usage.stop();
    expect((await rows()).length).toBe(10_000);
  });

  it('the log of usage removes sums after 400 days', async () => {
    for (const day of [19_598, 19_599, 19_600, 20_000]) {
      await store.write((tx) =>
        tx.insert('usage', { oid, day, keyId: 'old', calls: 1, denials: 0, limited: 0, permissions: {} }),
      );
    }
    const usage = open();
    usage.countCall(caller);
    await usage.stop();
    expect((await rows()).map(({ day }) => day)).toEqual([19_600, 20_000, 20_000]);
  });
});
