import { setTimeout } from 'node:timers/promises';

/** Waits for the given time, or until `signal` aborts. Does not keep the process alive. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // The timer rejects only if the signal aborts, which also ends the wait.
  await setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
