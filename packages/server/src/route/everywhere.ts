import { allow } from '@flairgate/core';
import { z } from 'zod';
import type { RawCall, Route } from './define-route.js';
import { fieldsToInput, parseInput } from './fields.js';
import { flag } from './schema.js';

/** Knows when a change counts in every process, whatever becomes of its push. */
export interface Everywhere {
  /** That moment for a change that was committed just now, in seconds since 1970. */
  by(): number;
  /** Resolves at a moment; at once where the service stops, or too many wait. */
  until(seconds: number): Promise<void>;
  /** Ends every wait, and all that would begin. */
  stop(): void;
}

/** Answers that may be held at once. */
const MAX_WAITING = 10_000;

const waitField = {
  wait: flag().optional().describe('Whether the answer waits until the change counts in every process'),
};
const waitFields = z.object(waitField);
const everywhereBy = z.int().describe('When the change counts in every process, in seconds since 1970');

/** Makes the clock of one service. The bound is that of its own gate; a process with a longer one takes longer. */
export function createEverywhere({
  now,
  boundSeconds,
}: {
  readonly now: () => number;
  readonly boundSeconds: number;
}): Everywhere {
  const waiting = new Set<() => void>();
  let stopped = false;
  return {
    by: () => Math.ceil(now() / 1000 + boundSeconds),
    until: (seconds) =>
      new Promise((resolve) => {
        if (stopped || waiting.size >= MAX_WAITING) {
          resolve();
          return;
        }
        const end = () => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve();
        };
        const timer = setTimeout(end, Math.max(0, seconds * 1000 - now()));
        waiting.add(end);
      }),
    stop() {
      stopped = true;
      for (const end of [...waiting]) end();
    },
  };
}

/**
 * Has every command that changes what was there say when that counts in every process, as `everywhereBy`, and wait
 * for it where the field `wait` is true.
 *
 * What is only made needs no word: no process knows anything of it that it would have to forget.
 */
export function sayEverywhereBy(routes: readonly Route[], everywhere: Everywhere): readonly Route[] {
  return routes.map((route) => (changesWhatWas(route) ? timed(route, everywhere) : route));
}

function changesWhatWas({ method, needs, creates = false, replaces = false }: Route): boolean {
  const isCommand = needs.kind === 'credential' || needs.kind === 'user' || needs.kind === 'permissions';
  return method !== 'GET' && isCommand && (replaces || !creates);
}

function timed(route: Route, everywhere: Everywhere): Route {
  const { answer } = route;
  return Object.freeze({
    ...route,
    fields: route.fields.extend(waitField),
    answer: answer instanceof z.ZodObject ? answer.extend({ everywhereBy }) : answer,
    async run(call: RawCall) {
      const input = fieldsToInput(call.fields);
      const asked = input.allowed ? parseInput<z.output<typeof waitFields>>(waitFields, input.value) : input;
      if (!asked.allowed) return asked;
      const outcome = await route.run(call);
      if (!outcome.allowed) return outcome;
      const by = everywhere.by();
      if (asked.value.wait === true) await everywhere.until(by);
      return allow({ ...Object(outcome.value), everywhereBy: by });
    },
  });
}
