import { createHash } from 'node:crypto';
import type { Outcome } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import type { Call } from './define-route.js';
import { explainIssues } from './fields.js';

/** Parts of a request that show if the request repeats an earlier one. */
export interface IdempotentCall extends Pick<Call<unknown, unknown>, 'caller' | 'headers' | 'params' | 'fields'> {
  /** Name of the create command. An idempotency key is valid for only one command. */
  readonly create: string;
}

/**
 * Returns the context for a create command. If the request has an idempotency key, the context contains this key, so
 * that a repeated request creates nothing.
 */
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
 * Returns the id of a created object, for objects that are created without a secret. If the request repeats an earlier
 * one, this is the id of the object that the earlier request created. `member` is the name of the member of `outcome`
 * that contains the id.
 */
export function unwrapCreated<T>(outcome: Outcome<T>, member: keyof T & string): Outcome<string> {
  const told = outcome.allowed ? outcome.value[member] : outcome.members[member];
  const repeated = outcome.allowed || outcome.code === 'ERR_REPLAYED';
  if (repeated && typeof told === 'string') return { allowed: true, value: told };
  if (outcome.allowed) throw new Error(`the create names nothing by ${member}`);
  return explainIssues(outcome);
}
