import { randomBytes } from 'node:crypto';
import { allow, createAuthenticator } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { mintKeyId, mintKeyText, securityWrite } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../administration/fixture.js';

const FLOOD = '198.51.100.1';
const HONEST = '203.0.113.7';
const AT_ONCE = 8;
const MAY_WAIT = 1024;

const unknownKey = () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
const apiKey = (text: string) => ({ kind: 'api-key', text }) as const;

let setting: AdministrationFixture;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  setting = await openAdministrationFixture();
  stops = [];
});
afterEach(async () => void (await Promise.all(stops.map((stop) => stop()))));

function authenticatorOn(store: Store) {
  const authenticator = createAuthenticator({ store, clock: setting.clock });
  stops.push(authenticator.close);
  return authenticator;
}

/** A store elsewhere: each look-up waits until it is let go, in the order they got there. */
function distantStore() {
  const there: (() => void)[] = [];
  const store: Store = {
    ...setting.store,
    existenceProbe: {
      kind: 'async',
      mightExist: async () => {
        await new Promise<void>((go) => there.push(go));
        return false;
      },
    },
  };
  return { store, there };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an unknown key', () => {
  it('an unknown key is refused at once by an embedded store, after one look at its index and no transaction', async () => {
    const { existenceProbe } = setting.store;
    if (existenceProbe?.kind !== 'sync') throw new Error('the memory store is embedded');
    let looks = 0;
    const authenticator = authenticatorOn({
      ...setting.store,
      existenceProbe: {
        kind: 'sync',
        mightExist: (table, key) => {
          looks += 1;
          return existenceProbe.mightExist(table, key);
        },
      },
      read: () => Promise.reject(new Error('a transaction was opened')),
    });
    expect(authenticator.authenticate(apiKey(unknownKey()), FLOOD)).toMatchObject({ code: 'ERR_KEY_INVALID' });
    expect(looks).toBe(1);
  });

  it('an unknown key costs nothing if its form or its checksum says so', async () => {
    const authenticator = authenticatorOn({
      ...setting.store,
      existenceProbe: {
        kind: 'sync',
        mightExist: () => {
          throw new Error('the store was asked');
        },
      },
    });
    const good = unknownKey();
    const mistyped = Array.from(good.slice(3), (character, at) => {
      const other = character === 'A' ? 'B' : 'A';
      return `${good.slice(0, at + 3)}${other}${good.slice(at + 4)}`;
    });
    for (const text of [...mistyped, 'short', 'fg_', 'nineteen-characters']) {
      expect(authenticator.authenticate(apiKey(text), FLOOD)).toMatchObject({ code: 'ERR_KEY_INVALID' });
    }
    expect(() => authenticator.authenticate(apiKey(good), FLOOD)).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: 'the store was asked' }) }),
    );
  });
});

describe('a key that was good when it was last read', () => {
  it.each([
    ['from anywhere, is read again without a look whether it is there', [], [1, 0, 0, 1]],
    [
      'from some addresses, is not: a wrong one would tell by its time that it is right',
      ['203.0.113.0/24'],
      [1, 1, 1, 1],
    ],
  ])('a key that was good when it was last read %s', async (_name, ranges, looksWanted) => {
    const { text, keyId } = await organizationKey(
      setting,
      must(await createOrganization(setting.context, OPERATOR, { name: 'seen' })).oid,
      'seen',
      [],
      { ranges },
    );
    const looks: string[] = [];
    const authenticator = authenticatorOn({
      ...setting.store,
      existenceProbe: {
        kind: 'async',
        mightExist: async (table) => {
          looks.push(table);
          return true;
        },
      },
    });
    const change = (patch: { revokedAt: number | null }) =>
      securityWrite(setting.store, 0, async (tx) => {
        tx.touch('key', keyId);
        await tx.update('key', { keyId }, patch);
        return allow(undefined);
      });
    const looksOfNext = async () => {
      looks.length = 0;
      await authenticator.revision.sync();
      await authenticator.authenticate(apiKey(text), HONEST);
      return looks.length;
    };
    const found = [await looksOfNext()];
    await change({ revokedAt: null });
    found.push(await looksOfNext());
    await change({ revokedAt: 1 });
    found.push(await looksOfNext(), await looksOfNext());
    expect(found).toEqual(looksWanted);
  });
});

