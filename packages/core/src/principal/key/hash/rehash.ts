import type { SecretRow } from '../../../store/rows.js';
import type { RowStore } from '../../../store/store.js';
import { parseKeyText } from '../text.js';
import { type HashSetting, needsRehash } from './hash.js';
import type { Hasher } from './hasher.js';

/**
 * Function that replaces a stored hash if the hash was created with an old hash setting. The replacement runs in the
 * background. Call the function with a secret that was just verified.
 */
export type Rehash = (text: string, secret: Pick<SecretRow, 'tag' | 'hash'>) => void;

/** Options of {@link createRehash}. */
export interface RehashOptions {
  readonly store: RowStore;
  readonly hasher: Hasher;
  readonly setting: HashSetting;
  /** Called with the secret and its new hash, so that the secret need not be verified again. */
  readonly remember: (text: string, secret: Pick<SecretRow, 'tag' | 'hash'>) => void;
}

/**
 * Creates the function that replaces an old hash with a hash in the current setting when the key is used.
 *
 * If the current setting is the fast hash `sha256`, a custom or imported secret keeps its slow hash, because fast
 * hashes are only for generated keys.
 *
 * The hash is replaced only if the row still contains the verified hash, so a secret that was revoked or replaced in
 * the meantime does not change. A failed replacement is tried again at the next use.
 */
export function createRehash({ store, hasher, setting, remember }: RehashOptions): Rehash {
  const running = new Set<string>();
  const replace = async (text: string, { tag, hash: old }: Pick<SecretRow, 'tag' | 'hash'>) => {
    const hash = await hasher.hash(text, setting);
    if (await replaceHash(store, tag, old, hash)) remember(text, { tag, hash });
  };
  return (text, secret) => {
    if (!needsRehash(secret.hash, setting) || running.has(secret.tag)) return;
    if (setting.scheme === 'sha256' && parseKeyText(text) === undefined) return;
    running.add(secret.tag);
    replace(text, secret)
      .catch(() => undefined)
      .finally(() => running.delete(secret.tag));
  };
}

async function replaceHash(store: RowStore, tag: string, from: string, to: string): Promise<boolean> {
  if (store.background !== undefined) return store.background.replaceHash(tag, from, to);
  return store.write(async (tx) => {
    const row = await tx.get('secret', { tag });
    return row?.hash === from && (await tx.update('secret', { tag }, { hash: to }));
  });
}
