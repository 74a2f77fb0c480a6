import { defaultCatalogue, limeCatalogue, memoryStore, OptionError } from '@flairgate/core';
import { readOrClaimCatalogue, readOrClaimSetting } from '@flairgate/core/administration';
import { describe, expect, it } from 'vitest';

describe('readOrClaimSetting', () => {
  it('readOrClaimSetting keeps what the first process asked for, else the fallback', async () => {
    const store = await memoryStore();
    expect(await readOrClaimSetting(store, 'issuer', 'https://a.example', 'https://b.example')).toBe(
      'https://a.example',
    );
    expect(await readOrClaimSetting(store, 'audience', undefined, 'flairgate')).toBe('flairgate');
    expect(await readOrClaimSetting(store, 'issuer', undefined, 'https://c.example')).toBe('https://a.example');
    expect(await readOrClaimSetting(store, 'audience', 'flairgate', 'other')).toBe('flairgate');
  });

  it('readOrClaimSetting stops a process that asks for another value, naming both', async () => {
    const store = await memoryStore();
    await readOrClaimSetting(store, 'issuer', undefined, 'https://a.example');
    const other = readOrClaimSetting(store, 'issuer', 'https://b.example', '');
    await expect(other).rejects.toThrow(OptionError);
    await expect(other).rejects.toThrow(/a\.example.*b\.example/);
  });

  it('readOrClaimSetting gives processes that start at once one value', async () => {
    const store = await memoryStore();
    const started = Array.from({ length: 20 }, (_, n) =>
      readOrClaimSetting(store, 'issuer', undefined, `https://${n}.example`),
    );
    expect(new Set(await Promise.all(started)).size).toBe(1);
  });
});

describe('readOrClaimCatalogue', () => {
  it('readOrClaimCatalogue keeps the list of the first process', async () => {
    const store = await memoryStore();
    expect((await readOrClaimCatalogue(store, undefined, limeCatalogue)).digest).toBe(limeCatalogue.digest);
    const kept = await readOrClaimCatalogue(store, undefined, defaultCatalogue);
    expect(kept.digest).toBe(limeCatalogue.digest);
    expect(kept.entries).toEqual(limeCatalogue.entries);
    await expect(readOrClaimCatalogue(store, defaultCatalogue, defaultCatalogue)).rejects.toThrow(
      new RegExp(`${limeCatalogue.digest}.*${defaultCatalogue.digest}`),
    );
  });
});
