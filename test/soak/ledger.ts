/** Answers of a soak by operation and status, and broken promises. */
export interface Ledger {
  count(operation: string, status: number | 'away' | 'stalled'): void;
  /** Notes what broke a promise. */
  breach(text: string): void;
  /** Notes how long it took until another process refused a revoked credential. */
  refusedAfter(ms: number): void;
  readonly answers: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly breaches: readonly string[];
  readonly breachCount: number;
  readonly refusals: readonly number[];
}

const MAX_BREACHES = 100;

export function createLedger(): Ledger {
  const answers: Record<string, Record<string, number>> = {};
  const breaches: string[] = [];
  const refusals: number[] = [];
  let breachCount = 0;
  return {
    count(operation, status) {
      answers[operation] ??= {};
      const of = answers[operation];
      of[status] = (of[status] ?? 0) + 1;
    },
    breach(text) {
      breachCount += 1;
      if (breaches.length < MAX_BREACHES) breaches.push(text);
    },
    refusedAfter: (ms) => void refusals.push(ms),
    answers,
    breaches,
    get breachCount() {
      return breachCount;
    },
    refusals,
  };
}

/** Adds up the answers of all operations, by status. */
export function answersByStatus({ answers }: Ledger): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const counts of Object.values(answers)) {
    for (const [status, count] of Object.entries(counts)) sums[status] = (sums[status] ?? 0) + count;
  }
  return sums;
}
