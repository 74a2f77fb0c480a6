import type { SoakResult } from './result.js';

/** Returns the lines that state what was asserted and what was found. */
export function printResult(result: SoakResult): readonly string[] {
  const { operations, answers, breachCount, breaches, refusalMs, stalledMs, flatness, isGood } = result;
  return [
    `${operations} operations, answers by status ${JSON.stringify(answers)}`,
    'asserted: no 5xx outside a restart; a valid credential is accepted everywhere; a revoked one is refused at once by',
    'the gateway that revoked it, by the others within the bound; hidden and missing rules have equal answers; content',
    'of secret rules is shown to nobody else; the limit on calls counts for all gateways together',
    `broken promises: ${breachCount}`,
    ...breaches.slice(0, 20).map((breach) => `  ${breach}`),
    `refused by the other gateway after ${refusalMs.p50} ms (median), ${refusalMs.p99} ms (p99), ${refusalMs.max} ms (most), of ${refusalMs.count} revocations`,
    `the machine let this program, a gateway or the database wait for ${stalledMs} ms; answers 503 of then are "stalled"`,
    ...flatness.map(({ name, unit, samples, seconds, slopePerHour, growth, mayGrow, isFlat }) => {
      const judged = isFlat ? 'flat' : 'GROWS';
      return `${judged}: ${name} grew by ${growth} ${unit} in ${seconds} s (${samples} samples, ${slopePerHour} ${unit} an hour), ${mayGrow} may`;
    }),
    isGood ? 'soak: good' : 'soak: FAILED',
  ];
}
