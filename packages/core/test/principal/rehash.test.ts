import { createAuthenticator, createOrganization, isDenial } from '@flairgate/core';
import { expect, it, vi } from 'vitest';
import { must, OPERATOR, openSetting, organizationKey } from '../administration/setting.js';

const HASH = /^\$pbkdf2-sha256\$(\d+)\$/;

it('brings an old hash to the setting in force at its next use, and the key goes on working', async () => {
  const setting = await openSetting();
  const { store, clock } = setting;
  const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
  const made = await organizationKey(setting, oid, 'vendor');
  const stored = async () => (await store.read((tx) => tx.find('secret', { keyId: made.keyId })))[0]?.hash ?? '';
  expect(await stored()).toMatch(/^\$fg-sha256\$/);

  for (const rounds of [1000, 2000]) {
    const authenticator = createAuthenticator({ store, clock, keyHash: { scheme: 'pbkdf2-sha256', rounds } });
    const use = () => authenticator.identify({ kind: 'api-key', text: made.text }, undefined);
    const all = await Promise.all(Array.from({ length: 50 }, use));
    expect(all.some(isDenial)).toBe(false);
    await vi.waitFor(async () => expect(HASH.exec(await stored())?.[1]).toBe(String(rounds)));
    await authenticator.stop();
  }
  expect(await store.read((tx) => tx.find('secret', { keyId: made.keyId }))).toHaveLength(1);
});
