/** Time that passes only when everything that does not wait for it has been done. */
export interface VirtualTime {
  readonly now: () => number;
  readonly after: (ms: number, work: () => void) => () => void;
  /** Lets time pass until all have settled; gives what they gave and when. */
  settle<T>(promises: readonly Promise<T>[]): Promise<readonly Settled<T>[]>;
}

export interface Settled<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  /** Milliseconds of this time. */
  readonly at: number;
}

export function virtualTime(start = 0): VirtualTime {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly work: () => void }>();
  const pass = () => {
    const [next] = [...timers].sort((a, b) => a.at - b.at);
    if (next === undefined) return;
    timers.delete(next);
    now = Math.max(now, next.at);
    next.work();
  };
  return {
    now: () => now,
    after(ms, work) {
      const timer = { at: now + ms, work };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async settle<T>(promises: readonly Promise<T>[]) {
      let open = promises.length;
      const settled = promises.map((promise) =>
        promise
          .then(
            (value): Settled<T> => ({ value, error: undefined, at: now }),
            (error: unknown): Settled<T> => ({ value: undefined, error, at: now }),
          )
          .finally(() => {
            open -= 1;
          }),
      );
      for (let turn = 0; open > 0; turn++) {
        await new Promise((done) => setImmediate(done));
        if (turn % 4 === 3) pass();
      }
      return Promise.all(settled);
    },
  };
}
