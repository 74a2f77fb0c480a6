/**
 * One lock per key. A lock has at most one holder at a time. Callers receive a lock in the order in which they asked
 * for it.
 */
export interface KeyedMutex {
  /**
   * Waits for the lock of `key`. Returns a function that releases the lock, or undefined if the lock was not free
   * within `waitMs` milliseconds.
   */
  lock(key: string, waitMs: number): Promise<(() => void) | undefined>;
}

/** Creates a mutex for this process. A key takes memory only while its lock is held. */
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
