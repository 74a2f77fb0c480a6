const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves with the first SIGTERM or SIGINT. A second signal ends the process immediately. */
export function waitForShutdownSignal(): Promise<(typeof SIGNALS)[number]> {
  return new Promise((resolve) => {
    const onSignal = (signal: (typeof SIGNALS)[number]) => {
      for (const other of SIGNALS) process.removeListener(other, onSignal);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}
