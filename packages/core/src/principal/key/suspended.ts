import type { ReadTransaction } from '../../store/transaction.js';

/** The setting that suspends every key, since when. A restore makes it, and its confirmation removes it. */
export const SUSPENDED = { name: 'suspended' } as const;

/** True if every key is refused, because a restore may have brought back revoked keys. */
export async function isSuspended(tx: ReadTransaction): Promise<boolean> {
  return (await tx.get('setting', SUSPENDED)) !== undefined;
}
