import type { ReadTransaction } from '../../store/transaction.js';

/**
 * Setting that suspends every key. The value is the time of suspension. A restore creates the setting, and
 * `confirmRestore` removes it.
 */
export const SUSPENDED = { name: 'suspended' } as const;

/** True if every key is suspended, because a restore may have brought back revoked keys. */
export async function isSuspended(tx: ReadTransaction): Promise<boolean> {
  return (await tx.get('setting', SUSPENDED)) !== undefined;
}
