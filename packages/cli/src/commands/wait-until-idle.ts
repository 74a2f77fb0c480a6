import { setTimeout } from 'node:timers/promises';
import type { AdministrationContext } from '@flairgate/core/administration';

const LONGEST_PAUSE_MS = 5000;
const SHORTEST_PAUSE_MS = 100;

/**
 * Waits until no old secret of a key has been used for `idleMs` milliseconds, or until all old secrets have expired.
 *
 * Processes write the time of the last use only once a minute. With an `idleMs` below a minute, a secret that is in use
 * may therefore seem to be unused.
 */
export async function waitUntilIdle(
  { store, now }: Pick<AdministrationContext, 'store' | 'now'>,
  keyId: string,
  idleMs: number,
): Promise<'idle' | 'ended'> {
  const startedAt = now();
  for (;;) {
    const secrets = await store.read((tx) => tx.find('secret', { keyId }));
    const old = secrets.filter(({ endsAt }) => endsAt !== null && endsAt > now());
    if (old.length === 0) return 'ended';
    const usedAt = Math.max(startedAt, ...old.map(({ lastUsedAt }) => lastUsedAt ?? 0));
    const remainingMs = usedAt + idleMs - now();
    if (remainingMs <= 0) return 'idle';
    await setTimeout(Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, remainingMs)));
  }
}
