import { type OpenedService, start } from 'flairgate';
import { answerSamples } from './probe.js';
import { guardedRules } from './rules.js';

/** Gateway of a soak: `flairgate serve` with guarded rules, which answers the soak program with its state. */
const { SOAK_NAME: name = 'a', SOAK_LEAK } = process.env;
// `flairgate` reads its settings from the environment, and knows none of these.
delete process.env.SOAK_NAME;
delete process.env.SOAK_LEAK;

/** Kept for ever by a run that is to show that a soak finds a leak. */
const leaked: string[] = [];
const LEAKED_BYTES = 1_000_000;
const LEAK_EVERY_MS = 100;
const MAX_LEAKED = 400;

let leakedAt = 0;

function leak(): void {
  const now = performance.now();
  if (now - leakedAt < LEAK_EVERY_MS || leaked.length >= MAX_LEAKED) return;
  leakedAt = now;
  if (SOAK_LEAK === 'memory') leaked.push(`${now}`.padEnd(LEAKED_BYTES, 'x').toUpperCase());
  if (SOAK_LEAK === 'timers') setInterval(() => undefined, LEAKED_BYTES);
}

await start({ json: true }, async ({ service, store }: OpenedService) => {
  answerSamples(store);
  return {
    handlers: [
      (_req, _res, next) => {
        leak();
        next();
      },
      guardedRules(service.gate, `rule-${name}`),
    ],
    lines: [],
    close: async () => undefined,
  };
});
