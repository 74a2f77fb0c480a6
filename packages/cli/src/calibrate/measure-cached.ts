import { setImmediate } from 'node:timers/promises';
import { type Authenticator, type Credential, createAuthenticator, memoryStore, type Outcome } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { createContext, operator } from '../context.js';

const SLICE_MS = 10;
/** Number of times that {@link measureCached} calls `step`. */
export const SLICES = 20;
/** Number of calls between two reads of the clock. */
const BATCH = 100;

/**
 * Measures how many times per second one core accepts a key that is already verified and cached.
 *
 * Calls `step` {@link SLICES} times, to show the progress.
 */
export async function measureCached(step: () => void): Promise<number> {
  const store = await memoryStore();
  const authenticator = createAuthenticator({ store });
  try {
    const credential: Credential = { kind: 'api-key', text: await createBenchKey(store) };
    await authenticator.authenticate(credential, undefined);
    let best = 0;
    for (let slice = 0; slice < SLICES; slice += 1) {
      // Lets the event loop run. Otherwise the gate's timer cannot fire, and the gate treats the process as paused.
      await setImmediate();
      if (!authenticator.revision.current()) await authenticator.revision.ensureCurrent();
      best = Math.max(best, measureCacheHits(SLICE_MS, authenticator, credential));
      step();
    }
    return best;
  } finally {
    await authenticator.close();
    await store.close();
  }
}

/** Returns the number of calls per second that were answered from the cache. */
function measureCacheHits(durationMs: number, authenticator: Authenticator, credential: Credential): number {
  const started = performance.now();
  let answered = 0;
  let elapsed = 0;
  while (elapsed < durationMs) {
    for (let call = 0; call < BATCH; call += 1) {
      if (authenticator.getCached(credential, undefined) !== undefined) answered += 1;
    }
    elapsed = performance.now() - started;
  }
  return (answered / elapsed) * 1000;
}

async function createBenchKey(store: Store): Promise<string> {
  const context = await createContext(store, { keyHash: { scheme: 'sha256', rounds: 1 } });
  const { oid } = given(await createOrganization(context, operator, { name: 'calibrate' }));
  const owner = { kind: 'organization', oid } as const;
  return given(await createKey(context, operator, { owner, name: 'calibrate', permissions: ['dr.list'] })).text;
}

function given<T>(outcome: Outcome<T>): T {
  if (outcome.allowed) return outcome.value;
  throw new Error(`refused: ${outcome.code}`);
}
