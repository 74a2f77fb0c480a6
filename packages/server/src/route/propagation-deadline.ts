import { allow, deny, type Outcome } from '@flairgate/core';
import { z } from 'zod';
import type { RawCall, Route } from './define-route.js';
import { fieldsToInput, parseInput } from './fields.js';
import { flag } from './schema.js';

/**
 * Computes the time at which a change applies in every process. The time holds even if the push message that announces
 * the change is lost.
 */
export interface PropagationDeadline {
  /** Returns the Unix time, in seconds, at which a change committed now applies in every process. */
  by(): number;
  /**
   * Waits until this Unix time, in seconds. Resolves earlier if `stop` is called or too many responses wait. The result
   * is the reason why the wait ended.
   */
  until(seconds: number): Promise<WaitEnd>;
  /** Ends all waits immediately. A wait that begins later ends immediately too. */
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
 * Creates the propagation deadline of one service. It is based on the maximum staleness of this service's gate. Another
 * process whose gate has a longer maximum staleness may apply a change later.
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
 * Adds `everywhereBy` to the response of every command that changes something. This is the time at which the change
 * applies in every process. If the field `wait` of the request is true, the response is delayed until then.
 *
 * Commands that only create something are not included, because no process has cached data about a new row.
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
 * Returns the refusal for a change that was made but does not apply in every process yet. The refusal contains all
 * members of the normal response, because a new key appears nowhere else.
 */
function denyEarly(answered: { readonly everywhereBy: number }, reason: string): Outcome<never> {
  const detail = `the change is made, but ${reason}; it counts in every process at everywhereBy`;
  return deny('ERR_STORE_UNAVAILABLE', { detail, reason, members: answered, fault: new Error(reason) });
}
