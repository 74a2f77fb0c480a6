import { setImmediate } from 'node:timers/promises';
import { type Authenticator, type Credential, createAuthenticator, memoryStore, type Outcome } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { createContext, operator } from '../context.js';

const SLICE_MS = 10;
/** Steps of {@link measureCached}. */
export const SLICES = 20;
/** Calls between two reads of the clock. */
const BATCH = 100;

/** Measures how many verified keys one core accepts per second from the gate's cache. `step` is called {@link SLICES} times. */
export async function measureCached(step: () => void): Promise<number> {
  const store = await memoryStore();
  const authenticator = createAuthenticator({ store });
  try {
    const credential: Credential = { kind: 'api-key', text: await createBenchKey(store) };
    await authenticator.authenticate(credential, undefined);
    let best = 0;
    for (let slice = 0; slice < SLICES; slice += 1) {
      // The clock of the gate must tick meanwhile: a process that does not let it counts as paused.
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

/** Calls a second, of those that were answered. */
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
