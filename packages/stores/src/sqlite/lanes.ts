/** Runs tasks one after another, in two queues: urgent tasks and other tasks. */
export interface Lanes {
  runExclusive<R>(task: () => Promise<R>, isUrgent?: boolean): Promise<R>;
  /** True if no task is running or waiting. */
  isIdle(): boolean;
}

type Start = () => void;

/**
 * Creates two queues of tasks, urgent and other tasks. Only one task of both queues runs at a time. If both queues have
 * waiting tasks, the queues take turns.
 */
export function createLanes(): Lanes {
  const urgent: Start[] = [];
  const others: Start[] = [];
  let isRunning = false;
  let wasUrgent = false;
  const next = () => {
    wasUrgent = urgent.length > 0 && !(wasUrgent && others.length > 0);
    const start = (wasUrgent ? urgent : others).shift();
    isRunning = start !== undefined;
    start?.();
  };
  return {
    isIdle: () => !isRunning,
    runExclusive(task, isUrgent = false) {
      return new Promise((resolve, reject) => {
        const start = () => void Promise.resolve().then(task).then(resolve, reject).finally(next);
        (isUrgent ? urgent : others).push(start);
        if (!isRunning) next();
      });
    },
  };
}
