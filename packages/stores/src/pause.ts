import { setTimeout } from 'node:timers/promises';

/** Waits without keeping the process alive, and no longer than until `signal` aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // It rejects only for the signal.
  await setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
