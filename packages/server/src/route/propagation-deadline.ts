import { allow, deny, type Outcome } from '@flairgate/core';
import { z } from 'zod';
import type { RawCall, Route } from './define-route.js';
import { fieldsToInput, parseInput } from './fields.js';
import { flag } from './schema.js';

/** Computes when a change applies in every process, even if the push message that announces it is lost. */
export interface PropagationDeadline {
  /** Returns the Unix time, in seconds, at which a change committed now applies in every process. */
  by(): number;
  /**
   * Waits until the given Unix time. Resolves earlier, with the reason, if the wait is not possible or is ended by
   * `stop`.
   */
  until(seconds: number): Promise<WaitEnd>;
  /** Ends all waits. Later waits resolve immediately. */
  stop(): void;
}

/** Reason why a wait ended. */
export type WaitEnd = 'reached' | 'the service stops' | 'too many answers wait';

/** Maximum number of responses that wait at the same time. */
const MAX_WAITING_ANSWERS = 10_000;

const waitField = {
  wait: flag().optional().describe('True to answer only after the change applies in every process'),
};
const waitFields = z.object(waitField);
const everywhereBy = z.int().describe('Time at which the change applies in every process, in seconds since 1970');

/**
 * Creates the propagation deadlines of one service, based on the maximum staleness of its own gate. A process with a
 * longer maximum staleness may apply changes later.
 */
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
        if (waiting.size >= MAX_WAITING_ANSWERS) return resolve('too many answers wait');
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
 * Adds `everywhereBy`, the time at which the change applies in every process, to the response of every command that
 * changes something. If the field `wait` is true, the response is delayed until then.
 *
 * Creates are not included, because no process has cached data about a new row.
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
 * Returns the refusal for a change that was made but does not apply in every process yet. The refusal contains the
 * members of the response, because the response may be the only place that shows a new key.
 */
function denyEarly(answered: { readonly everywhereBy: number }, reason: string): Outcome<never> {
  const detail = `the change is made, but ${reason}; it counts in every process at everywhereBy`;
  return deny('ERR_STORE_UNAVAILABLE', { detail, reason, members: answered, fault: new Error(reason) });
}
