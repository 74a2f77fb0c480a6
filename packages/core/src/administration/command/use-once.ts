import { createHash } from 'node:crypto';
import type { Store } from '../../store/store.js';
import { UniqueError } from '../../store/transaction.js';

/** Something that may be used only once, such as a token. `issuer` and `id` together identify it. */
export interface SingleUse {
  /** Issuer that assigned the id. Two issuers may assign the same id. */
  readonly issuer: string;
  readonly id: string;
  /** Time until which the use is stored, in milliseconds since the Unix epoch. */
  readonly endsAt: number;
}

/** Maximum number of stored uses that one call checks for expiry. */
const REMOVED_AT_ONCE = 10;

/**
 * Records a use. Resolves to true for the first use. Resolves to false if the same issuer and id were used before, in
 * this or another process.
 */
export async function useOnce(
  { store, now }: { readonly store: Store; readonly now: () => number },
  { issuer, id, endsAt }: SingleUse,
): Promise<boolean> {
  const tokenId = createHash('sha256').update(id).digest('base64url');
  try {
    await store.write(async (tx) => {
      await tx.insert('usedToken', { issuer, tokenId, endsAt });
      // Ids are digests, so the rows after this one are a random sample. Over time, all expired rows are removed.
      const next = await tx.find('usedToken', { issuer }, { after: { issuer, tokenId }, limit: REMOVED_AT_ONCE });
      for (const row of next) {
        if (row.endsAt <= now()) await tx.remove('usedToken', { issuer, tokenId: row.tokenId });
      }
    });
    return true;
  } catch (error) {
    if (error instanceof UniqueError) return false;
    throw error;
  }
}
