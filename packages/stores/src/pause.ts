import { setTimeout } from 'node:timers/promises';

/** Waits without keeping the process alive, and no longer than until `signal` aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Rejects only if the signal aborts.
  await setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
