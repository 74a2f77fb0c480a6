import { createHash } from 'node:crypto';
import type { Outcome } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import type { Call } from './define-route.js';
import { explainIssues } from './fields.js';

/** A request as the idempotency of a create needs it. */
export interface IdempotentCall extends Pick<Call<unknown, unknown>, 'caller' | 'headers' | 'params' | 'fields'> {
  /** Name of the create. One idempotency key is not valid for two creates. */
  readonly create: string;
}

/** The context of a create: with the caller's idempotency key, where there is one. */
export function withIdempotencyKey(administration: AdministrationContext, call: IdempotentCall): AdministrationContext {
  const { caller, headers, create, params, fields } = call;
  const { idempotencyKey: key } = headers;
  if (key === undefined || caller === undefined) return administration;
  const request = createHash('sha256')
    .update(JSON.stringify([create, params, fields]))
    .digest('base64url');
  return { ...administration, replay: { identity: caller.identity, key, request } };
}

/**
 * Prints the outcome of a create that yields no secret: a repeat is told what the first request was told.
 *
 * `member` is the member of the answer that names what was made.
 */
export function unwrapCreated<T>(outcome: Outcome<T>, member: keyof T & string): Outcome<string> {
  const told = outcome.allowed ? outcome.value[member] : outcome.members[member];
  const repeated = outcome.allowed || outcome.code === 'ERR_REPLAYED';
  if (repeated && typeof told === 'string') return { allowed: true, value: told };
  if (outcome.allowed) throw new Error(`the create names nothing by ${member}`);
  return explainIssues(outcome);
}
