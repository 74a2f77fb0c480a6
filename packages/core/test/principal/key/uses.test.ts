import { createAuthenticator, UnavailableError } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../../administration/fixture.js';

const MANY = 450;
const apiKey = (text: string) => ({ kind: 'api-key', text }) as const;

let setting: AdministrationFixture;
let texts: readonly string[];

beforeEach(async () => {
  setting = await openAdministrationFixture();
  const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
  const made = [];
  for (let at = 0; at < MANY; at++) made.push(await organizationKey(setting, oid, `key-${at}`));
  texts = made.map(({ text }) => text);
});

async function gateThatUsedAll(store: Store) {
  const authenticator = createAuthenticator({ store, clock: setting.clock });
  for (const text of texts) await authenticator.authenticate(apiKey(text), undefined);
  return authenticator;
}

const usedTimes = async () => {
  const secrets = await setting.store.read((tx) => tx.find('secret', {}));
  return secrets.map(({ lastUsedAt }) => lastUsedAt);
};

describe('last uses are written', () => {
  it('last uses are written 200 at a time, without the lock of security writes, and the event loop turns between', async () => {
    const { store, clock } = setting;
    const sizes: number[] = [];
    let turnsBetween = 0;
    let turned = true;
    const write: Store['write'] = (work) => {
      if (turned) turnsBetween += 1;
      turned = false;
      setImmediate(() => {
        turned = true;
      });
      return store.write((tx) => {
        const at = sizes.push(0) - 1;
        return work({
          ...tx,
          lockRevision: () => Promise.reject(new Error('took the lock of security writes')),
          update: (table, key, patch) => {
            sizes[at] = (sizes[at] ?? 0) + 1;
            return tx.update(table, key, patch);
          },
        });
      });
    };
    await (await gateThatUsedAll({ ...store, write })).close();
    expect(sizes).toEqual([200, 200, 50]);
    expect(turnsBetween).toBe(3);
    expect(await usedTimes()).toEqual(Array(MANY).fill(clock.wall()));
  });

  it('last uses are written at the next time where they could not be, and where another process held the secret', async () => {
    const asked: number[] = [];
    const answers = [
      async () => Promise.reject(new UnavailableError('store', new Error('down'))),
      async (tags: readonly string[]) => tags.slice(0, 3),
      async () => [],
      async () => [],
      async () => [],
    ];
    const store: Store = {
      ...setting.store,
      background: {
        noteUses: async (uses) => {
          const answer = answers[asked.push(uses.length) - 1];
          return answer === undefined ? [] : answer(uses.map(({ tag }) => tag));
        },
        replaceHash: async () => false,
      },
    };
    const authenticator = await gateThatUsedAll(store);
    for (let times = 0; times < 4; times++) await authenticator.close();
    expect(asked).toEqual([200, 200, 200, 50, 3]);
  });

  it('last uses are written forward only: a later time stays', async () => {
    const authenticator = await gateThatUsedAll(setting.store);
    const later = setting.clock.wall() + 1;
    await setting.store.write(async (tx) => {
      for (const { tag } of await tx.find('secret', {})) await tx.update('secret', { tag }, { lastUsedAt: later });
    });
    await authenticator.close();
    expect(await usedTimes()).toEqual(Array(MANY).fill(later));
  });
});
