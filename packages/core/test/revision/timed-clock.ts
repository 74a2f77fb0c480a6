import type { Clock } from '@flairgate/core/internal';

/** A clock whose timers run when a test moves it, in their order. */
export interface TimedClock extends Clock {
  readonly after: NonNullable<Clock['after']>;
  /** Moves it, and lets everything that waits for no timer be done after each. */
  advance(ms: number): Promise<void>;
}

export function timedClock(start = 1_800_000_000_000): TimedClock {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly work: () => void }>();
  const rest = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    wall: () => now,
    monotonic: () => now,
    after(ms, work) {
      const timer = { at: now + ms, work };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const until = now + ms;
      await rest();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.work();
        await rest();
      }
      now = until;
      await rest();
    },
  };
}

/** Result of a promise, and its time. */
export interface Settled {
  readonly at: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** Notes what comes of each promise, in milliseconds since now. */
export function watch(clock: Clock, promises: readonly unknown[]): Settled[] {
  const [settled, from]: [Settled[], number] = [[], clock.monotonic()];
  for (const promise of promises) {
    Promise.resolve(promise).then(
      (value) => settled.push({ at: clock.monotonic() - from, value }),
      (error: unknown) => settled.push({ at: clock.monotonic() - from, error }),
    );
  }
  return settled;
}
