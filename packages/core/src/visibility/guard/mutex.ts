/** One lock per key. Each lock has one holder at a time, in the order in which callers asked for it. */
export interface KeyedMutex {
  /**
   * Waits for the lock of `key`. Returns a function that releases the lock, or undefined if it was not free within
   * `waitMs`.
   */
  lock(key: string, waitMs: number): Promise<(() => void) | undefined>;
}

/** Creates a mutex for this process. A key that is neither held nor waited for takes no memory. */
export function createKeyedMutex(): KeyedMutex {
  const queues = new Map<string, (() => void)[]>();

  function unlock(key: string): void {
    const next = queues.get(key)?.shift();
    if (next === undefined) queues.delete(key);
    else next();
  }

  function once(key: string): () => void {
    let held = true;
    return () => {
      if (held) unlock(key);
      held = false;
    };
  }

  return {
    lock(key, waitMs) {
      const queue = queues.get(key);
      if (queue === undefined) {
        queues.set(key, []);
        return Promise.resolve(once(key));
      }
      return new Promise((resolve) => {
        const turn = () => {
          clearTimeout(timer);
          resolve(once(key));
        };
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(turn), 1);
          resolve(undefined);
        }, waitMs);
        queue.push(turn);
      });
    },
  };
}
