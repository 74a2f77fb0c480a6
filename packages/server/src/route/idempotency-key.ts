import { createHash } from 'node:crypto';
import type { Outcome } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import type { Call } from './define-route.js';
import { explainIssues } from './fields.js';

/** The parts of a request that determine whether it is a repetition. */
export interface IdempotentCall extends Pick<Call<unknown, unknown>, 'caller' | 'headers' | 'params' | 'fields'> {
  /** Name of the create command. An idempotency key is valid for a single command. */
  readonly create: string;
}

/** Returns the context of a create command, with the caller's idempotency key if there is one. */
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
 * Returns the id of an object that was created without a secret. For a repeated request, returns the id of the object
 * that the first request created. `member` names the member of the outcome that contains the id.
 */
export function unwrapCreated<T>(outcome: Outcome<T>, member: keyof T & string): Outcome<string> {
  const told = outcome.allowed ? outcome.value[member] : outcome.members[member];
  const repeated = outcome.allowed || outcome.code === 'ERR_REPLAYED';
  if (repeated && typeof told === 'string') return { allowed: true, value: told };
  if (outcome.allowed) throw new Error(`the create names nothing by ${member}`);
  return explainIssues(outcome);
}
