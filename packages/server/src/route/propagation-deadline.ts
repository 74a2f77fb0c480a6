import { allow, deny, type Outcome } from '@flairgate/core';
import { z } from 'zod';
import type { RawCall, Route } from './define-route.js';
import { fieldsToInput, parseInput } from './fields.js';
import { flag } from './schema.js';

/** Computes when a change applies in every process, even if its push is lost. */
export interface PropagationDeadline {
  /** That moment for a change that was committed just now, in seconds since 1970. */
  by(): number;
  /** Resolves at a moment, or at once with why it cannot be waited for. */
  until(seconds: number): Promise<WaitEnd>;
  /** Ends every wait, and all that would begin. */
  stop(): void;
}

/** Reason that a wait ended. */
export type WaitEnd = 'reached' | 'the service stops' | 'too many answers wait';

/** Answers that may be held at once. */
const MAX_WAITING = 10_000;

const waitField = {
  wait: flag().optional().describe('Whether the answer waits until the change counts in every process'),
};
const waitFields = z.object(waitField);
const everywhereBy = z.int().describe('When the change counts in every process, in seconds since 1970');

/** Makes the clock of one service. The bound is that of its own gate; a process with a longer one takes longer. */
export function createPropagationDeadline({
  now,
  boundSeconds,
}: {
  readonly now: () => number;
  readonly boundSeconds: number;
}): PropagationDeadline {
  const waiting = new Set<(end: WaitEnd) => void>();
  let stopped = false;
  return {
    by: () => Math.ceil(now() / 1000 + boundSeconds),
    until: (seconds) =>
      new Promise((resolve) => {
        if (stopped) return resolve('the service stops');
        if (waiting.size >= MAX_WAITING) return resolve('too many answers wait');
        const end = (why: WaitEnd) => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve(why);
        };
        const timer = setTimeout(() => end('reached'), Math.max(0, seconds * 1000 - now()));
        waiting.add(end);
      }),
    stop() {
      stopped = true;
      for (const end of [...waiting]) end('the service stops');
    },
  };
}

/**
 * Adds `everywhereBy` to the answer of every command that changes something, the time when the change applies in every
 * process. The answer waits for it if the field `wait` is true.
 *
 * Creates are left out: no process has cached anything about a new row.
 */
export function withPropagationDeadline(routes: readonly Route[], everywhere: PropagationDeadline): readonly Route[] {
  return routes.map((route) => (isMutation(route) ? timed(route, everywhere) : route));
}

function isMutation({ method, needs, creates = false, replaces = false }: Route): boolean {
  const isCommand = needs.kind === 'credential' || needs.kind === 'user' || needs.kind === 'permissions';
  return method !== 'GET' && isCommand && (replaces || !creates);
}

function timed(route: Route, everywhere: PropagationDeadline): Route {
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
      const end = asked.value.wait === true ? await everywhere.until(by) : 'reached';
      const answered = { ...Object(outcome.value), everywhereBy: by };
      return end === 'reached' ? allow(answered) : denyEarly(answered, end);
    },
  });
}

/**
 * Says that the change was made and does not count everywhere yet. It has the members of the answer as well: it may be
 * the only one that shows a new key.
 */
function denyEarly(answered: { readonly everywhereBy: number }, reason: string): Outcome<never> {
  const detail = `the change is made, but ${reason}; it counts in every process at everywhereBy`;
  return deny('ERR_STORE_UNAVAILABLE', { detail, reason, members: answered, fault: new Error(reason) });
}
