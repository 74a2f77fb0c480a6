import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** The longest times, in milliseconds, in which the event loop of this thread did not turn. */
export interface Stalls {
  readonly longestMs: number;
  /** The same without the time in which the thread was ready to run while others had the processors. */
  readonly longestOwnMs: number;
}

/** Watches the event loop of the calling thread until `stop` is called. */
export function watchStalls(): { stop(): Stalls } {
  let [at, queued] = [performance.now(), queuedMs()];
  const longest = { longestMs: 0, longestOwnMs: 0 };
  const look = () => {
    const [now, queuedNow] = [performance.now(), queuedMs()];
    longest.longestMs = Math.max(longest.longestMs, now - at);
    longest.longestOwnMs = Math.max(longest.longestOwnMs, now - at - (queuedNow - queued));
    [at, queued] = [now, queuedNow];
  };
  const timer = setInterval(look, 1);
  return {
    stop() {
      look();
      clearInterval(timer);
      return { ...longest };
    },
  };
}

/** Milliseconds that this thread has waited for a processor; 0 where the system does not say. */
function queuedMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
