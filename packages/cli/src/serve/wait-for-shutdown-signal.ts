const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves with the first signal to stop. The next one ends the process at once, as if nobody listened. */
export function waitForShutdownSignal(): Promise<(typeof SIGNALS)[number]> {
  return new Promise((resolve) => {
    const onSignal = (signal: (typeof SIGNALS)[number]) => {
      for (const other of SIGNALS) process.removeListener(other, onSignal);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}
