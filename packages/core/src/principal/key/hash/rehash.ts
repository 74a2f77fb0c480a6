import type { SecretRow } from '../../../store/rows.js';
import type { RowStore } from '../../../store/store.js';
import { parseKeyText } from '../text.js';
import { type HashSetting, needsRehash } from './hash.js';
import type { Hasher } from './hasher.js';

/** Replaces a stored hash that another setting made. Runs beside the request; called with a secret just verified. */
export type Rehash = (text: string, secret: Pick<SecretRow, 'tag' | 'hash'>) => void;

export interface RehashOptions {
  readonly store: RowStore;
  readonly hasher: Hasher;
  readonly setting: HashSetting;
  /** Told of the new hash, so that nobody verifies it again. */
  readonly remember: (text: string, secret: Pick<SecretRow, 'tag' | 'hash'>) => void;
}

/**
 * Makes what brings old hashes to the setting in force, one by one, when their key is used.
 *
 * A chosen or imported text keeps its slow hash: a fast one is for generated texts only.
 *
 * The row is replaced only while it still holds the hash that was verified: a secret that was ended or replaced
 * meanwhile stays as it is. What fails is tried again at the next use.
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
