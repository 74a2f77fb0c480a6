import { randomBytes } from 'node:crypto';
import { createAuthenticator, isDenial } from '@flairgate/core';
import { createOrganization } from '@flairgate/core/administration';
import { hashSecret } from '@flairgate/core/calibrate';
import { expect, it, vi } from 'vitest';
import { must, OPERATOR, openAdministrationFixture, organizationKey } from '../../../administration/fixture.js';

const HASH = /^\$pbkdf2-sha256\$(\d+)\$/;

it('an old hash is brought to the setting in force at its next use, and the key goes on working', async () => {
  const setting = await openAdministrationFixture();
  const { store, clock } = setting;
  const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
  const made = await organizationKey(setting, oid, 'vendor');
  const stored = async () => (await store.read((tx) => tx.find('secret', { keyId: made.keyId })))[0]?.hash ?? '';
  expect(await stored()).toMatch(/^\$fg-sha256\$/);

  for (const rounds of [1000, 2000]) {
    const authenticator = createAuthenticator({ store, clock, keyHash: { scheme: 'pbkdf2-sha256', rounds } });
    const use = () => authenticator.authenticate({ kind: 'api-key', text: made.text }, undefined);
    const all = await Promise.all(Array.from({ length: 50 }, use));
    expect(all.some(isDenial)).toBe(false);
    await vi.waitFor(async () => expect(HASH.exec(await stored())?.[1]).toBe(String(rounds)), { timeout: 30_000 });
    await authenticator.close();
  }
  expect(await store.read((tx) => tx.find('secret', { keyId: made.keyId }))).toHaveLength(1);
});

it('a rehash leaves a chosen or imported secret its slow hash, whatever the setting', async () => {
  const setting = await openAdministrationFixture();
  const { store, clock } = setting;
  const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
  const text = 'Xq7vT2mK9pR4sW8yB3nL6dF1';
  const slow = { scheme: 'pbkdf2-sha256', rounds: 1000 } as const;
  const hashOf = async (keyId: string) => (await store.read((tx) => tx.find('secret', { keyId })))[0]?.hash ?? '';
  const imported = await organizationKey(setting, oid, 'imported');
  const generated = await organizationKey(setting, oid, 'generated');
  for (const [keyId, own] of [
    [imported.keyId, text],
    [generated.keyId, generated.text],
  ] as const) {
    const hash = await hashSecret(own, slow, randomBytes);
    await store.write(async (tx) => {
      const [row] = await tx.find('secret', { keyId });
      if (row === undefined) throw new Error('the key has no secret');
      await tx.remove('secret', { tag: row.tag });
      await tx.insert('secret', { ...row, tag: store.material.tag(own), hash });
    });
  }
  const authenticator = createAuthenticator({ store, clock, keyHash: { scheme: 'sha256', rounds: 1 } });
  for (const used of [text, generated.text]) {
    expect(isDenial(await authenticator.authenticate({ kind: 'api-key', text: used }, undefined))).toBe(false);
  }
  await vi.waitFor(async () => expect(await hashOf(generated.keyId)).toMatch(/^\$fg-sha256\$/), { timeout: 30_000 });
  expect(await hashOf(imported.keyId)).toMatch(HASH);
  await authenticator.close();
});
