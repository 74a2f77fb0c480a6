import { type Clock, systemClock } from '../revision/clock.js';
import { createRevision, type Revision } from '../revision/revision.js';
import type { CredentialSource } from './credential-source.js';

/**
 * Starts tracking a source's revision (its change counter). New changes are read at regular intervals and after each
 * push.
 */
export function startRevision(
  source: Pick<CredentialSource, 'changes' | 'onPush' | 'register'>,
  { boundSeconds, clock = systemClock }: { readonly boundSeconds: number; readonly clock?: Clock },
): { readonly revision: Revision; stop(): void } {
  const revision = createRevision({ source: source.changes, clock, boundMs: boundSeconds * 1000 });
  const stopTicks = revision.start();
  const forget = source.register(revision);
  const stopPushes = source.onPush(() => revision.sync().catch(() => undefined));
  return {
    revision,
    stop: () => {
      stopTicks();
      stopPushes();
      forget();
    },
  };
}