describe('look-ups that must wait', () => {
  it(`look-ups that must wait run ${AT_ONCE} at once, and the addresses take turns`, async () => {
    const { store, there } = distantStore();
    const authenticator = authenticatorOn(store);
    await authenticator.revision.sync();
    const order: string[] = [];
    const send = (address: string, name: string) =>
      Promise.resolve(authenticator.authenticate(apiKey(unknownKey()), address)).then(() => order.push(name));
    const flood = Array.from({ length: 100 }, () => send(FLOOD, 'flood'));
    await turn();
    expect(there).toHaveLength(AT_ONCE);
    // One subscriber, however many of its addresses it uses.
    const others = [send('2001:db8::1', 'six'), send('2001:db8::2', 'six again'), send(HONEST, 'honest')];
    while (order.length < 103) {
      there.shift()?.();
      await turn();
    }
    await Promise.all([...flood, ...others]);
    const waited = (name: string) => order.indexOf(name) - AT_ONCE;
    expect(waited('honest')).toBeLessThan(4);
    expect(waited('six')).toBeLessThan(4);
    expect(waited('six again')).toBeLessThan(8);
  });

  it(`at most ${MAY_WAIT} look-ups wait: past it the latest of the busiest address is a fault, and no other`, async () => {
    const { store, there } = distantStore();
    const authenticator = authenticatorOn(store);
    await authenticator.revision.sync();
    const flood = Array.from({ length: AT_ONCE + MAY_WAIT }, () =>
      authenticator.authenticate(apiKey(unknownKey()), FLOOD),
    );
    const late = Promise.resolve(authenticator.authenticate(apiKey(unknownKey()), FLOOD));
    await expect(late).rejects.toMatchObject({ name: 'UnavailableError', dependency: 'store' });
    const honest = Promise.resolve(authenticator.authenticate(apiKey(unknownKey()), HONEST));
    const latest = flood.at(-1);
    await expect(latest).rejects.toMatchObject({ name: 'UnavailableError' });
    let answered = false;
    void honest.then(() => {
      answered = true;
    });
    for (let steps = 0; steps < 2 * AT_ONCE && !answered; steps += 1) {
      there.shift()?.();
      await turn();
    }
    expect(answered).toBe(true);
    expect(await honest).toMatchObject({ code: 'ERR_KEY_INVALID' });
    const open = flood.slice(0, -1);
    while (there.length > 0) {
      for (const go of there.splice(0)) go();
      await turn();
    }
    for (const answer of await Promise.all(open)) expect(answer).toMatchObject({ code: 'ERR_KEY_INVALID' });
  });

  it('a good key of a distant store is found in one snapshot, as of an embedded one', async () => {
    const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
    const made = await organizationKey(setting, oid, 'vendor');
    const { existenceProbe } = setting.store;
    const authenticator = authenticatorOn({
      ...setting.store,
      existenceProbe: {
        kind: 'async',
        mightExist: async (table, key) => existenceProbe?.mightExist(table, key) ?? true,
      },
    });
    expect(await authenticator.authenticate(apiKey(made.text), HONEST)).toMatchObject({ name: 'vendor' });
    const failing = authenticatorOn({
      ...setting.store,
      existenceProbe: { kind: 'async', mightExist: () => Promise.reject(new Error('down')) },
    });
    await expect(failing.authenticate(apiKey(made.text), HONEST)).rejects.toMatchObject({
      name: 'UnavailableError',
      cause: { message: 'down' },
    });
  });
});
